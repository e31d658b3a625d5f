package vectors

import (
	"slices"
	"strings"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
)

// inside is a well encrypted assertion that must not pass. Where the Response is not signed nobody outside can tell why not.
func inside(name, why string, changes ...edit) Vector {
	return Vector{Name: "encryption inside: " + name, Why: why, Code: sso.EncFailed, sealed: true, inside: changes}
}

// insides are all of them, and what is around them.
func insides() []Vector {
	bad := inside
	list := []Vector{
		{Name: "encryption inside: unsigned", Why: "anybody can encrypt for us (Keycloak CVE-2026-2092)", Code: sso.EncFailed, sealed: true, inside: []edit{drop(dsStart, dsEnd)}},
		{Name: "encryption inside: signed by a stranger", Why: "the same", Code: sso.EncFailed, sealed: true, key: stranger},
		{Name: "encryption inside: signed by a stranger, in a signed Response", Why: "made by somebody who could sign only the outside", Code: sso.SigInnerInvalid, sealed: true, shape: signedResponse, edits: []edit{borrowed}},
		{
			Name: "encryption inside: no signature to speak of, in a signed Response", Why: "Signature without content", Code: sso.EncFailed, sealed: true, shape: signedResponse,
			inside: []edit{before("<saml:Subject>", `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>`)},
		},
		{
			Name: "encryption inside: assertion in the Advice of the provider", Why: "nobody else may find another than we", Code: sso.EncFailed, sealed: true,
			edits: []edit{before("<saml:Conditions ", `<saml:Advice><saml:Assertion ID="_advice"/></saml:Advice>`)},
		},
		{
			Name: "encryption inside: signature in the Advice of the provider", Why: "nobody else may find another than we", Code: sso.EncFailed, sealed: true,
			edits: []edit{before("<saml:Conditions ", `<saml:Advice><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></saml:Advice>`)},
		},
		{
			Name: "encryption inside: no Assertion, in a signed Response", Why: "looks like one", Code: sso.EncFailed, sealed: true, shape: signedResponse,
			inside: []edit{swap(aStart, "<saml:Evidence "), swap(aEnd, "</saml:Evidence>")},
		},
		bad("changed", "after it was signed", swap(">"+Ada+"</saml:NameID>", ">"+intruder+"</saml:NameID>")),
		bad("nothing", "panics in crewjam/saml 0.5.1", replaceAll(" ")),
		bad("text", "no element", replaceAll("ada")),
		bad("comment alone", "panics in crewjam/saml 0.5.1", replaceAll("<!-- -->")),
		bad("comment in the name", "truncates it elsewhere", swap(">"+Ada, ">ada@example.test<!---->.evil.test")),
		bad("DOCTYPE", "entities in what was secret", prepend("<!DOCTYPE a>")),
		bad("processing instruction", "no signed message has one", prepend("<?x y?>")),
		bad("XML declaration", "it is no document", prepend(`<?xml version="1.0"?>`)),
		bad("byte order mark", "hides what is before the element", prepend("\uFEFF")),
		bad("no UTF-8", "junk", swap(">"+Ada, ">\xff"+Ada)),
		bad("not closed", "cut off", swap(aEnd, "")),
		bad("end of what is around it", "nothing is around it", after(aEnd, "</saml:EncryptedAssertion>")),
		bad("end of what the decrypter put around it", "breaks out elsewhere", after(aEnd, "</r><r>")),
		bad("two assertions", "which one counts?", func(_ Base, text string) (string, error) { return text + evil(text), nil }),
		bad("evil assertion first", "which one counts?", func(_ Base, text string) (string, error) { return evil(text) + text, nil }),
		bad("genuine assertion in Advice", "signature wrapping", func(_ Base, text string) (string, error) {
			return strings.Replace(evil(text), "<saml:Conditions ", "<saml:Advice>"+text+"</saml:Advice><saml:Conditions ", 1), nil
		}),
		bad("genuine assertion in the signature", "signature wrapping", func(_ Base, text string) (string, error) {
			signature, err := part(text, dsStart, dsEnd)
			wrapped := strings.Replace(signature, dsEnd, "<ds:Object>"+strings.Replace(text, signature, "", 1)+"</ds:Object>"+dsEnd, 1)
			return strings.Replace(evil(text), "<saml:Subject>", wrapped+"<saml:Subject>", 1), err
		}),
		bad("signature moved into Subject", "no longer its parent's", move("<saml:Subject>")),
		bad("two signatures", "which one counts?", double(dsStart, dsEnd)),
		bad("Response", "a message in a message", func(_ Base, text string) (string, error) {
			return `<samlp:Response>` + text + `</samlp:Response>`, nil
		}),
		bad("assertion of a foreign namespace", "looks like one", replaceAll(`<x:Assertion xmlns:x="urn:x"/>`)),
		bad("encrypted assertion", "one in the other for ever", replaceAll(`<saml:EncryptedAssertion/>`)),
		bad("encrypted assertion in Advice", "one in the other for ever", before("<saml:Conditions ", "<saml:Advice><saml:EncryptedAssertion/></saml:Advice>")),
		bad("prefix with another meaning than outside", "namespace confusion", swap("<saml:Subject>", `<saml:Subject xmlns:samlp="urn:x">`)),
	}
	return slices.Concat(list, parcels(), wrapped(), told())
}

// parcels hold bombs.
func parcels() []Vector {
	return []Vector{
		inside("20,000 elements", "a bomb in a parcel", after("<saml:Subject>", strings.Repeat("<b/>", 20_000))),
		inside("300 KB of text", "a bomb in a parcel", after("<saml:Subject>", strings.Repeat("x", 300<<10))),
		inside("100,000 levels", "a bomb in a parcel", replaceAll(strings.Repeat("<a>", 100_000))),
		inside("comments in SignedInfo", "quadratic elsewhere", after("<ds:SignedInfo>", strings.Repeat("<!---->", 40_000))),
	}
}

// wrapped are encrypted assertions in a Response that has no place for them.
func wrapped() []Vector {
	bad := func(name, why string, code sso.Code, s shape, edits []edit, tampers ...edit) Vector {
		return Vector{Name: "encryption outside: " + name, Why: why, Code: code, sealed: true, shape: s, edits: edits, tampers: tampers}
	}
	const eStart, eEnd = "<saml:EncryptedAssertion ", "</saml:EncryptedAssertion>"
	evilBefore := func(_ Base, text string) (string, error) {
		a, err := part(text, eStart, eEnd)
		return strings.Replace(text, a, `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_evil"/>`+a, 1), err
	}
	list := []Vector{
		bad("two encrypted assertions", "alice and bob", sso.ProtoAssertionCount, signedAssertion, nil, double(eStart, eEnd)),
		bad("encrypted and plain", "one hides the other (Keycloak CVE-2026-2092)", sso.ProtoAssertionCount, signedAssertion, nil, evilBefore),
		bad("encrypted and plain in a signed Response", "the same", sso.ProtoAssertionCount, signedResponse, nil, evilBefore),
		bad("in Extensions", "not its place", sso.ProtoAssertionCount, signedAssertion, nil, before(eStart, "<samlp:Extensions>"), after(eEnd, "</samlp:Extensions>")),
		bad("signature beside the data", "not its place", sso.SigStructure, signedAssertion, nil, before(eEnd, `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>`)),
		bad("changed in a signed Response", "nothing is decrypted that was not signed", sso.SigDigest, signedResponse, nil, value(1, func(v []byte) []byte { v[40] ^= 1; return v })),
		bad("changed key in a signed Response", "the same", sso.SigDigest, signedBoth, nil, value(0, func(v []byte) []byte { v[40] ^= 1; return v })),
		bad("no signature any more", "stripped", sso.EncFailed, signedResponse, nil, drop(dsStart, dsEnd)),
		bad("no Issuer on the Response", "SAML Core 2.2.5", sso.ProtoIssuer, signedAssertion, []edit{drop("<saml:Issuer ", "</saml:Issuer>")}),
	}
	return list
}

// told are refusals of assertions that were opened and are the provider's: now there is no secret in why.
func told() []Vector {
	bad := func(name, why string, code sso.Code, change func(*devidp.Assertion)) Vector {
		return Vector{Name: "encryption told: " + name, Why: why, Code: code, sealed: true, fields: func(r *devidp.Response) { change(r.Assertions[0]) }}
	}
	return []Vector{
		bad("audience of another tenant", "for somebody else", sso.ProtoAudience, func(a *devidp.Assertion) {
			a.Conditions.Audiences[0][0] = strings.Replace(a.Conditions.Audiences[0][0], "/acme/", "/other/", 1)
		}),
		bad("other InResponseTo", "answers another login", sso.CorrRequest, func(a *devidp.Assertion) { a.Confirmations[0].InResponseTo += "x" }),
		bad("no NameID", "nobody", sso.ProtoNameID, func(a *devidp.Assertion) { a.NameID = nil }),
		{Name: "encryption told: EncryptedID", Why: "nobody in the clear", Code: sso.ProtoNameID, sealed: true, edits: []edit{exchange("<saml:NameID ", "</saml:NameID>", "<saml:EncryptedID/>")}},
		{Name: "encryption told: EncryptedAttribute", Why: "part of what a rule might mean", Code: sso.EncFailed, sealed: true, edits: []edit{after("<saml:AttributeStatement>", "<saml:EncryptedAttribute/>")}},
		{Name: "plain: EncryptedAttribute", Why: "the same", Code: sso.EncFailed, edits: []edit{after("<saml:AttributeStatement>", "<saml:EncryptedAttribute/>")}},
	}
}
