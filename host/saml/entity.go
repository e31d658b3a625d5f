package saml

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

const (
	maxEntityID      = 1024 // SAML Core 8.3.6
	maxNameIDFormats = 16   // there are eight
)

// entity is a SAML 2.0 identity provider in a metadata document.
type entity struct {
	id         string
	role       signedxml.Node // its IDPSSODescriptor
	validUntil time.Time      // the earliest of entity, role and what is around them; zero: none given
}

// identityProviders finds them all, through nested EntitiesDescriptors, in document order.
func identityProviders(root signedxml.Node) ([]entity, error) {
	const op = "saml.parse"
	if !root.Is(nsMetadata, "EntityDescriptor") && !root.Is(nsMetadata, "EntitiesDescriptor") {
		return nil, sso.Refuse(op, sso.MetadataNotSAML, "detail", "its first element is neither EntityDescriptor nor EntitiesDescriptor")
	}
	var all, named []entity
	collect(root, time.Time{}, &all)
	for _, e := range all {
		if e.id != "" {
			named = append(named, e)
		}
	}
	switch {
	case len(all) == 0:
		return nil, sso.Refuse(op, sso.MetadataNoIdP)
	case len(named) == 0:
		return nil, sso.Refuse(op, sso.MetadataNoEntityID)
	}
	return named, nil
}

// collect appends the identity providers of n and below. The parser bounds the depth.
func collect(n signedxml.Node, until time.Time, out *[]entity) {
	until = earlier(until, validUntil(n))
	if n.Is(nsMetadata, "EntitiesDescriptor") {
		for c := range n.Children() {
			collect(c, until, out)
		}
		return
	}
	if !n.Is(nsMetadata, "EntityDescriptor") {
		return
	}
	for role := range n.Named(nsMetadata, "IDPSSODescriptor") {
		protocols, _ := role.Attr("protocolSupportEnumeration")
		if slices.Contains(strings.Fields(protocols), nsProtocol) {
			*out = append(*out, entity{entityID(n), role, earlier(until, validUntil(role))})
			return
		}
	}
}

// entityID is the entity's name, "" when it has none that is acceptable. It is free text in the wild, so its form is not judged. The
// attribute has no namespace: x:entityID is another.
func entityID(n signedxml.Node) string {
	id, _ := n.Attr("entityID")
	if len(id) > maxEntityID || strings.TrimSpace(id) == "" || strings.ContainsFunc(id, unicode.IsControl) {
		return ""
	}
	return strings.Clone(id)
}

// validUntil is zero where there is none or none that can be read: it is never more than a warning.
func validUntil(n signedxml.Node) time.Time {
	text, ok := n.Attr("validUntil")
	if !ok {
		return time.Time{}
	}
	t, _ := parseTime(text)
	return t
}

// earlier is the earlier of two times, of which a zero one does not count.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// read takes from the entity what a connection needs.
func (d *Documents) read(e entity) (sso.IdentityProvider, sso.Problems) {
	var notes sso.Problems
	want, _ := e.role.Attr("WantAuthnRequestsSigned")
	idp := sso.IdentityProvider{
		EntityID:                e.id,
		ValidUntil:              e.validUntil,
		WantAuthnRequestsSigned: want == "true" || want == "1",
		SSO:                     d.endpoints(e.role, "SingleSignOnService", &notes),
		SLO:                     d.endpoints(e.role, "SingleLogoutService", &notes),
		Certificates:            certificates(e.role, &notes),
	}
	for f := range e.role.Named(nsMetadata, "NameIDFormat") {
		text := strings.TrimSpace(f.Text())
		if text != "" && len(text) <= maxEntityID && len(idp.NameIDFormats) < maxNameIDFormats {
			idp.NameIDFormats = append(idp.NameIDFormats, strings.Clone(text))
		}
	}
	return idp, notes
}
