package saml

import (
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// readAssertion judges the assertion's own frame (SAML Core 2.3.3). From here on only nodes inside it are read; all of them are under a
// verified signature but those of its own ds:Signature, into which nobody looks again.
func (r *response) readAssertion() *refusal {
	a := r.assertion
	if refused := identified(a); refused != nil {
		return refused
	}
	if refused := r.fresh(a); refused != nil {
		return refused
	}
	if refused := r.issuer(a, true); refused != nil {
		return refused
	}
	for c := range a.Children() {
		known := isOneOf(c, nsAssertion, "Issuer", "Subject", "Conditions", "Advice", "AuthnStatement", "AttributeStatement", "AuthzDecisionStatement")
		if !known && !c.Is(nsSignature, "Signature") {
			return no(sso.ProtoStructure, "only elements of SAML 2.0 in the Assertion", c.Local())
		}
	}
	id, _ := a.Attr("ID")
	r.out = sso.Assertion{ID: strings.Clone(id), IDPEntityID: r.target.Connection.IdP.EntityID, InResponseTo: r.requestID}
	return nil
}
