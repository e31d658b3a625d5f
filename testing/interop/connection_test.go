package interop

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml"
	"github.com/idplug/idplug/host/seal"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/vectors"
)

const (
	skew       = 3 * time.Minute
	providerID = "https://idp.example.test/entity"
	// beside is how far a message's times are from their bounds: a clock that does not stand still must not cross them before the last one is judged.
	beside = time.Minute
	sign   = "https://idp.example.test/sso"
)

// connection is a tenant with its provider, known to us and to everybody who is asked for a second opinion.
type connection struct {
	vectors.Base
	service *saml.Service
	target  login.Target
	key     *rsa.PrivateKey // of the service provider
	cert    []byte          // of that key, DER
}

// newConnection lives now and not in a frozen past: the others read the clock of the machine.
func newConnection(t *testing.T) *connection {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	key := func(name string) devidp.Key {
		k, err := devidp.NewKey(devidp.RSA2048, "interop "+name, pkix.Name{CommonName: name}, now.AddDate(-1, 0, 0), 3)
		require.NoError(t, err)
		return k
	}
	ours := key("service provider")
	c := &connection{key: ours.Signer.(*rsa.PrivateKey), cert: ours.Certificate.Raw}
	const origin, tenant = "https://sp.example.test", "acme"
	c.Base = vectors.Base{
		SP: sso.NewServiceProvider(origin, tenant), OtherSP: sso.NewServiceProvider(origin, "other"), IDPEntityID: providerID,
		RequestID: "id-0123456789abcdef0123456789abcdef", Now: now, Key: key("provider"), Stranger: key("stranger"), Encrypt: &c.key.PublicKey, Step: beside, Kept: new(vectors.Kept),
	}
	box, err := seal.New(seal.NewKey())
	require.NoError(t, err)
	plain, err := x509.MarshalPKCS8PrivateKey(c.key)
	require.NoError(t, err)
	row := sso.SealedKey{Tenant: tenant, ID: "key", Certificate: c.cert, CreatedAt: now}
	row.Sealed, err = box.Seal("sp-key", []byte("acme/key"), plain)
	require.NoError(t, err)
	c.service = &saml.Service{Origin: origin, Now: func() time.Time { return now }, ClockSkew: skew, Keys: oneKey{row}, Sealer: box}
	sum := sha256.Sum256(c.Key.Certificate.Raw)
	c.target = login.Target{Tenant: sso.Tenant{ID: tenant}, Connection: sso.Connection{
		Tenant: tenant, Provider: "saml",
		IdP: sso.IdentityProvider{
			EntityID: providerID, SSO: []sso.Endpoint{{Binding: sso.BindingRedirect, URL: sign}},
			Certificates: []sso.Certificate{{
				Subject: "CN=provider", SHA256: hex.EncodeToString(sum[:]), DER: c.Key.Certificate.Raw, Use: "signing",
				NotBefore: c.Key.Certificate.NotBefore, NotAfter: c.Key.Certificate.NotAfter,
			}},
		},
	}}
	return c
}

// judge is our own opinion.
func (c *connection) judge(message string) (sso.Assertion, error) {
	r, err := c.service.Open(context.Background(), c.target, message)
	if err != nil {
		return sso.Assertion{}, err
	}
	return r.Verify(context.Background(), login.Expectation{RequestID: c.RequestID})
}

// told is what a program that gives its opinion is told about the connection.
func (c *connection) told(t *testing.T) map[string]any {
	t.Helper()
	plain, err := x509.MarshalPKCS8PrivateKey(c.key)
	require.NoError(t, err)
	ours, err := c.service.ServiceProviderMetadata(context.Background(), "acme")
	require.NoError(t, err)
	theirs, err := devidp.Okta().Metadata(devidp.Description{
		EntityID: providerID, SSO: sign, Certificates: []*x509.Certificate{c.Key.Certificate}, Now: c.Now,
	})
	require.NoError(t, err)
	return map[string]any{
		"sp": c.SP.EntityID, "acs": c.SP.ACSURL, "sp_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: plain})),
		"sp_certificate": base64.StdEncoding.EncodeToString(c.cert), "sp_metadata": string(ours),
		"idp": providerID, "idp_sso": sign, "idp_metadata": string(theirs),
		"idp_certificate": base64.StdEncoding.EncodeToString(c.Key.Certificate.Raw),
		"request":         c.RequestID, "skew": int(skew / time.Second),
	}
}

// oneKey is the service provider's only key pair.
type oneKey struct{ row sso.SealedKey }

func (k oneKey) SPKeys(context.Context, sso.TenantID) ([]sso.SealedKey, error) {
	return []sso.SealedKey{k.row}, nil
}

func (oneKey) AddSPKey(context.Context, sso.SealedKey) error { return nil }
