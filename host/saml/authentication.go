package saml

import (
	"slices"
	"strings"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

// authentication reads the AuthnStatements (SAML Core 2.7.2); there must be one. Of several each must be sound; the person's last act, the
// session's first end and the first index count.
func (r *response) authentication() *refusal {
	for s := range r.assertion.Named(nsAssertion, "AuthnStatement") {
		text, _ := s.Attr("AuthnInstant")
		at, ok := parseTime(text)
		if !ok || at.After(r.now.Add(r.service.ClockSkew)) {
			return no(sso.ProtoAuthn, "signed in by "+showTime(r.now), text)
		}
		if at.After(r.out.AuthnInstant) {
			r.out.AuthnInstant = at
		}
		if refused := r.sessionEnd(s); refused != nil {
			return refused
		}
		if refused := r.context(s); refused != nil {
			return refused
		}
		if index, _ := s.Attr("SessionIndex"); r.out.SessionIndex == "" {
			if len(index) > sso.MaxNameID {
				return no(sso.ProtoAuthn, "a SessionIndex", "a longer one")
			}
			r.out.SessionIndex = strings.Clone(index)
		}
	}
	if r.out.AuthnInstant.IsZero() {
		return no(sso.ProtoAuthn, "an AuthnStatement", "none")
	}
	return nil
}

// sessionEnd reads when the provider wants the session to end. Skew is no help here: a session that has ended by our clock would not open.
func (r *response) sessionEnd(statement signedxml.Node) *refusal {
	text, given := statement.Attr("SessionNotOnOrAfter")
	if !given {
		return nil
	}
	end, ok := parseTime(text)
	if !ok || !r.now.Before(end) {
		return no(sso.ProtoAuthn, "a session at "+showTime(r.now), "not on or after "+text)
	}
	r.out.SessionNotOnOrAfter = earlier(r.out.SessionNotOnOrAfter, end)
	return nil
}

// context must be one that we asked for, where we asked.
func (r *response) context(statement signedxml.Node) *refusal {
	wanted := r.target.Connection.Request.AuthnContexts
	if len(wanted) == 0 {
		return nil
	}
	c, _ := statement.Child(nsAssertion, "AuthnContext")
	class, _ := c.Child(nsAssertion, "AuthnContextClassRef")
	if got := class.Text(); !slices.Contains(wanted, got) {
		return no(sso.ProtoAuthn, strings.Join(wanted, " or "), got)
	}
	return nil
}
