package sso

import (
	"maps"
	"slices"
)

// Attribute is one SAML attribute of a verified assertion (SAML Core 2.7.3.1).
type Attribute struct {
	Name         string
	FriendlyName string
	NameFormat   string
	Values       []string // as they stand in the assertion, in document order
}

// Attributes are the attributes of a verified assertion in document order. A name may occur more than once (Keycloak repeats it); its values
// then count together.
type Attributes []Attribute

// Values returns the values of the attribute of that Name, or, when no attribute has that Name, of that FriendlyName. Comparison is exact; the
// empty name names nothing.
func (as Attributes) Values(name string) []string {
	if name == "" { // no attribute has no name, but many have no FriendlyName
		return nil
	}
	var out []string
	for _, a := range as {
		if a.Name == name {
			out = append(out, a.Values...)
		}
	}
	if out != nil || as.named(name) {
		return out
	}
	for _, a := range as {
		if a.FriendlyName == name {
			out = append(out, a.Values...)
		}
	}
	return out
}

// Names are the names of the attributes, each once, in document order, at most limit; those longer than [MaxAttributeName] name no row.
func (as Attributes) Names(limit int) []string {
	var out []string
	for _, a := range as {
		if len(out) < limit && a.Name != "" && len(a.Name) <= MaxAttributeName && !slices.Contains(out, a.Name) {
			out = append(out, a.Name)
		}
	}
	return out
}

func (as Attributes) named(name string) bool {
	return slices.ContainsFunc(as, func(a Attribute) bool { return a.Name == name })
}

// ByName gives, in one pass, what [Attributes.Values] gives for every name: an attribute without values is there with none.
func (as Attributes) ByName() map[string][]string {
	values := make(map[string][]string, len(as))
	for _, a := range as {
		values[a.Name] = append(values[a.Name], a.Values...)
	}
	friendly := map[string][]string{} // apart, for a Name beats an equal FriendlyName
	for _, a := range as {
		if _, taken := values[a.FriendlyName]; a.FriendlyName != "" && !taken {
			friendly[a.FriendlyName] = append(friendly[a.FriendlyName], a.Values...)
		}
	}
	maps.Copy(values, friendly)
	delete(values, "")
	return values
}
