package saml

import (
	"strconv"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

// conditions judges when and for whom the assertion holds (SAML Core 2.5.1). Both ends of its time are wanted: an assertion without an end is none
// that a browser should carry.
func (r *response) conditions() *refusal {
	c, count := r.assertion.Child(nsAssertion, "Conditions")
	if count != 1 {
		return no(sso.ProtoConditions, "one Conditions", strconv.Itoa(count))
	}
	skew := r.service.ClockSkew
	text, _ := c.Attr("NotOnOrAfter")
	end, ok := parseTime(text)
	r.endsAt = end.Add(skew)
	if !ok || !r.now.Before(r.endsAt) {
		return no(sso.ProtoConditions, "valid at "+showTime(r.now), "not on or after "+text)
	}
	if text, given := c.Attr("NotBefore"); given {
		begin, ok := parseTime(text)
		if !ok || r.now.Before(begin.Add(-skew)) {
			return no(sso.ProtoConditions, "valid at "+showTime(r.now), "not before "+text)
		}
		if !begin.Before(end) { // skew would make a time of what is none (SAML Core 2.5.1.2)
			return no(sso.ProtoConditions, "a begin before the end", "not before "+text)
		}
	}
	return r.restrictions(c)
}

// restrictions wants us in every AudienceRestriction, of which there must be one, and refuses conditions that we do not understand. OneTimeUse is
// our rule anyway; ProxyRestriction is about assertions that we do not make.
func (r *response) restrictions(conditions signedxml.Node) *refusal {
	restrictions := 0
	for c := range conditions.Children() {
		switch {
		case c.Is(nsAssertion, "AudienceRestriction"):
			restrictions++
			if refused := r.audience(c); refused != nil {
				return refused
			}
		case !isOneOf(c, nsAssertion, "OneTimeUse", "ProxyRestriction"):
			return no(sso.ProtoConditions, "conditions of SAML 2.0", c.Local())
		}
	}
	if restrictions == 0 {
		return no(sso.ProtoAudience, r.sp.EntityID, "no AudienceRestriction")
	}
	return nil
}

func (r *response) audience(restriction signedxml.Node) *refusal {
	got := "no Audience"
	for a := range restriction.Children() {
		if !a.Is(nsAssertion, "Audience") || a.HasElements() {
			return no(sso.ProtoAudience, "plain Audience elements", a.Local())
		}
		if got = a.Text(); got == r.sp.EntityID {
			return nil
		}
	}
	return no(sso.ProtoAudience, r.sp.EntityID, got)
}
