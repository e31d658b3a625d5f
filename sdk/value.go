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

	OpSplitCommas     Op = "split-commas"     // the same, joined by commas only
	OpSplitSemicolons Op = "split-semicolons" // the same, joined by semicolons only
)

// FromNameID is the From of a value that was taken from the NameID.
const FromNameID = "NameID"

// Value is one fact with its proof. The zero Value is no fact. It prints without its text.
type Value struct {
	Text string
	From string // Name of a verified attribute, exactly, or FromNameID
	Op   Op
}

// Derive returns every text that the operation can make of one value of an attribute: one, or as many as parts for the operations that split; none
// for an Op outside the list.
func (o Op) Derive(value string) []string {
	switch o {
	case OpAsIs:
		return []string{value}
	case OpTrim:
		return []string{strings.TrimSpace(value)}
	case OpLower:
		return []string{strings.ToLower(strings.TrimSpace(value))}
	case OpSplit:
		return parts(value, ",;")
	case OpSplitCommas:
		return parts(value, ",")
	case OpSplitSemicolons:
		return parts(value, ";")
	}
	return nil
}

// Splits reports whether the operation takes a value apart. E-mail and subject of a profile are never made by one that does.
func (o Op) Splits() bool { return o == OpSplit || o == OpSplitCommas || o == OpSplitSemicolons }

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
func (v Value) Split() []Value { return v.split(OpSplit) }

// SplitCommas is [Value.Split] for a provider that joins with commas, where a part may hold a semicolon.
func (v Value) SplitCommas() []Value { return v.split(OpSplitCommas) }

// SplitSemicolons is [Value.Split] for a provider that joins with semicolons, where a part may hold a comma: distinguished names do.
func (v Value) SplitSemicolons() []Value { return v.split(OpSplitSemicolons) }

func (v Value) split(op Op) []Value {
	if v.Op != OpAsIs {
		return []Value{v}
	}
	texts := op.Derive(v.Text)
	out := make([]Value, len(texts))
	for i, text := range texts {
		out[i] = Value{Text: text, From: v.From, Op: op}
	}
	return out
}

// SplitEach cuts every value and puts the parts in a row, for groups of which some come joined and some do not:
//
//	groups := sdk.SplitEach(r.Attributes.FirstList("memberOf"), sdk.Value.SplitSemicolons)
func SplitEach(values []Value, split func(Value) []Value) []Value {
	var out []Value
	for _, v := range values {
		out = append(out, split(v)...)
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

func parts(list, separators string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(list, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
