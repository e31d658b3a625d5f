package vectors

import (
	"strings"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
)

// conditions are not met, or not understood.
func conditions() []Vector {
	bad := func(name, why string, code sso.Code, change func(*devidp.Conditions)) Vector {
		return Vector{Name: "conditions: " + name, Why: why, Code: code, fields: func(r *devidp.Response) { change(r.Assertions[0].Conditions) }}
	}
	text := func(name, why string, code sso.Code, edits ...edit) Vector {
		return Vector{Name: "conditions: " + name, Why: why, Code: code, edits: edits}
	}
	audience := func(name, why string, change func(string) string) Vector {
		return bad("audience "+name, why, sso.ProtoAudience, func(c *devidp.Conditions) { c.Audiences[0][0] = change(c.Audiences[0][0]) })
	}
	return []Vector{
		{Name: "conditions: none", Why: "panics in crewjam/saml 0.5.1", Code: sso.ProtoConditions, fields: func(r *devidp.Response) { r.Assertions[0].Conditions = nil }},
		text("empty", "for ever and everybody", sso.ProtoConditions, exchange("<saml:Conditions ", "</saml:Conditions>", "<saml:Conditions/>")),
		text("twice", "which one counts?", sso.ProtoConditions, double("<saml:Conditions ", "</saml:Conditions>")),
		text("foreign", "looks like them", sso.ProtoStructure, before("<saml:Conditions ", `<x:Conditions xmlns:x="urn:x"/>`)),
		bad("not yet", "too early, skew and all", sso.ProtoConditions, func(c *devidp.Conditions) { c.NotBefore = c.NotBefore.Add(9 * time.Minute) }),
		bad("no end", "for ever", sso.ProtoConditions, func(c *devidp.Conditions) { c.NotOnOrAfter = time.Time{} }),
		bad("over", "too late", sso.ProtoConditions, func(c *devidp.Conditions) { c.NotOnOrAfter = c.NotOnOrAfter.Add(-9 * time.Minute) }),
		bad("over to the second", "NotOnOrAfter itself is outside", sso.ProtoConditions, func(c *devidp.Conditions) { c.NotOnOrAfter = c.NotOnOrAfter.Add(-8 * time.Minute) }),
		bad("over before it begins", "never valid, though skew would cover it (SAML Core 2.5.1.2)", sso.ProtoConditions, func(c *devidp.Conditions) {
			c.NotBefore, c.NotOnOrAfter = c.NotOnOrAfter.Add(-4*time.Minute), c.NotOnOrAfter.Add(-5*time.Minute)
		}),
		bad("over when it begins", "never valid (SAML Core 2.5.1.2)", sso.ProtoConditions, func(c *devidp.Conditions) {
			c.NotOnOrAfter = c.NotOnOrAfter.Add(-5 * time.Minute)
			c.NotBefore = c.NotOnOrAfter
		}),
		text("begin that is no time", "junk", sso.ProtoConditions, exchange(`NotBefore="`, `"`, `NotBefore="always"`)),
		text("unknown condition", "must be refused (SAML Core 2.5.1)", sso.ProtoConditions, after("</saml:AudienceRestriction>", `<saml:Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:x="urn:x" xsi:type="x:y"/>`)),
		text("foreign condition", "must be refused", sso.ProtoConditions, after("</saml:AudienceRestriction>", `<x:OneTimeUse xmlns:x="urn:x"/>`)),
		bad("no AudienceRestriction", "accepted by crewjam/saml 0.5.1", sso.ProtoAudience, func(c *devidp.Conditions) { c.Audiences = nil }),
		bad("two restrictions, one foreign", "both must hold", sso.ProtoAudience, func(c *devidp.Conditions) { c.Audiences = append(c.Audiences, []string{"https://other.example/sp"}) }),
		text("restriction without audience", "for nobody", sso.ProtoAudience, drop("<saml:Audience>", "</saml:Audience>")),
		text("audience of a foreign namespace", "looks like one", sso.ProtoAudience, swap("<saml:Audience>", `<x:Audience xmlns:x="urn:x">`), swap("</saml:Audience>", "</x:Audience>")),
		text("element in audience", "text around it is joined elsewhere", sso.ProtoAudience, after("<saml:Audience>", "<saml:x/>")),
		audience("of another tenant", "same provider, same key", func(s string) string { return strings.Replace(s, "/acme/", "/other/", 1) }),
		audience("with a slash more", "compared exactly", func(s string) string { return s + "/" }),
		audience("in capitals", "compared exactly", strings.ToUpper),
		audience("with white space", "compared exactly", func(s string) string { return " " + s }),
	}
}
