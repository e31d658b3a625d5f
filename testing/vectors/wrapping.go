package vectors

import (
	"fmt"
	"strings"

	"github.com/idplug/idplug/core/sso"
)

const (
	aStart, aEnd = "<saml:Assertion ", "</saml:Assertion>"
	rStart, rEnd = "<samlp:Response ", "</samlp:Response>"
)

// wrappings are XSW1 to XSW10 as SAML Raider numbers them, and their cousins, over every shape and in every dialect: a genuine signed element is kept
// where the signature finds it, an evil one put where a reader finds it. Where a shape lacks the signature that an attack moves, the other is moved.
func wrappings() []Vector {
	const (
		count     = sso.ProtoAssertionCount
		structure = sso.SigStructure
	)
	var list []Vector
	for _, w := range []struct {
		name  string
		edit  edit
		codes [3]sso.Code // by shape: signed assertion, signed Response, both
	}{
		{"XSW1", xsw1, [3]sso.Code{count, count, structure}},
		{"XSW2", xsw2, [3]sso.Code{count, count, structure}},
		{"XSW3", xsw3, [3]sso.Code{count, count, count}},
		{"XSW4", xsw4, [3]sso.Code{structure, count, structure}},
		{"XSW5", xsw5, [3]sso.Code{count, count, count}},
		{"XSW6", xsw6, [3]sso.Code{count, count, count}},
		{"XSW7", xsw7, [3]sso.Code{count, count, count}},
		{"XSW8", xsw8, [3]sso.Code{count, count, count}},
		{"XSW9", xsw9, [3]sso.Code{structure, count, structure}},
		{"XSW10", xsw10, [3]sso.Code{sso.XMLDoctype, sso.XMLDoctype, sso.XMLDoctype}},
		{"XSW10 without entities", xsw10plain, [3]sso.Code{count, count, count}},
		{"evil assertion last", evilLast, [3]sso.Code{count, count, count}},
		{"genuine assertion in Advice", inAdvice, [3]sso.Code{structure, count, structure}},
		{"genuine assertion in an attribute's value", inValue, [3]sso.Code{structure, count, structure}},
		{"evil assertion in another namespace", foreignFirst, [3]sso.Code{count, count, count}},
		{"evil EncryptedAssertion beside it", encryptedBeside, [3]sso.Code{count, count, count}},
		{"Response in a Response", inResponse, [3]sso.Code{structure, structure, structure}},
	} {
		for s, code := range w.codes {
			for _, d := range dialects() {
				v := Vector{
					Name: fmt.Sprintf("wrapping: %s, shape %d, %s", w.name, s, d), Why: "signature wrapping", Code: code, shape: shape(s), tampers: []edit{w.edit},
				}
				list = append(list, v.in(d))
			}
		}
	}
	return list
}

// evil is a copy with another ID, another name and no signature.
func evil(element string) string {
	for strings.Contains(element, dsStart) {
		s, _ := part(element, dsStart, dsEnd)
		element = strings.Replace(element, s, "", 1)
	}
	return strings.NewReplacer(`"`+responseID+`"`, `"_evil"`, `"`+assertionID+`"`, `"_evilassertion"`, Ada, intruder).Replace(element)
}

// hollow is a Response without its assertion.
func hollow(r string) string {
	a, _ := part(r, aStart, aEnd)
	return strings.Replace(r, a, "", 1)
}

// split returns the Response, its own signature and its assertion.
func split(text string) (r, signature, assertion string, err error) {
	if r, err = part(text, rStart, rEnd); err != nil {
		return
	}
	if assertion, err = part(r, aStart, aEnd); err != nil {
		return
	}
	signature, err = part(r, dsStart, dsEnd)
	return
}

// xsw1: an evil Response whose signature holds the genuine one, which lacks it.
func xsw1(_ Base, text string) (string, error) {
	r, s, _, err := split(text)
	genuine := strings.Replace(r, s, "", 1)
	wrapped := strings.Replace(s, dsEnd, genuine+dsEnd, 1)
	return strings.Replace(text, r, strings.Replace(evil(r), "<samlp:Status>", wrapped+"<samlp:Status>", 1), 1), err
}

// xsw2: the same, the genuine Response beside the signature.
func xsw2(_ Base, text string) (string, error) {
	r, s, _, err := split(text)
	genuine := strings.Replace(r, s, "", 1)
	return strings.Replace(text, r, strings.Replace(evil(r), "<samlp:Status>", genuine+s+"<samlp:Status>", 1), 1), err
}

// xsw3: an evil assertion before the genuine one.
func xsw3(_ Base, text string) (string, error) {
	_, _, a, err := split(text)
	return strings.Replace(text, a, evil(a)+a, 1), err
}

// xsw4: the genuine assertion inside the evil one.
func xsw4(_ Base, text string) (string, error) {
	_, _, a, err := split(text)
	return strings.Replace(text, a, strings.Replace(evil(a), aEnd, a+aEnd, 1), 1), err
}

// xsw5: the assertion turned evil with its signature kept, the genuine one without it at the end.
func xsw5(_ Base, text string) (string, error) {
	_, _, a, err := split(text)
	s := nearest(a, text)
	turned := strings.Replace(evil(a), "<saml:Subject>", s+"<saml:Subject>", 1)
	return strings.Replace(text, a, turned+strings.Replace(a, s, "", 1), 1), err
}

// xsw6: the genuine assertion inside the signature of the evil one.
func xsw6(_ Base, text string) (string, error) {
	_, _, a, err := split(text)
	s := nearest(a, text)
	wrapped := strings.Replace(s, dsEnd, strings.Replace(a, s, "", 1)+dsEnd, 1)
	return strings.Replace(text, a, strings.Replace(evil(a), "<saml:Subject>", wrapped+"<saml:Subject>", 1), 1), err
}

// xsw7: an evil assertion in Extensions.
func xsw7(_ Base, text string) (string, error) {
	_, _, a, err := split(text)
	return strings.Replace(text, a, "<samlp:Extensions>"+evil(a)+"</samlp:Extensions>"+a, 1), err
}

// xsw8: the genuine assertion in an Object of the evil one's signature.
func xsw8(_ Base, text string) (string, error) {
	_, _, a, err := split(text)
	s := nearest(a, text)
	wrapped := strings.Replace(s, dsEnd, "<ds:Object>"+strings.Replace(a, s, "", 1)+"</ds:Object>"+dsEnd, 1)
	return strings.Replace(text, a, strings.Replace(evil(a), "<saml:Subject>", wrapped+"<saml:Subject>", 1), 1), err
}

// nearest is the assertion's signature, or the Response's where it has none.
func nearest(assertion, text string) string {
	s, err := part(assertion, dsStart, dsEnd)
	if err != nil {
		s, _ = part(text, dsStart, dsEnd)
	}
	return s
}

// xsw9: the evil assertion with its own digest in a second SignedInfo, the genuine one in a wrapper at the end (CVE-2019-3465).
func xsw9(_ Base, text string) (string, error) {
	_, _, a, err := split(text)
	s := nearest(a, text)
	info, _ := part(s, "<ds:SignedInfo>", "</ds:SignedInfo>")
	digest, _ := part(info, "<ds:DigestValue>", "</ds:DigestValue>")
	second := strings.NewReplacer(digest, "<ds:DigestValue>QUJD</ds:DigestValue>", assertionID, "_evilassertion").Replace(info)
	forged := strings.Replace(s, dsEnd, second+dsEnd, 1)
	turned := strings.Replace(evil(a), "<saml:Subject>", forged+"<saml:Subject>", 1)
	return strings.Replace(text, a, turned+`<samlp:Extensions>`+a+`</samlp:Extensions>`, 1), err
}

// xsw10: the Response takes the assertion's ID from an entity and its signature, in whose Object the genuine assertion goes under another ID.
func xsw10(b Base, text string) (string, error) {
	text, err := xsw10plain(b, text)
	text = strings.NewReplacer(`<samlp:Response `, `<!DOCTYPE r [<!ENTITY i "`+assertionID+`"><!ENTITY p "&#x50;">]><samlp:Response `,
		` ID="`+assertionID+`" Version="2.0" IssueInstant=`, ` ID="&i;" Version="2.0" IssueInstant=`, ` ID="P`, ` ID="&p;`).Replace(text)
	return text, err
}

func xsw10plain(_ Base, text string) (string, error) {
	r, _, a, err := split(text)
	s := nearest(a, text)
	object := strings.Replace(a, `"`+assertionID+`"`, `"P`+assertionID+`"`, 1)
	object = strings.Replace(object, s, "", 1)
	forged := strings.Replace(s, dsEnd, "<ds:Object>"+object+"</ds:Object>"+dsEnd, 1)
	turned := strings.Replace(evil(r), `"_evil"`, `"`+assertionID+`"`, 1)
	return strings.Replace(text, r, strings.Replace(turned, "<samlp:Status>", forged+"<samlp:Status>", 1), 1), err
}

func evilLast(_ Base, text string) (string, error) {
	a, err := part(text, aStart, aEnd)
	return strings.Replace(text, a, a+evil(a), 1), err
}

func inAdvice(_ Base, text string) (string, error) {
	a, err := part(text, aStart, aEnd)
	outer := strings.Replace(evil(a), "<saml:Conditions ", "<saml:Advice>"+a+"</saml:Advice><saml:Conditions ", 1)
	return strings.Replace(text, a, outer, 1), err
}

func inValue(_ Base, text string) (string, error) {
	a, err := part(text, aStart, aEnd)
	outer := strings.Replace(evil(a), "</saml:AttributeStatement>", `<saml:Attribute Name="x"><saml:AttributeValue>`+a+"</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>", 1)
	return strings.Replace(text, a, outer, 1), err
}

func foreignFirst(_ Base, text string) (string, error) {
	a, err := part(text, aStart, aEnd)
	return strings.Replace(text, a, `<x:Assertion xmlns:x="urn:x"/>`+a, 1), err
}

func encryptedBeside(_ Base, text string) (string, error) {
	a, err := part(text, aStart, aEnd)
	return strings.Replace(text, a, a+`<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>`, 1), err
}

func inResponse(_ Base, text string) (string, error) {
	r, err := part(text, rStart, rEnd)
	return strings.Replace(text, r, strings.Replace(evil(hollow(r)), "</samlp:Status>", "</samlp:Status>"+r, 1), 1), err
}
