package saml

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

// LogoutRequest makes a signed LogoutRequest (SAML Core 3.7.1) about a session, for the provider that opened it. [sso.SLONotOffered] where its
// metadata names no single logout service.
func (s *Service) LogoutRequest(ctx context.Context, t login.Target, session sso.Session, relayState string) (login.Request, error) {
	const op = "saml.logout_request"
	endpoint, ok := logoutEndpoint(t, "")
	if !ok {
		return login.Request{}, sso.Refuse(op, sso.SLONotOffered)
	}
	name, now := session.NameID, s.Now().UTC()
	until := now.Add(login.FlowTTL)
	request := &saml.LogoutRequest{
		ID: newRequestID(), Version: version20, IssueInstant: now, NotOnOrAfter: &until, Destination: endpoint.URL,
		Issuer: &saml.Issuer{Value: sso.NewServiceProvider(s.Origin, t.Tenant.ID).EntityID},
		NameID: &saml.NameID{
			Value: name.Value, Format: name.Format, NameQualifier: name.NameQualifier, SPNameQualifier: name.SPNameQualifier,
		},
	}
	if session.SessionIndex != "" {
		request.SessionIndex = &saml.SessionIndex{Value: session.SessionIndex}
	}
	out, err := s.sendLogout(ctx, t, outgoing{
		parameter: "SAMLRequest", binding: endpoint.Binding, to: endpoint.URL, relayState: relayState, element: request.Element,
		sign: func(signer *saml.ServiceProvider) error { return signer.SignLogoutRequest(request) },
	})
	out.ID = request.ID
	if err != nil {
		return login.Request{}, fmt.Errorf("%s: %w", op, err)
	}
	return out, nil
}

// LogoutResponse makes the signed answer that says that a request was done (SAML Core 3.7.2). It goes by the binding in which the request came,
// where the provider has an address for it.
func (s *Service) LogoutResponse(ctx context.Context, t login.Target, asked sso.LogoutRequest, relayState string) (login.Request, error) {
	const op = "saml.logout_response"
	endpoint, ok := logoutEndpoint(t, asked.Binding)
	if !ok {
		return login.Request{}, sso.Refuse(op, sso.SLONotOffered)
	}
	response := &saml.LogoutResponse{
		ID: newRequestID(), Version: version20, IssueInstant: s.Now().UTC(), Destination: endpoint.Answers(), InResponseTo: asked.ID,
		Issuer: &saml.Issuer{Value: sso.NewServiceProvider(s.Origin, t.Tenant.ID).EntityID},
		Status: saml.Status{StatusCode: saml.StatusCode{Value: statusSuccess}},
	}
	out, err := s.sendLogout(ctx, t, outgoing{
		parameter: "SAMLResponse", binding: endpoint.Binding, to: endpoint.Answers(), relayState: relayState, element: response.Element,
		sign: func(signer *saml.ServiceProvider) error { return signer.SignLogoutResponse(response) },
	})
	if err != nil {
		return login.Request{}, fmt.Errorf("%s: %w", op, err)
	}
	return out, nil
}

// logoutEndpoint is the provider's address for a binding, else its first one.
func logoutEndpoint(t login.Target, binding string) (sso.Endpoint, bool) {
	all := t.Connection.IdP.SLO
	for _, e := range all {
		if e.Binding == binding {
			return e, true
		}
	}
	if len(all) == 0 {
		return sso.Endpoint{}, false
	}
	return all[0], true
}

// outgoing is a logout message to be sent.
type outgoing struct {
	parameter, binding, to, relayState string
	element                            func() *etree.Element
	sign                               func(*saml.ServiceProvider) error // envelops a signature
}

// sendLogout signs a message as its binding wants it: in the message for POST, beside it for Redirect.
func (s *Service) sendLogout(ctx context.Context, t login.Target, o outgoing) (login.Request, error) {
	pair, err := s.signingPair(ctx, t.Tenant.ID)
	if err != nil {
		return login.Request{}, err
	}
	if o.binding == sso.BindingPOST {
		if err := o.sign(&saml.ServiceProvider{Key: pair.key, Certificate: pair.cert, SignatureMethod: rsaSHA256}); err != nil {
			return login.Request{}, fmt.Errorf("sign: %w", err)
		}
	}
	doc := etree.NewDocument()
	doc.SetRoot(o.element())
	message, err := doc.WriteToBytes()
	if err != nil {
		return login.Request{}, fmt.Errorf("marshal: %w", err)
	}
	if o.binding == sso.BindingPOST {
		form := map[string]string{o.parameter: base64.StdEncoding.EncodeToString(message)}
		if o.relayState != "" {
			form["RelayState"] = o.relayState
		}
		return login.Request{URL: o.to, Form: form}, nil
	}
	query, err := signedQuery(o.parameter, message, o.relayState, pair.key)
	if err != nil {
		return login.Request{}, err
	}
	separator := "?"
	if strings.Contains(o.to, "?") {
		separator = "&"
	}
	return login.Request{URL: o.to + separator + query}, nil
}

// signedQuery is a message in the HTTP-Redirect binding with the signature beside it (SAML Bindings 3.4.4.1).
func signedQuery(parameter string, message []byte, relayState string, key *rsa.PrivateKey) (string, error) {
	packed, err := deflate(message)
	if err != nil {
		return "", fmt.Errorf("deflate: %w", err)
	}
	query := parameter + "=" + url.QueryEscape(packed)
	if relayState != "" {
		query += "&RelayState=" + url.QueryEscape(relayState)
	}
	query += "&SigAlg=" + url.QueryEscape(rsaSHA256)
	hashed := sha256.Sum256([]byte(query))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, hashed[:])
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return query + "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signature)), nil
}

// deflate packs a message for an address.
func deflate(doc []byte) (string, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(doc); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(packed.Bytes()), nil
}
