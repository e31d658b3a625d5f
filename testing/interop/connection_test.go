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
	"strings"
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
	origin     = "https://sp.example.test"
	providerID = "https://idp.example.test/entity"
	sign       = "https://idp.example.test/sso"
	out        = "https://idp.example.test/slo"
	// ago is when the messages are judged. Everybody who is asked has a clock that stands still then, so that how long the asking takes changes
	// nothing; whoever read the machine's clock all the same would find every message expired.
	ago = 48 * time.Hour
)

// connection is a tenant with its provider, known to us and to everybody who is asked for a second opinion.
type connection struct {
	vectors.Base
	tenant  sso.TenantID
	service *saml.Service
	target  login.Target
	key     *rsa.PrivateKey // of the service provider
	cert    []byte          // of that key, DER
}

// newConnection is the connection that the vectors are made for, in a moment of the past.
func newConnection(t *testing.T) *connection {
	t.Helper()
	now := time.Now().Add(-ago).UTC().Truncate(time.Second)
	c := connect(t, sso.NewServiceProvider(origin, "acme"), providerID, newKey(t, "provider", now), now)
	c.OtherSP, c.Stranger, c.Encrypt = sso.NewServiceProvider(origin, "other"), newKey(t, "stranger", now), &c.key.PublicKey
	c.RequestID, c.Kept = "id-0123456789abcdef0123456789abcdef", new(vectors.Kept)
	return c
}

func newKey(t *testing.T, name string, now time.Time) devidp.Key {
	t.Helper()
	k, err := devidp.NewKey(devidp.RSA2048, "interop "+name, pkix.Name{CommonName: name}, now.AddDate(-1, 0, 0), 3)
	require.NoError(t, err)
	return k
}

// connect is a connection of a service provider to a provider that signs with a key, whose private half need not be known. Its clock stands still.
func connect(t *testing.T, sp sso.ServiceProvider, idp string, signs devidp.Key, now time.Time) *connection {
	t.Helper()
	ours := newKey(t, "service provider", now)
	c := &connection{key: ours.Signer.(*rsa.PrivateKey), cert: ours.Certificate.Raw}
	c.SP, c.IDPEntityID, c.Key, c.Now = sp, idp, signs, now
	at, tenant, _ := strings.Cut(strings.TrimSuffix(sp.EntityID, "/metadata"), "/saml/")
	c.tenant = sso.TenantID(tenant)
	box, err := seal.New(seal.NewKey())
	require.NoError(t, err)
	plain, err := x509.MarshalPKCS8PrivateKey(c.key)
	require.NoError(t, err)
	row := sso.SealedKey{Tenant: c.tenant, ID: "key", Certificate: c.cert, CreatedAt: now}
	row.Sealed, err = box.Seal("sp-key", []byte(tenant+"/key"), plain)
	require.NoError(t, err)
	c.service = &saml.Service{Origin: at, Now: func() time.Time { return now }, ClockSkew: skew, Keys: oneKey{row}, Sealer: box}
	cert := signs.Certificate
	sum := sha256.Sum256(cert.Raw)
	c.target = login.Target{Tenant: sso.Tenant{ID: c.tenant}, Connection: sso.Connection{
		Tenant: c.tenant, Provider: "saml",
		IdP: sso.IdentityProvider{
			EntityID: idp, SSO: []sso.Endpoint{{Binding: sso.BindingRedirect, URL: sign}},
			Certificates: []sso.Certificate{{
				Subject: cert.Subject.String(), SHA256: hex.EncodeToString(sum[:]), DER: cert.Raw, Use: "signing", NotBefore: cert.NotBefore, NotAfter: cert.NotAfter,
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
	ours, err := c.service.ServiceProviderMetadata(context.Background(), c.tenant)
	require.NoError(t, err)
	theirs, err := devidp.PingOne().Metadata(devidp.Description{
		EntityID: c.IDPEntityID, SSO: sign, Logout: out, Certificates: []*x509.Certificate{c.Key.Certificate}, Now: c.Now,
	})
	require.NoError(t, err)
	return map[string]any{
		"sp": c.SP.EntityID, "acs": c.SP.ACSURL, "slo": c.SP.SLOURL, "sp_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: plain})),
		"sp_certificate": base64.StdEncoding.EncodeToString(c.cert), "sp_metadata": string(ours),
		"idp": c.IDPEntityID, "idp_sso": sign, "idp_slo": out, "idp_metadata": string(theirs),
		"idp_certificate": base64.StdEncoding.EncodeToString(c.Key.Certificate.Raw),
		"request":         c.RequestID, "skew": int(skew / time.Second), "now": c.Now.Unix(),
	}
}

// oneKey is the service provider's only key pair.
type oneKey struct{ row sso.SealedKey }

func (k oneKey) SPKeys(context.Context, sso.TenantID) ([]sso.SealedKey, error) {
	return []sso.SealedKey{k.row}, nil
}

func (oneKey) AddSPKey(context.Context, sso.SealedKey) error { return nil }
