package saml

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

// rsaSHA256 signs requests: every provider takes it (RFC 9231 2.3.2).
const rsaSHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"

var _ login.SAML = (*Service)(nil)

// Request makes an AuthnRequest (SAML Core 3.4.1) for the provider's first sign-in address: Redirect where it offers that, else POST. It is signed
// where the provider's metadata, its plugin or the administrator wants it.
func (s *Service) Request(ctx context.Context, spec login.RequestSpec) (login.Request, error) {
	const op = "saml.request"
	connection := spec.Target.Connection
	if len(connection.IdP.SSO) == 0 {
		return login.Request{}, sso.Refuse(op, sso.MetadataNoEndpoint)
	}
	endpoint := connection.IdP.SSO[0]
	request := s.authnRequest(spec, endpoint)
	signer := saml.ServiceProvider{LimitRelayStateLength: true}
	if signs(connection) {
		pair, err := s.signingPair(ctx, spec.Target.Tenant.ID)
		if err != nil {
			return login.Request{}, fmt.Errorf("%s: %w", op, err)
		}
		signer.Key, signer.Certificate, signer.SignatureMethod = pair.key, pair.cert, rsaSHA256
	}
	send := overRedirect
	if endpoint.Binding == sso.BindingPOST {
		send = overPOST
	}
	out, err := send(request, &signer, spec.RelayState)
	if err != nil {
		return login.Request{}, fmt.Errorf("%s: %w", op, err)
	}
	return out, nil
}

func signs(c sso.Connection) bool {
	return c.SignRequests == sso.SignAlways || c.IdP.WantAuthnRequestsSigned || c.Request.Sign
}

func (s *Service) authnRequest(spec login.RequestSpec, to sso.Endpoint) *saml.AuthnRequest {
	sp := sso.NewServiceProvider(s.Origin, spec.Target.Tenant.ID)
	hints := spec.Target.Connection.Request
	request := &saml.AuthnRequest{
		ID: newRequestID(), Version: version20, IssueInstant: s.Now().UTC(), Destination: to.URL,
		Issuer:                      &saml.Issuer{Value: sp.EntityID}, // its Format is entity where it is absent, and some providers stumble over it
		AssertionConsumerServiceURL: sp.ACSURL, ProtocolBinding: sso.BindingPOST,
	}
	if hints.NameIDFormat != "" {
		request.NameIDPolicy = &saml.NameIDPolicy{Format: &hints.NameIDFormat}
		if allowCreate := true; hints.NameIDFormat != sso.FormatTransient { // transient names are always made anew (SAML Core errata E14)
			request.NameIDPolicy.AllowCreate = &allowCreate
		}
	}
	if len(hints.AuthnContexts) > 0 {
		request.RequestedAuthnContext = &saml.RequestedAuthnContext{Comparison: "exact", AuthnContextClassRefs: hints.AuthnContexts}
	}
	if spec.ForceAuthn {
		request.ForceAuthn = &spec.ForceAuthn
	}
	return request
}

// newRequestID has 160 random bits and starts with a letter: it must be an NCName, and Entra refuses digits in front.
func newRequestID() string {
	var b [20]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return "id-" + hex.EncodeToString(b[:])
}

func overRedirect(r *saml.AuthnRequest, signer *saml.ServiceProvider, relayState string) (login.Request, error) {
	u, err := r.Redirect(relayState, signer)
	if err != nil {
		return login.Request{}, fmt.Errorf("redirect binding: %w", err)
	}
	return login.Request{ID: r.ID, URL: u.String()}, nil
}

func overPOST(r *saml.AuthnRequest, signer *saml.ServiceProvider, relayState string) (login.Request, error) {
	if len(relayState) > saml.MaxRelayStateLength {
		return login.Request{}, fmt.Errorf("post binding: %w", saml.ErrRelayStateTooLong)
	}
	if signer.SignatureMethod != "" {
		if err := signer.SignAuthnRequest(r); err != nil {
			return login.Request{}, fmt.Errorf("sign: %w", err)
		}
	}
	doc := etree.NewDocument()
	doc.SetRoot(r.Element())
	message, err := doc.WriteToBytes()
	if err != nil {
		return login.Request{}, fmt.Errorf("marshal: %w", err)
	}
	form := map[string]string{"SAMLRequest": base64.StdEncoding.EncodeToString(message)}
	if relayState != "" {
		form["RelayState"] = relayState
	}
	return login.Request{ID: r.ID, URL: r.Destination, Form: form}, nil
}
