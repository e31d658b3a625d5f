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

// wrappings are XSW1 to XSW8 as SAML Raider numbers them, each over every shape that has the signature it needs, and their cousins: a genuine
// signed element is kept where the signature finds it, an evil one put where a reader finds it.
func wrappings() []Vector {
	var list []Vector
	add := func(name string, code sso.Code, e edit, shapes ...shape) {
		for _, s := range shapes {
			list = append(list, Vector{Name: fmt.Sprintf("wrapping: %s, shape %d", name, s), Why: "signature wrapping", Code: code, shape: s, tampers: []edit{e}})
		}
	}
	add("XSW1", sso.ProtoAssertionCount, xsw1, signedResponse)
	add("XSW1", sso.SigStructure, xsw1, signedBoth)
	add("XSW2", sso.ProtoAssertionCount, xsw2, signedResponse)
	add("XSW2", sso.SigStructure, xsw2, signedBoth)
	add("XSW3", sso.ProtoAssertionCount, xsw3, signedAssertion, signedBoth)
	add("XSW4", sso.SigStructure, xsw4, signedAssertion, signedBoth)
	add("XSW5", sso.ProtoAssertionCount, xsw5, signedAssertion, signedBoth)
	add("XSW6", sso.ProtoAssertionCount, xsw6, signedAssertion, signedBoth)
	add("XSW7", sso.ProtoAssertionCount, xsw7, signedAssertion, signedBoth)
	add("XSW8", sso.ProtoAssertionCount, xsw8, signedAssertion, signedBoth)
	add("evil assertion last", sso.ProtoAssertionCount, func(_ Base, text string) (string, error) {
		a, err := part(text, aStart, aEnd)
		return strings.Replace(text, a, a+evil(a), 1), err
	}, signedAssertion, signedBoth)
	add("genuine assertion in Advice", sso.SigStructure, func(_ Base, text string) (string, error) {
		a, err := part(text, aStart, aEnd)
		outer := strings.Replace(evil(a), "<saml:Conditions ", "<saml:Advice>"+a+"</saml:Advice><saml:Conditions ", 1)
		return strings.Replace(text, a, outer, 1), err
	}, signedAssertion)
	add("evil assertion in another namespace", sso.ProtoAssertionCount, func(_ Base, text string) (string, error) {
		a, err := part(text, aStart, aEnd)
		return strings.Replace(text, a, `<x:Assertion xmlns:x="urn:x"/>`+a, 1), err
	}, signedAssertion)
	add("Response in a Response", sso.SigStructure, func(_ Base, text string) (string, error) {
		r, err := part(text, rStart, rEnd)
		return strings.Replace(text, r, strings.Replace(evil(hollow(r)), "</samlp:Status>", "</samlp:Status>"+r, 1), 1), err
	}, signedResponse, signedBoth)
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
	s, _ := part(a, dsStart, dsEnd)
	turned := strings.Replace(evil(a), "<saml:Subject>", s+"<saml:Subject>", 1)
	return strings.Replace(text, a, turned+strings.Replace(a, s, "", 1), 1), err
}

// xsw6: the genuine assertion inside the signature of the evil one.
func xsw6(_ Base, text string) (string, error) {
	_, _, a, err := split(text)
	s, _ := part(a, dsStart, dsEnd)
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
	s, _ := part(a, dsStart, dsEnd)
	wrapped := strings.Replace(s, dsEnd, "<ds:Object>"+strings.Replace(a, s, "", 1)+"</ds:Object>"+dsEnd, 1)
	return strings.Replace(text, a, strings.Replace(evil(a), "<saml:Subject>", wrapped+"<saml:Subject>", 1), 1), err
}
