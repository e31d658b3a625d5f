package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	crewjam "github.com/crewjam/saml"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml"
	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/samltest"
	"github.com/idplug/idplug/testing/vectors"
)

const (
	origin   = "https://sp.example.test"
	provider = "https://idp.example.test/entity"
	asked    = "id-0123456789abcdef0123456789abcdef"
)

// message is a response as Okta makes them, and what is needed to verify it.
type message struct {
	key    devidp.Key
	sp     sso.ServiceProvider
	base64 string
	size   int
}

func newMessage() (*message, error) {
	key, err := devidp.NewKey(devidp.RSA2048, "", pkix.Name{CommonName: "bench"}, time.Now().AddDate(-1, 0, 0), 3)
	if err != nil {
		return nil, err
	}
	m := &message{key: key, sp: sso.NewServiceProvider(origin, "acme")}
	base := vectors.Base{SP: m.sp, IDPEntityID: provider, RequestID: asked, Now: time.Now(), Key: key}
	r := vectors.Response(base)
	r.Style = devidp.Style{Declaration: `version="1.0" encoding="UTF-8"`, Protocol: "saml2p", Assertion: "saml2", Redeclare: true}
	r.Assertions[0].Attributes = nil
	for i := range 12 {
		a := devidp.Attribute{Name: fmt.Sprintf("attribute%d", i), NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified", Type: "xs:string"}
		values := 1
		if i == 11 {
			values = 20
		}
		for j := range values {
			a.Values = append(a.Values, fmt.Sprintf("value %d of attribute %d", j, i))
		}
		r.Assertions[0].Attributes = append(r.Assertions[0].Attributes, a)
	}
	if m.base64, err = vectors.Encode(base, r, samltest.Signing{FormList: "xs"}); err != nil {
		return nil, err
	}
	m.size = base64.StdEncoding.DecodedLen(len(m.base64))
	return m, nil
}

// ours is what a login does with the form's value.
func (m *message) ours() func() error {
	s := &saml.Service{Origin: origin, Now: time.Now, ClockSkew: 3 * time.Minute}
	target := login.Target{Tenant: sso.Tenant{ID: "acme"}, Connection: sso.Connection{Tenant: "acme", IdP: sso.IdentityProvider{
		EntityID: provider, Certificates: []sso.Certificate{{DER: m.key.Certificate.Raw}},
	}}}
	ctx := context.Background()
	return func() error {
		r, err := s.Open(ctx, target, m.base64)
		if err != nil {
			return err
		}
		_, err = r.Verify(ctx, login.Expectation{RequestID: asked})
		return err
	}
}

// crewjam is the library's whole road, its form parsing included as far as it has one: the request comes with its form read.
func (m *message) crewjam() func() error {
	crewjam.MaxIssueDelay = time.Hour
	acs, _ := url.Parse(m.sp.ACSURL)
	sp := &crewjam.ServiceProvider{
		EntityID: m.sp.EntityID, AcsURL: *acs,
		IDPMetadata: &crewjam.EntityDescriptor{EntityID: provider, IDPSSODescriptors: []crewjam.IDPSSODescriptor{{
			SSODescriptor: crewjam.SSODescriptor{RoleDescriptor: crewjam.RoleDescriptor{KeyDescriptors: []crewjam.KeyDescriptor{{
				Use: "signing", KeyInfo: crewjam.KeyInfo{X509Data: crewjam.X509Data{X509Certificates: []crewjam.X509Certificate{
					{Data: base64.StdEncoding.EncodeToString(m.key.Certificate.Raw)},
				}}},
			}}}},
		}}},
	}
	request := &http.Request{Method: http.MethodPost, URL: acs, PostForm: url.Values{"SAMLResponse": {m.base64}}, Header: http.Header{}}
	request.Form = request.PostForm
	return func() error {
		_, err := sp.ParseResponse(request, []string{asked})
		if invalid, ok := errors.AsType[*crewjam.InvalidResponseError](err); ok {
			return invalid.PrivateErr
		}
		return err
	}
}

// floor is the work that no verifier is spared, with no XML in it: decoding, hashing what is canonical, one RSA operation.
func (m *message) floor() (func() error, error) {
	raw, err := base64.StdEncoding.DecodeString(m.base64)
	if err != nil {
		return nil, err
	}
	doc, err := signedxml.Parse(raw, signedxml.DefaultLimits())
	if err != nil {
		return nil, err
	}
	assertion, _ := doc.Root().Child("urn:oasis:names:tc:SAML:2.0:assertion", "Assertion")
	signature, _ := assertion.Child("http://www.w3.org/2000/09/xmldsig#", "Signature")
	info, _ := signature.Child("http://www.w3.org/2000/09/xmldsig#", "SignedInfo")
	signed, err := assertion.AppendCanonical(nil, signedxml.ExclusiveC14N, []string{"xs"}, signature)
	if err != nil {
		return nil, err
	}
	canonicalInfo, err := info.AppendCanonical(nil, signedxml.ExclusiveC14N, nil, signedxml.Node{})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(canonicalInfo)
	private, ok := m.key.Signer.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("not an RSA key")
	}
	value, err := rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, sum[:])
	if err != nil {
		return nil, err
	}
	return func() error {
		if _, err := base64.StdEncoding.DecodeString(m.base64); err != nil {
			return err
		}
		_ = sha256.Sum256(signed)
		sum := sha256.Sum256(canonicalInfo)
		return rsa.VerifyPKCS1v15(&private.PublicKey, crypto.SHA256, sum[:], value)
	}, nil
}
