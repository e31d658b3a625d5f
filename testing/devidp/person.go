package devidp

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// Person is somebody the provider knows. Login names them in the sign-in form and, at Entra, in the NameID (the UPN). Empty
// fields are sent the way the dialect sends what it does not know.
type Person struct {
	Login     string   `json:"login"`
	Email     string   `json:"email"`
	FirstName string   `json:"first_name"`
	LastName  string   `json:"last_name"`
	ID        string   `json:"id"` // the provider's stable identifier; empty: derived from Login
	Groups    []string `json:"groups"`
	// Attributes are sent besides the dialect's own, in name order; one of the same name replaces the dialect's.
	Attributes map[string][]string `json:"attributes"`
}

// Name is what the sign-in page calls the person.
func (p Person) Name() string {
	if name := strings.TrimSpace(p.FirstName + " " + p.LastName); name != "" {
		return name
	}
	return p.Login
}

// UUID is the stable identifier as PingOne and Entra write one.
func (p Person) UUID() string {
	if p.ID != "" {
		return p.ID
	}
	sum := sha256.Sum256([]byte("devidp person " + p.Login))
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], "4" + h[13:16], "8" + h[17:20], h[20:]}, "-")
}

// merge puts the person's own attributes over those of the dialect, in the dialect's handwriting.
func (p Person) merge(attributes []Attribute, like Attribute) []Attribute {
	for _, name := range slices.Sorted(maps.Keys(p.Attributes)) {
		values := p.Attributes[name]
		if i := slices.IndexFunc(attributes, func(a Attribute) bool { return a.Name == name }); i >= 0 {
			attributes[i].Values = values
			continue
		}
		attributes = append(attributes, Attribute{Name: name, NameFormat: like.NameFormat, Type: like.Type, Values: values})
	}
	return attributes
}
