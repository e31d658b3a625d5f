package sso

import "strings"

// Op says how a plugin made a value from the attribute it names; the list is closed, so that the host can make it again.
type Op string

// The operations. Lower includes Trim.
const (
	AsIs  Op = "as-is"
	Trim  Op = "trim"
	Lower Op = "lower"
	Split Op = "split" // at commas and semicolons

	SplitCommas     Op = "split-commas"
	SplitSemicolons Op = "split-semicolons"
)

// splits reports whether the operation takes a value apart.
func (o Op) splits() bool { return o == Split || o == SplitCommas || o == SplitSemicolons }

// FromNameID is the From of a value taken from the NameID instead of an attribute.
const FromNameID = "NameID"

// Value is one fact of a profile with the proof of where it came from.
type Value struct {
	Text string
	From string // Name of a verified attribute, or FromNameID
	Op   Op
}

// Profile is what a plugin read from a verified assertion. It decorates a new user and may point at an existing one by e-mail, but it never
// chooses an account: that is found by the NameID the host verified.
type Profile struct {
	Subject     Value // stable and never reused, for providers whose NameID is transient
	Email       Value
	GivenName   Value
	FamilyName  Value
	DisplayName Value
	Groups      []Value
	// GroupsUnknown: the provider left the groups out (Azure above 150), which is not the same as none.
	GroupsUnknown bool
	Problems      Problems
}

// Unproven returns the name of the first value that does not follow from the assertion, or "" when all do. E-mail and subject may not be
// parts of a split value: a person who can write one attribute could otherwise pick any address. The cost is that of the values of the
// assertion plus those of the profile, not their product.
func (p Profile) Unproven(a Assertion) string {
	single := []struct {
		name string
		v    Value
	}{{"subject", p.Subject}, {"email", p.Email}, {"given_name", p.GivenName}, {"family_name", p.FamilyName}, {"display_name", p.DisplayName}}
	proof := newProof(a)
	for _, s := range single {
		if s.v != (Value{}) && !proof.of(s.v) {
			return s.name
		}
	}
	if p.Email.Op.splits() {
		return "email"
	}
	if p.Subject.Op != "" && p.Subject.Op != AsIs {
		return "subject"
	}
	for _, g := range p.Groups {
		if !proof.of(g) {
			return "groups"
		}
	}
	return ""
}

// FollowsFrom makes the value again from what the host verified and reports whether it comes out the same.
func (v Value) FollowsFrom(a Assertion) bool { return newProof(a).of(v) }

// proof holds what values can be made of an assertion. Each source is worked through once for each operation that is asked for.
type proof struct {
	nameID     string
	attributes map[string][]string
	made       map[source]map[string]bool
}

type source struct {
	from string
	op   Op
}

func newProof(a Assertion) proof {
	return proof{nameID: a.NameID.Value, attributes: a.Attributes.ByName(), made: map[source]map[string]bool{}}
}

// of reports whether v can be made as it says. A value without text proves nothing.
func (p proof) of(v Value) bool {
	if v.Text == "" {
		return false
	}
	from := source{v.From, v.Op}
	made, done := p.made[from]
	if !done {
		made = map[string]bool{}
		texts := p.attributes[v.From]
		if v.From == FromNameID {
			texts = []string{p.nameID}
		}
		for _, text := range texts {
			for _, out := range v.Op.apply(text) {
				made[out] = true
			}
		}
		p.made[from] = made
	}
	return made[v.Text]
}

// apply is the operation on one value; an operation that is not on the list makes nothing.
func (o Op) apply(s string) []string {
	switch o {
	case AsIs:
		return []string{s}
	case Trim:
		return []string{strings.TrimSpace(s)}
	case Lower:
		return []string{strings.ToLower(strings.TrimSpace(s))}
	case Split:
		return SplitValue(s)
	case SplitCommas:
		return cut(s, ",")
	case SplitSemicolons:
		return cut(s, ";")
	}
	return nil
}

// SplitValue cuts a list that a provider joined into one value: at commas and semicolons, parts trimmed, empty ones dropped.
func SplitValue(s string) []string { return cut(s, ",;") }

func cut(s, separators string) []string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(separators, r) })
	out := parts[:0]
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// Name is the display name of the profile, composed by the host: the provider's own, else given and family name, else the address.
func (p Profile) Name() string {
	if n := clip(p.DisplayName.Text); n != "" {
		return n
	}
	if n := clip(strings.TrimSpace(p.GivenName.Text + " " + p.FamilyName.Text)); n != "" {
		return n
	}
	return clip(p.Email.Text)
}

// clip bounds a name from outside without cutting a character in two, and drops control characters.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || (r >= 0x7f && r < 0xa0) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(strings.ToValidUTF8(s[:min(len(s), MaxName)], ""))
}
