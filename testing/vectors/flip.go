package vectors

import (
	"fmt"
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// place is an element of a sound response, the nth of its name behind the start of its region.
type place struct {
	region  string // where the region begins: its last such mark
	element string
	n       int
}

// locate finds an element from its start tag up to and with its end tag.
func (p place) locate(text string) (from, to int, err error) {
	at := max(0, strings.LastIndex(text, p.region))
	for i := 0; ; at++ {
		next := strings.Index(text[at:], "<"+p.element)
		if next < 0 {
			return 0, 0, fmt.Errorf("no %s %d in the message", p.element, p.n)
		}
		at += next
		if after := text[at+1+len(p.element)]; !strings.ContainsRune(" />", rune(after)) {
			continue
		}
		if i++; i > p.n {
			break
		}
	}
	tag := strings.Index(text[at:], ">")
	if text[at+tag-1] == '/' {
		return at, at + tag + 1, nil
	}
	end := "</" + p.element + ">"
	length := strings.Index(text[at:], end)
	if length < 0 {
		return 0, 0, fmt.Errorf("no end of %s", p.element)
	}
	return at, at + length + len(end), nil
}

// change rewrites the element.
func (p place) change(rewrite func(element string) string) edit {
	return func(_ Base, text string) (string, error) {
		from, to, err := p.locate(text)
		if err != nil {
			return "", err
		}
		return text[:from] + rewrite(text[from:to]) + text[to:], nil
	}
}

func (p place) String() string { return fmt.Sprintf("%s %d", p.element, p.n) }

// flip changes a bit of a byte: the second, which makes no quotation mark of a number sign.
func flip(text string, i int) string { return text[:i] + string(text[i]^2) + text[i+1:] }

func flipLast(text string) string { return flip(text, len(text)-1) }

// name flips the last byte of the element's name, in both of its tags.
func (p place) name() edit {
	return p.change(func(e string) string {
		other := flipLast(p.element)
		e = "<" + other + strings.TrimPrefix(e, "<"+p.element)
		if body, ok := strings.CutSuffix(e, "</"+p.element+">"); ok {
			return body + "</" + other + ">"
		}
		return e
	})
}

// attrName flips the last byte of an attribute's name, attrValue that of its value.
func (p place) attrName(name string) edit {
	return p.change(func(e string) string { return strings.Replace(e, " "+name+`="`, " "+flipLast(name)+`="`, 1) })
}

func (p place) attrValue(name string) edit {
	return p.change(func(e string) string {
		i := strings.Index(e, " "+name+`="`) + len(name) + 3
		return flip(e, i+strings.Index(e[i:], `"`)-1)
	})
}

// firstOfText and lastOfText flip a byte of the element's text.
func (p place) firstOfText() edit {
	return p.change(func(e string) string { return flip(e, strings.Index(e, ">")+1) })
}

func (p place) lastOfText() edit {
	return p.change(func(e string) string { return flip(e, strings.LastIndex(e, "</")-1) })
}

func (p place) dropped() edit { return p.change(func(string) string { return "" }) }
func (p place) doubled() edit { return p.change(func(e string) string { return e + e }) }

// flips change one byte each of every element of a response: of its name, of each attribute's name and value, of its text.
func flips() []Vector {
	var list []Vector
	add := func(what string, code sso.Code, s shape, e edit) {
		list = append(list, Vector{
			Name: fmt.Sprintf("flip: %s, shape %d", what, s), Why: "changed on its way", Code: code, shape: s, tampers: []edit{e},
		})
	}
	for _, s := range []shape{signedAssertion, signedResponse, signedBoth} {
		for _, c := range content() {
			add(c.String()+" name", sso.SigDigest, s, c.name())
			add(c.String()+" dropped", sso.SigDigest, s, c.dropped())
			add(c.String()+" doubled", sso.SigDigest, s, c.doubled())
			for _, a := range c.attrs {
				add(c.String()+" "+a+" name", sso.SigDigest, s, c.attrName(a))
				add(c.String()+" "+a+" value", sso.SigDigest, s, c.attrValue(a))
			}
			if c.text {
				add(c.String()+" first of text", sso.SigDigest, s, c.firstOfText())
				add(c.String()+" last of text", sso.SigDigest, s, c.lastOfText())
			}
		}
		flipFrames(s, add)
		if s != signedResponse {
			flipSignature("inner", dsStart, s, add)
		}
		if s != signedAssertion {
			flipSignature("outer", "<?xml", s, add)
		}
	}
	return list
}

// piece is a place inside the assertion, with its attributes.
type piece struct {
	place
	attrs []string
	text  bool
}

// content are the pieces that a signature covers and nobody reads before it is verified.
func content() []piece {
	at := func(element string, n int, text bool, attrs ...string) piece {
		return piece{place{aStart, "saml:" + element, n}, attrs, text}
	}
	return []piece{
		at("Issuer", 0, true),
		at("Subject", 0, false),
		at("NameID", 0, true, "Format"),
		at("SubjectConfirmation", 0, false, "Method"),
		at("SubjectConfirmationData", 0, false, "InResponseTo", "NotOnOrAfter", "Recipient"),
		at("Conditions", 0, false, "NotBefore", "NotOnOrAfter"),
		at("AudienceRestriction", 0, false),
		at("Audience", 0, true),
		at("AuthnStatement", 0, false, "AuthnInstant", "SessionIndex"),
		at("AuthnContext", 0, false),
		at("AuthnContextClassRef", 0, true),
		at("AttributeStatement", 0, false),
		at("Attribute", 0, false, "Name"),
		at("Attribute", 1, false, "Name"),
		at("AttributeValue", 0, true, "xsi:type"),
		at("AttributeValue", 1, true, "xsi:type"),
		at("AttributeValue", 2, true, "xsi:type"),
	}
}

// flipFrames flips what is read before a signature is verified: the Response's own tags and the assertion's.
func flipFrames(s shape, add func(string, sso.Code, shape, edit)) {
	response, assertion := place{"<?xml", "samlp:Response", 0}, place{aStart, "saml:Assertion", 0}
	issuer, status, code := place{"<?xml", "saml:Issuer", 0}, place{"<?xml", "samlp:Status", 0}, place{"<?xml", "samlp:StatusCode", 0}
	add("Response name", sso.ProtoStructure, s, response.name())
	add("Response xmlns value", sso.ProtoStructure, s, response.attrValue("xmlns:samlp"))
	add("Response Version name", sso.ProtoVersion, s, response.attrName("Version"))
	add("Response Version value", sso.ProtoVersion, s, response.attrValue("Version"))
	add("Response IssueInstant name", sso.ProtoTime, s, response.attrName("IssueInstant"))
	add("Response IssueInstant value", sso.ProtoTime, s, response.attrValue("IssueInstant"))
	add("Response Destination value", sso.ProtoDestination, s, response.attrValue("Destination"))
	add("Response ID name", sso.ProtoStructure, s, response.attrName("ID"))
	noIssuer := sso.ProtoStructure
	if s != signedAssertion { // a signed Response must have one, and that comes first
		noIssuer = sso.ProtoIssuer
	}
	add("Response Issuer name", noIssuer, s, issuer.name())
	add("Response Issuer xmlns value", sso.XMLNamespace, s, issuer.attrValue("xmlns:saml"))
	add("Response Issuer first of text", sso.ProtoIssuer, s, issuer.firstOfText())
	add("Response Issuer last of text", sso.ProtoIssuer, s, issuer.lastOfText())
	add("Status name", sso.IDPStatus, s, status.name())
	add("StatusCode name", sso.IDPStatus, s, code.name())
	add("StatusCode Value name", sso.IDPStatus, s, code.attrName("Value"))
	add("StatusCode Value value", sso.IDPStatus, s, code.attrValue("Value"))
	add("Assertion xmlns value", sso.XMLNamespace, s, assertion.attrValue("xmlns:saml"))
	add("Assertion Version value", sso.SigDigest, s, assertion.attrValue("Version"))
	add("Assertion IssueInstant value", sso.SigDigest, s, assertion.attrValue("IssueInstant"))
	if s != signedResponse {
		add("Assertion name", sso.SigStructure, s, assertion.name()) // its signature is in another element now
		add("Assertion ID value", sso.SigReference, s, assertion.attrValue("ID"))
		add("Assertion ID name", sso.SigReference, s, assertion.attrName("ID"))
	} else {
		add("Assertion name", sso.ProtoAssertionCount, s, assertion.name())
		add("Assertion ID value", sso.SigDigest, s, assertion.attrValue("ID"))
		add("Assertion ID name", sso.SigDigest, s, assertion.attrName("ID"))
	}
	if s != signedAssertion {
		add("Response ID value", sso.SigReference, s, response.attrValue("ID"))
		add("Response Destination name", sso.ProtoDestination, s, response.attrName("Destination"))
	}
}

// flipSignature flips the pieces of a signature. What it signs over, its digest and value, is judged by arithmetic; everything else by its form.
func flipSignature(which, region string, s shape, add func(string, sso.Code, shape, edit)) {
	at := func(element string, n int) place { return place{region, "ds:" + element, n} }
	named := func(element string, n int, code sso.Code) {
		add(which+" "+element+fmt.Sprintf(" %d name", n), code, s, at(element, n).name())
	}
	algorithm := func(element string, n int, code sso.Code) {
		add(which+" "+element+fmt.Sprintf(" %d Algorithm name", n), code, s, at(element, n).attrName("Algorithm"))
		add(which+" "+element+fmt.Sprintf(" %d Algorithm value", n), code, s, at(element, n).attrValue("Algorithm"))
	}
	for _, element := range []string{"SignedInfo", "CanonicalizationMethod", "SignatureMethod", "Transforms", "DigestMethod", "DigestValue", "SignatureValue", "KeyInfo"} {
		named(element, 0, sso.SigStructure)
	}
	named("Transform", 0, sso.SigStructure)
	named("Transform", 1, sso.SigStructure)
	named("Reference", 0, sso.SigReference)
	algorithm("CanonicalizationMethod", 0, sso.SigTransform)
	algorithm("Transform", 0, sso.SigTransform)
	algorithm("Transform", 1, sso.SigTransform)
	algorithm("SignatureMethod", 0, sso.SigWeakAlg)
	algorithm("DigestMethod", 0, sso.SigWeakAlg)
	add(which+" Reference URI name", sso.SigReference, s, at("Reference", 0).attrName("URI"))
	add(which+" Reference URI value", sso.SigReference, s, at("Reference", 0).attrValue("URI"))
	value := sso.SigUntrustedKey
	if which == "inner" && s == signedBoth {
		value = sso.SigDigest // the outer signature covers the inner
	}
	letter := func(p place) edit { // of base64 another letter
		return p.change(func(e string) string {
			i := strings.Index(e, ">") + 1
			return e[:i] + string("BA"[strings.Count(e[i:i+1], "B")]) + e[i+1:]
		})
	}
	add(which+" DigestValue text", sso.SigDigest, s, letter(at("DigestValue", 0)))
	add(which+" SignatureValue text", value, s, letter(at("SignatureValue", 0)))
}
