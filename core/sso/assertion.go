package sso

import (
	"slices"
	"strings"
	"time"
)

// NameID formats (SAML Core 8.3).
const (
	FormatUnspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
	FormatEmail       = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
	FormatPersistent  = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
	FormatTransient   = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
)

// NameID is the subject of a verified assertion.
type NameID struct {
	Value  string
	Format string // "" when the attribute is absent
	// Qualifiers as the provider gave them, "" for none. They name nobody (see [Identity]); a provider wants them back when its person logs out.
	NameQualifier, SPNameQualifier string
}

// Transient reports whether the value is fresh at every login and so names nobody.
func (n NameID) Transient() bool { return n.Format == FormatTransient }

// Assertion is what a verified SAML response says. Every field was read from nodes under a verified signature.
type Assertion struct {
	ID                  string
	IDPEntityID         string // the Issuer, equal to the connection's
	InResponseTo        string // the request it answers
	NameID              NameID
	SessionIndex        string
	AuthnInstant        time.Time
	SessionNotOnOrAfter time.Time // zero: the provider sets no end
	// NotOnOrAfter is when the assertion stops being usable, clock skew included: how long its use must be remembered.
	NotOnOrAfter time.Time
	Attributes   Attributes
}

// IdentityClass separates kinds of subject that must never be taken for each other.
type IdentityClass string

// The classes of a subject.
const (
	// ClassNameID: absent, unspecified and emailAddress formats, which providers exchange for each other without a change of value.
	ClassNameID IdentityClass = "nameid"
	// ClassPersistent: opaque identifiers made for us.
	ClassPersistent IdentityClass = "persistent"
	// ClassAttribute: a stable attribute that stands in for a transient NameID.
	ClassAttribute IdentityClass = "attribute"
)

// Identity is how a provider's person is recognised again: tenant, IdP entity ID, class and value. It holds the entity ID and not the
// connection, so that a rotated key or a re-fetched document changes nobody, and the tenant, so that two tenants of one provider stay apart.
type Identity struct {
	Tenant      TenantID
	IDPEntityID string
	Class       IdentityClass
	Value       string
}

// MaxNameID bounds the value of a NameID or stable subject, in bytes (SAML Core 8.3.7 allows 256 characters for persistent ones).
const MaxNameID = 1024

// IdentityOf names the subject of a by its NameID. ok is false for a transient NameID, which needs a stable attribute instead.
func IdentityOf(t TenantID, a Assertion) (id Identity, ok bool) {
	id = Identity{Tenant: t, IDPEntityID: a.IDPEntityID, Value: a.NameID.Value}
	id.Class = a.NameID.class()
	if a.NameID.Transient() {
		return Identity{}, false
	}
	return id, true
}

// class is what keeps names of different kinds apart. Formats of the standard are classes of their own; any other is set apart by a prefix that
// neither they nor our own classes begin with, because the provider writes it: one that calls its format "persistent" or "attribute" must not get
// into the class of that name, past the checks that lead there.
func (n NameID) class() IdentityClass {
	switch {
	case n.Format == FormatPersistent:
		return ClassPersistent
	case n.Format == "", isPlain(n.Format):
		return ClassNameID
	case strings.HasPrefix(n.Format, "urn:oasis:names:tc:SAML:"):
		return IdentityClass(n.Format)
	}
	return IdentityClass("format:" + n.Format)
}

// isPlain reports whether a format is unspecified or emailAddress, by whatever version of SAML the provider calls it: JumpCloud writes 1.0, and others
// 2.0, where the standard has 1.1.
func isPlain(format string) bool {
	return slices.ContainsFunc([]string{"1.0", "1.1", "2.0"}, func(version string) bool {
		standard := strings.Replace(format, ":SAML:"+version+":", ":SAML:1.1:", 1)
		return standard == FormatUnspecified || standard == FormatEmail
	})
}

// IdentityByAttribute names the subject by the one value of a stable attribute. ok is false when the attribute does not have exactly one
// non-empty value.
func IdentityByAttribute(t TenantID, a Assertion, attribute string) (id Identity, ok bool) {
	vs := a.Attributes.Values(attribute)
	if len(vs) != 1 || vs[0] == "" || len(vs[0]) > MaxNameID {
		return Identity{}, false
	}
	return Identity{Tenant: t, IDPEntityID: a.IDPEntityID, Class: ClassAttribute, Value: attribute + "=" + vs[0]}, true
}
