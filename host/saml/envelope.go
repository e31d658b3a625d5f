package saml

import (
	"strings"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

// envelope judges what is around the assertion (SAML Core 3.2.2, Profiles 4.1.4.2). It may be unsigned, so nothing here is trusted later: it
// saves work on what is not for us and finds the provider's refusals.
func (r *response) envelope() *refusal {
	if !r.root.Is(nsProtocol, "Response") {
		return no(sso.ProtoStructure, "samlp:Response", r.root.Local())
	}
	if refused := identified(r.root); refused != nil {
		return refused
	}
	if refused := r.fresh(r.root); refused != nil {
		return refused
	}
	if refused := r.destination(r.sp.ACSURL); refused != nil {
		return refused
	}
	_, encrypted := r.root.Child(nsAssertion, "EncryptedAssertion")
	_, signed := r.root.Child(nsSignature, "Signature")
	if refused := r.issuer(r.root, encrypted+signed > 0); refused != nil { // SAML Profiles 4.1.4.2, errata E17
		return refused
	}
	// Some providers' application tiles send an empty InResponseTo, which we take for none.
	r.inResponseTo, _ = r.root.Attr("InResponseTo")
	return status(r.root)
}

// statusNames are the codes of SAML Core 3.2.2.2 that may be shown. Any other is "another reason": the words are the provider's.
var statusNames = []string{
	"AuthnFailed", "InvalidAttrNameOrValue", "InvalidNameIDPolicy", "NoAuthnContext", "NoAvailableIDP", "NoPassive", "NoSupportedIDP",
	"PartialLogout", "ProxyCountExceeded", "RequestDenied", "RequestUnsupported", "RequestVersionDeprecated", "RequestVersionTooHigh",
	"RequestVersionTooLow", "ResourceNotRecognized", "TooManyResponses", "UnknownAttrProfile", "UnknownPrincipal", "UnsupportedBinding",
	"Requester", "Responder", "VersionMismatch",
}

// status is Success, or the provider refused. The more precise code is below the first.
func status(root signedxml.Node) *refusal {
	s, statuses := root.Child(nsProtocol, "Status")
	code, codes := s.Child(nsProtocol, "StatusCode")
	value, _ := code.Attr("Value")
	if statuses == 1 && codes == 1 && value == statusSuccess {
		return nil
	}
	if below, count := code.Child(nsProtocol, "StatusCode"); count == 1 {
		value, _ = below.Attr("Value")
	}
	name := "another reason"
	if statuses != 1 || codes != 1 {
		name = "no clear status"
	}
	for _, known := range statusNames {
		if strings.TrimPrefix(value, statusPrefix) == known {
			name = known
		}
	}
	return &refusal{code: sso.IDPStatus, expected: statusSuccess, got: name, params: []string{"status", name}}
}
