package saml

import (
	"time"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

// message is what the messages of a tenant's provider have in common: whom they are from and for, and when they were made.
type message struct {
	service *Service
	target  login.Target
	sp      sso.ServiceProvider
	now     time.Time
	root    signedxml.Node // since the gate
}

func (s *Service) message(t login.Target) message {
	return message{service: s, target: t, sp: sso.NewServiceProvider(s.Origin, t.Tenant.ID), now: s.Now()}
}

// identified judges version and ID. The form and uniqueness of IDs were the gate's.
func identified(n signedxml.Node) *refusal {
	if version, _ := n.Attr("Version"); version != version20 {
		return no(sso.ProtoVersion, version20, version)
	}
	if _, ok := n.Attr("ID"); !ok {
		return no(sso.ProtoStructure, "an ID on "+n.Local(), "none")
	}
	return nil
}

// destination must be our address where it is given, and given where the Response is signed (SAML Bindings 3.5.5.2).
func (m *message) destination(want string) *refusal {
	got, given := m.root.Attr("Destination")
	_, signatures := m.root.Child(nsSignature, "Signature")
	if !given && signatures == 0 || got == want {
		return nil
	}
	return no(sso.ProtoDestination, want, got)
}

// issuer must be the connection's entity ID, byte for byte: white space counts, since every rule for leaving it out makes two names of one and one
// product's reading of a name different from another's.
func (m *message) issuer(n signedxml.Node, required bool) *refusal {
	want := m.target.Connection.IdP.EntityID
	issuer, count := n.Child(nsAssertion, "Issuer")
	if count == 0 && !required {
		return nil
	}
	if count != 1 || issuer.HasElements() {
		return no(sso.ProtoIssuer, want, "not one plain Issuer")
	}
	if format, given := issuer.Attr("Format"); given && format != formatEntity {
		return no(sso.ProtoIssuer, formatEntity, format)
	}
	if got := issuer.Text(); got == "" || got != want {
		return no(sso.ProtoIssuer, want, got)
	}
	return nil
}

// fresh judges the time at which something was issued. It belongs to an exchange that takes at most [login.FlowTTL], so it cannot be older.
func (m *message) fresh(n signedxml.Node) *refusal {
	text, _ := n.Attr("IssueInstant")
	at, ok := parseTime(text)
	skew := m.service.ClockSkew
	if !ok || at.After(m.now.Add(skew)) || !m.now.Before(at.Add(login.FlowTTL+skew)) {
		return no(sso.ProtoTime, "issued at "+showTime(m.now), text)
	}
	return nil
}

func (m *message) policy() signedxml.Policy {
	return signedxml.Policy{AllowSHA1: m.target.Connection.AllowSHA1}
}

// keys are the connection's strong keys. Weak ones were left out when the metadata was saved; what is stored is judged once more.
func (m *message) keys() []signedxml.Key {
	keys := make([]signedxml.Key, 0, len(m.target.Connection.IdP.Certificates))
	for _, c := range m.target.Connection.IdP.Certificates {
		if key, err := m.service.public.get(c.DER, publicKey); err == nil && weakness(key) == "" {
			keys = append(keys, signedxml.Key{Public: key})
		}
	}
	return keys
}
