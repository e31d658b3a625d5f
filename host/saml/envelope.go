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
	if refused := r.destination(); refused != nil {
		return refused
	}
	_, encrypted := r.root.Child(nsAssertion, "EncryptedAssertion")
	if refused := r.issuer(r.root, encrypted > 0); refused != nil {
		return refused
	}
	// Some providers' application tiles send an empty InResponseTo, which we take for none.
	r.inResponseTo, _ = r.root.Attr("InResponseTo")
	return status(r.root)
}

// identified judges version and ID. The form and uniqueness of IDs were the gate's.
func identified(n signedxml.Node) *refusal {
	if version, _ := n.Attr("Version"); version != version20 {
		return no(sso.ProtoVersion, version20, version)
	}
	if _, ok := n.Attr("ID"); !ok {
		return no(sso.ProtoStructure, "an ID on "+n.Local(), "none")
	}
	return nil
}

// destination must be our address where it is given, and given where the Response is signed (SAML Bindings 3.5.5.2).
func (r *response) destination() *refusal {
	got, given := r.root.Attr("Destination")
	_, signatures := r.root.Child(nsSignature, "Signature")
	if !given && signatures == 0 || got == r.sp.ACSURL {
		return nil
	}
	return no(sso.ProtoDestination, r.sp.ACSURL, got)
}

// issuer must be the connection's entity ID, byte for byte: white space counts, since every rule for leaving it out makes two names of one and one
// product's reading of a name different from another's.
func (r *response) issuer(n signedxml.Node, required bool) *refusal {
	want := r.target.Connection.IdP.EntityID
	issuer, count := n.Child(nsAssertion, "Issuer")
	if count == 0 && !required {
		return nil
	}
	if count != 1 || issuer.HasElements() {
		return no(sso.ProtoIssuer, want, "not one plain Issuer")
	}
	if format, given := issuer.Attr("Format"); given && format != formatEntity {
		return no(sso.ProtoIssuer, formatEntity, format)
	}
	if got := issuer.Text(); got == "" || got != want {
		return no(sso.ProtoIssuer, want, got)
	}
	return nil
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
