package saml_test

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml"
	"github.com/idplug/idplug/host/saml/signedxml"
)

const (
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
)

// inflated reads the request in a redirect's query.
func inflated(t *testing.T, address string) (signedxml.Node, url.Values) {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	query, err := url.ParseQuery(u.RawQuery)
	require.NoError(t, err)
	raw, err := base64.StdEncoding.DecodeString(query.Get("SAMLRequest"))
	require.NoError(t, err)
	doc, err := io.ReadAll(flate.NewReader(bytes.NewReader(raw)))
	require.NoError(t, err)
	parsed, err := signedxml.Parse(doc, signedxml.DefaultLimits())
	require.NoError(t, err)
	return parsed.Root(), query
}

func attr(n signedxml.Node, name string) string {
	v, _ := n.Attr(name)
	return v
}

func TestRequestByRedirect(t *testing.T) {
	spec := login.RequestSpec{Target: target(), RelayState: "tok+en&SigAlg=x#y"}
	request, err := service().Request(t.Context(), spec)
	require.NoError(t, err)
	require.Nil(t, request.Form)
	require.True(t, strings.HasPrefix(request.URL, "https://idp.example.test/sso?SAMLRequest="))
	root, query := inflated(t, request.URL)
	require.Equal(t, spec.RelayState, query.Get("RelayState"))
	require.Empty(t, query.Get("SigAlg"))
	require.True(t, root.Is(nsProtocol, "AuthnRequest"))
	require.Regexp(t, regexp.MustCompile(`^id-[0-9a-f]{40}$`), request.ID)
	require.Equal(t, request.ID, attr(root, "ID"))
	require.Equal(t, "2.0", attr(root, "Version"))
	require.Equal(t, "https://idp.example.test/sso", attr(root, "Destination"))
	require.Equal(t, origin+"/saml/acme/acs", attr(root, "AssertionConsumerServiceURL"))
	require.Equal(t, sso.BindingPOST, attr(root, "ProtocolBinding"))
	require.True(t, strings.HasPrefix(attr(root, "IssueInstant"), "2026-03-04T05:06:07"))
	issuer, count := root.Child(nsAssertion, "Issuer")
	require.Equal(t, 1, count)
	require.Equal(t, origin+"/saml/acme/metadata", issuer.Text())
	for _, absent := range []string{"ForceAuthn", "IsPassive", "AssertionConsumerServiceIndex"} {
		_, given := root.Attr(absent)
		require.False(t, given, absent)
	}
	for _, absent := range []string{"NameIDPolicy", "RequestedAuthnContext", "Scoping", "Signature"} {
		_, count := root.Child(nsProtocol, absent)
		require.Zero(t, count, absent)
	}
	again, err := service().Request(t.Context(), spec)
	require.NoError(t, err)
	require.NotEqual(t, request.ID, again.ID)
}

func TestRequestAsksWhatItIsToldTo(t *testing.T) {
	spec := login.RequestSpec{Target: target(), ForceAuthn: true}
	spec.Target.Connection.Request = sso.RequestHints{NameIDFormat: sso.FormatEmail, AuthnContexts: []string{"urn:a", "urn:b"}}
	request, err := service().Request(t.Context(), spec)
	require.NoError(t, err)
	root, query := inflated(t, request.URL)
	require.False(t, query.Has("RelayState"))
	require.Equal(t, "true", attr(root, "ForceAuthn"))
	policy, _ := root.Child(nsProtocol, "NameIDPolicy")
	require.Equal(t, sso.FormatEmail, attr(policy, "Format"))
	require.Equal(t, "true", attr(policy, "AllowCreate"))
	wanted, _ := root.Child(nsProtocol, "RequestedAuthnContext")
	require.Equal(t, "exact", attr(wanted, "Comparison"))
	_, count := wanted.Child(nsAssertion, "AuthnContextClassRef")
	require.Equal(t, 2, count)

	spec.Target.Connection.Request.NameIDFormat = sso.FormatTransient
	request, err = service().Request(t.Context(), spec)
	require.NoError(t, err)
	root, _ = inflated(t, request.URL)
	policy, _ = root.Child(nsProtocol, "NameIDPolicy")
	require.NotEqual(t, "true", attr(policy, "AllowCreate"))
}

func TestRequestKeepsTheAddressesQuery(t *testing.T) {
	spec := login.RequestSpec{Target: target(), RelayState: "r"}
	spec.Target.Connection.IdP.SSO[0].URL = "https://idp.example.test/SSO.saml2?idpid=1&x=%2F"
	request, err := service().Request(t.Context(), spec)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(request.URL, "https://idp.example.test/SSO.saml2?idpid=1&x=%2F&SAMLRequest="))
	root, _ := inflated(t, request.URL)
	require.Equal(t, spec.Target.Connection.IdP.SSO[0].URL, attr(root, "Destination"))
}

// signingKey is the public key in our own metadata.
func signingKey(t *testing.T, s *saml.Service) *x509.Certificate {
	t.Helper()
	keys, err := s.Keys.SPKeys(t.Context(), "acme")
	require.NoError(t, err)
	require.Len(t, keys, 1)
	cert, err := x509.ParseCertificate(keys[0].Certificate)
	require.NoError(t, err)
	return cert
}

func TestRequestIsSignedWhereSomebodyWantsIt(t *testing.T) {
	for name, want := range map[string]func(*sso.Connection){
		"metadata":      func(c *sso.Connection) { c.IdP.WantAuthnRequestsSigned = true },
		"administrator": func(c *sso.Connection) { c.SignRequests = sso.SignAlways },
		"plugin":        func(c *sso.Connection) { c.Request.Sign = true },
	} {
		t.Run(name, func(t *testing.T) {
			s, spec := service(), login.RequestSpec{Target: target(), RelayState: "a b"}
			want(&spec.Target.Connection)
			request, err := s.Request(t.Context(), spec)
			require.NoError(t, err)
			_, raw, _ := strings.Cut(request.URL, "?")
			signed, signature, ok := strings.Cut(raw, "&Signature=")
			require.True(t, ok)
			require.Contains(t, signed, "&RelayState=a+b&SigAlg=")
			text, err := url.QueryUnescape(signature)
			require.NoError(t, err)
			value, err := base64.StdEncoding.DecodeString(text)
			require.NoError(t, err)
			sum := sha256.Sum256([]byte(signed))
			require.NoError(t, rsa.VerifyPKCS1v15(signingKey(t, s).PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], value))
			root, _ := inflated(t, request.URL)
			_, count := root.Child("http://www.w3.org/2000/09/xmldsig#", "Signature")
			require.Zero(t, count, "the redirect binding signs the query alone")
		})
	}
}

func TestRequestByPOST(t *testing.T) {
	s, spec := service(), login.RequestSpec{Target: target(), RelayState: "r"}
	spec.Target.Connection.IdP.SSO = []sso.Endpoint{{Binding: sso.BindingPOST, URL: "https://idp.example.test/post"}}
	for _, signed := range []bool{false, true} {
		spec.Target.Connection.Request.Sign = signed
		request, err := s.Request(t.Context(), spec)
		require.NoError(t, err)
		require.Equal(t, "https://idp.example.test/post", request.URL)
		require.Equal(t, "r", request.Form["RelayState"])
		doc, err := base64.StdEncoding.DecodeString(request.Form["SAMLRequest"])
		require.NoError(t, err)
		parsed, err := signedxml.Parse(doc, signedxml.DefaultLimits())
		require.NoError(t, err)
		signature, found, err := parsed.Root().Signature()
		require.NoError(t, err)
		require.Equal(t, signed, found)
		if signed {
			_, err = signature.Verify([]signedxml.Key{{Public: signingKey(t, s).PublicKey}}, signedxml.Policy{})
			require.NoError(t, err)
		}
	}
}

func TestRequestRefusals(t *testing.T) {
	spec := login.RequestSpec{Target: target()}
	spec.Target.Connection.IdP.SSO = nil
	_, err := service().Request(t.Context(), spec)
	require.Equal(t, sso.MetadataNoEndpoint, sso.CodeOf(err))
	for _, binding := range []string{sso.BindingRedirect, sso.BindingPOST} {
		spec = login.RequestSpec{Target: target(), RelayState: strings.Repeat("x", 81)}
		spec.Target.Connection.IdP.SSO[0].Binding = binding
		_, err = service().Request(t.Context(), spec)
		require.ErrorContains(t, err, "RelayState", "SAML Bindings 3.4.3 allows 80 bytes")
	}
}
