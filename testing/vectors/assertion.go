package vectors

import (
	"strings"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
)

// assertions are signed by the right provider and still must not pass, because of what is in their frame and statements.
func assertions() []Vector {
	bad := func(name, why string, code sso.Code, change func(*devidp.Assertion)) Vector {
		return Vector{Name: "assertion: " + name, Why: why, Code: code, fields: func(r *devidp.Response) { change(r.Assertions[0]) }}
	}
	text := func(name, why string, code sso.Code, edits ...edit) Vector {
		return Vector{Name: "assertion: " + name, Why: why, Code: code, edits: edits}
	}
	const hour, year = time.Hour, 365 * 24 * time.Hour
	return []Vector{
		bad("no version", "required", sso.ProtoVersion, func(a *devidp.Assertion) { a.Version = "" }),
		bad("version 1.1", "accepted by crewjam/saml 0.5.1", sso.ProtoVersion, func(a *devidp.Assertion) { a.Version = "1.1" }),
		{Name: "assertion: no ID", Why: "cannot be remembered", Code: sso.ProtoStructure, shape: signedResponse, edits: []edit{swap(` ID="`+assertionID+`"`, "")}},
		bad("no time", "required", sso.ProtoTime, func(a *devidp.Assertion) { a.IssueInstant = time.Time{} }),
		bad("ten years ahead", "not issued yet", sso.ProtoTime, func(a *devidp.Assertion) { a.IssueInstant = a.IssueInstant.Add(10 * year) }),
		bad("an hour old", "in a fresh Response", sso.ProtoTime, func(a *devidp.Assertion) { a.IssueInstant = a.IssueInstant.Add(-hour) }),
		bad("no Issuer", "whose is it?", sso.ProtoIssuer, func(a *devidp.Assertion) { a.Issuer = "" }),
		bad("other Issuer", "not the Response's", sso.ProtoIssuer, func(a *devidp.Assertion) { a.Issuer += "x" }),
		bad("Issuer with a format", "not an entity", sso.ProtoIssuer, func(a *devidp.Assertion) { a.IssuerFormat = devidp.FormatEmailAddress }),
		text("two Issuers", "last wins elsewhere", sso.ProtoIssuer, place{aStart, "saml:Issuer", 0}.change(func(e string) string { return e + e })),
		text("foreign element", "nobody knows what it means", sso.ProtoStructure, before("<saml:Conditions", `<x:Subject xmlns:x="urn:x"/>`)),
		text("foreign AttributeStatement", "attributes that are none", sso.ProtoStructure, before("<saml:AuthnStatement", `<x:AttributeStatement xmlns:x="urn:x"/>`)),
		text("foreign Attribute", "an attribute that is none", sso.ProtoStructure, after("<saml:AttributeStatement>", `<x:Attribute xmlns:x="urn:x" Name="groups"/>`)),
		text("attribute without a name", "required", sso.ProtoStructure, swap(` Name="groups"`, "")),
		text("attribute with a qualified name", "x:Name is taken for Name elsewhere", sso.ProtoStructure, swap(` Name="groups"`, ` xmlns:x="urn:x" x:Name="groups"`)),
		bad("no AuthnStatement", "nobody signed in", sso.ProtoAuthn, func(a *devidp.Assertion) { a.Authn = nil }),
		bad("no AuthnInstant", "required", sso.ProtoAuthn, func(a *devidp.Assertion) { a.Authn.AuthnInstant = time.Time{} }),
		bad("signed in tomorrow", "would beat a forced sign-in", sso.ProtoAuthn, func(a *devidp.Assertion) { a.Authn.AuthnInstant = a.Authn.AuthnInstant.Add(24 * hour) }),
		bad("session over", "accepted by crewjam/saml 0.5.1", sso.ProtoAuthn, func(a *devidp.Assertion) { a.Authn.SessionNotOnOrAfter = a.IssueInstant.Add(-hour) }),
		bad("long SessionIndex", "kept with the session", sso.ProtoAuthn, func(a *devidp.Assertion) { a.Authn.SessionIndex = strings.Repeat("x", 1025) }),
		text("two AuthnStatements, one without a time", "each must be sound", sso.ProtoAuthn, before("<saml:AuthnStatement ", "<saml:AuthnStatement/>")),
		text("two AuthnStatements, one of them over", "each must be sound", sso.ProtoAuthn, before("<saml:AuthnStatement ", `<saml:AuthnStatement AuthnInstant="2026-01-01T00:00:00Z" SessionNotOnOrAfter="2026-01-01T00:00:00Z"/>`)),
		text("session end that is no time", "junk", sso.ProtoAuthn, swap("<saml:AuthnStatement ", `<saml:AuthnStatement SessionNotOnOrAfter="never" `)),
	}
}
