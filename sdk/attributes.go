package sdk

import (
	"slices"
	"strings"
)

// Attribute is one SAML attribute of a verified assertion (SAML Core 2.7.3.1). It prints as its name and the number of its values; the values
// appear in no log by accident.
type Attribute struct {
	Name         string
	FriendlyName string
	NameFormat   string
	Values       []string // as they stand in the assertion, in document order
}

// Attributes are the attributes of a verified assertion in document order. A name may occur more than once; its values then count together.
type Attributes []Attribute

// First returns the first value that is not blank of the first of these attributes that has one, as it is; the zero Value if none has. A name is
// an attribute's Name or, where no attribute has that Name, its FriendlyName; upper and lower case differ. To fall back on something else:
//
//	cmp.Or(r.Attributes.First("id"), r.NameID.AsValue())
func (as Attributes) First(names ...string) Value {
	for _, name := range names {
		if values := as.All(name); len(values) > 0 {
			return values[0]
		}
	}
	return Value{}
}

// All returns every value of one attribute that is not blank, as it is. The name is looked up as in [Attributes.First].
func (as Attributes) All(name string) []Value {
	var out []Value
	for _, a := range as.lookup(name) {
		for _, text := range a.Values {
			if strings.TrimSpace(text) != "" {
				out = append(out, Value{Text: text, From: a.Name, Op: OpAsIs})
			}
		}
	}
	return out
}

// FirstList returns what [Attributes.All] returns for the first of these attributes that has a value: groups, as they come.
func (as Attributes) FirstList(names ...string) []Value {
	for _, name := range names {
		if values := as.All(name); len(values) > 0 {
			return values
		}
	}
	return nil
}

// FirstAddress returns the first value of these attributes that is an e-mail address and nothing else, as it is; the zero Value if none is. An
// attribute called email that holds a name is passed over.
func (as Attributes) FirstAddress(names ...string) Value {
	for _, name := range names {
		for _, v := range as.All(name) {
			if v = v.Address(); v != (Value{}) {
				return v
			}
		}
	}
	return Value{}
}

// Has reports whether the attribute is there, be it without a value. The name is looked up as in [Attributes.First].
func (as Attributes) Has(name string) bool { return len(as.lookup(name)) > 0 }

// Names returns the names of all attributes that have a value, each once, in document order: what to tell an administrator who has to map one of
// them. Names are no one's personal data; a [Problem] may hold them.
func (as Attributes) Names() []string {
	var names []string
	for _, a := range as {
		if !slices.Contains(names, a.Name) && len(as.All(a.Name)) > 0 {
			names = append(names, a.Name)
		}
	}
	return names
}

// lookup passes over an attribute that is itself named [FromNameID]: a value could not say that it comes from there.
func (as Attributes) lookup(name string) []Attribute {
	var byName, byFriendlyName []Attribute
	for _, a := range as {
		switch {
		case a.Name == FromNameID:
		case a.Name == name:
			byName = append(byName, a)
		case a.FriendlyName == name:
			byFriendlyName = append(byFriendlyName, a)
		}
	}
	if len(byName) > 0 {
		return byName
	}
	return byFriendlyName
}

// NameID is the verified subject of an assertion (SAML Core 2.2.3). It prints without its value.
type NameID struct {
	Value  string
	Format string // URN; "" when the assertion gave none
}

// Transient reports whether the NameID is another one at every login (SAML Core 8.3.8), and so identifies nobody.
func (n NameID) Transient() bool { return n.Format == NameIDTransient }

// Unspecified reports whether the format says nothing about the value: there is none, or it is unspecified in whichever version of SAML the
// provider writes.
func (n NameID) Unspecified() bool {
	return n.Format == "" || strings.HasPrefix(n.Format, "urn:oasis:names:tc:SAML:") && strings.HasSuffix(n.Format, ":nameid-format:unspecified")
}

// AsValue returns the NameID as a value, as it is; the zero Value if it is blank.
func (n NameID) AsValue() Value {
	if strings.TrimSpace(n.Value) == "" {
		return Value{}
	}
	return Value{Text: n.Value, From: FromNameID, Op: OpAsIs}
}
