package sdk

import (
	"net/mail"
	"strings"
)

// Op says how a value was made from the attribute it names. The list is closed and each Op is defined by [Op.Derive] alone: the host makes
// every value again and refuses what does not come out the same.
type Op string

// The operations.
const (
	OpAsIs  Op = "as-is" // byte for byte
	OpTrim  Op = "trim"  // without Unicode white space around it
	OpLower Op = "lower" // trimmed, then strings.ToLower
	OpSplit Op = "split" // one part of a list joined by commas or semicolons; trimmed, empty parts do not count
)

// FromNameID is the From of a value that was taken from the NameID.
const FromNameID = "NameID"

// Value is one fact with its proof. The zero Value is no fact. It prints without its text.
type Value struct {
	Text string
	From string // Name of a verified attribute, exactly, or FromNameID
	Op   Op
}

// Derive returns every text that the operation can make of one value of an attribute: one, or as many as parts for OpSplit; none for an Op
// outside the list.
func (o Op) Derive(value string) []string {
	switch o {
	case OpAsIs:
		return []string{value}
	case OpTrim:
		return []string{strings.TrimSpace(value)}
	case OpLower:
		return []string{strings.ToLower(strings.TrimSpace(value))}
	case OpSplit:
		return parts(value)
	}
	return nil
}

// Trim takes white space off. A value that is lower-case or part of a list has none, and stays as it is.
func (v Value) Trim() Value {
	if v.Op == OpAsIs {
		v.Op = OpTrim
		v.Text = v.Op.Derive(v.Text)[0]
	}
	return v
}

// Lower trims and makes lower-case, as e-mail addresses want it. Part of a list stays as it is: an Op names one step, and that step is the split.
func (v Value) Lower() Value {
	if v.Op == OpAsIs || v.Op == OpTrim {
		v.Op = OpLower
		v.Text = v.Op.Derive(v.Text)[0]
	}
	return v
}

// Split cuts a list that a provider joined into one value, at commas and semicolons. Only a value that is still as it was can be cut; any
// other is returned alone. E-mail and subject may not be parts: whoever can write a list could otherwise pick any address.
func (v Value) Split() []Value {
	if v.Op != OpAsIs {
		return []Value{v}
	}
	texts := OpSplit.Derive(v.Text)
	out := make([]Value, len(texts))
	for i, text := range texts {
		out[i] = Value{Text: text, From: v.From, Op: OpSplit}
	}
	return out
}

// Address returns v if its text is one e-mail address and nothing else, but for white space around it; else the zero Value.
func (v Value) Address() Value {
	text := strings.TrimSpace(v.Text)
	if a, err := mail.ParseAddress(text); err != nil || a.Address != text {
		return Value{}
	}
	return v
}

func parts(list string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ';' }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
