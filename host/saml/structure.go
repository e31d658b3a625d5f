package saml

import (
	"strconv"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

// structure finds the one assertion and the signatures, and refuses every other shape before anything is computed: one assertion in the whole
// document, a child of the Response, and signatures only where the profile puts them. Every signature wrapping needs a second of either.
func (r *response) structure() *refusal {
	var assertions int
	for n := range r.root.Descendants() {
		switch n.Local() {
		case "Signature":
			if p := n.Parent(); p != r.root && !(p.Parent() == r.root && p.Is(nsAssertion, "Assertion")) {
				return no(sso.SigStructure, "signatures in Response and Assertion only", "one in "+p.Local())
			}
		case "Assertion", "EncryptedAssertion": // in any namespace: nobody else may find another than we
			assertions++
			r.assertion = n
		}
	}
	if assertions != 1 || r.assertion.Parent() != r.root || r.assertion.Space() != nsAssertion {
		return no(sso.ProtoAssertionCount, "one assertion, in the Response", strconv.Itoa(assertions)+" in the document")
	}
	for c := range r.root.Children() {
		if !isOneOf(c, nsAssertion, "Issuer", r.assertion.Local()) && !isOneOf(c, nsProtocol, "Extensions", "Status") && !c.Is(nsSignature, "Signature") {
			return no(sso.ProtoStructure, "only elements of SAML 2.0 in the Response", c.Local())
		}
	}
	return r.findSignatures()
}

func isOneOf(n signedxml.Node, space string, locals ...string) bool {
	for _, local := range locals {
		if n.Is(space, local) {
			return true
		}
	}
	return false
}

// findSignatures reads both signatures' structure; signedxml judges it.
func (r *response) findSignatures() *refusal {
	var err error
	if r.outer, r.outerSigned, err = r.root.Signature(); err != nil {
		return unreadable(err)
	}
	if r.inner, r.hasInner, err = r.assertion.Signature(); err != nil {
		return unreadable(err)
	}
	if !r.outerSigned && !r.hasInner && !r.encrypted() {
		return no(sso.SigMissing, "a signature on Response or Assertion", "none")
	}
	return nil
}
