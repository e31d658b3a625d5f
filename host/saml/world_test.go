package saml_test

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/vectors"
)

const (
	origin   = "https://sp.example.test"
	provider = "https://idp.example.test/entity"
	asked    = "id-0123456789abcdef0123456789abcdef"
	skew     = 3 * time.Minute
)

var clock = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// keys are made once, and the same by every process: fuzzing shares signed documents between its workers.
var keys = sync.OnceValues(func() (both [2]devidp.Key, err error) {
	for i := range both {
		if both[i], err = devidp.NewKey(devidp.RSA2048, fmt.Sprint("key ", i), pkix.Name{CommonName: "test"}, clock.AddDate(-1, 0, 0), 3); err != nil {
			return both, err
		}
	}
	return both, nil
})

func base(t testing.TB) vectors.Base {
	t.Helper()
	both, err := keys()
	require.NoError(t, err)
	return vectors.Base{
		SP: sso.NewServiceProvider(origin, "acme"), OtherSP: sso.NewServiceProvider(origin, "other"), IDPEntityID: provider, RequestID: asked,
		Now: clock, Key: both[0], Stranger: both[1], Encrypt: spPublic(t, 0), Kept: new(vectors.Kept),
	}
}

func certificate(k devidp.Key) sso.Certificate {
	sum := sha256.Sum256(k.Certificate.Raw)
	return sso.Certificate{
		Subject: k.Certificate.Subject.String(), SHA256: hex.EncodeToString(sum[:]), DER: k.Certificate.Raw, Use: "signing",
		NotBefore: k.Certificate.NotBefore, NotAfter: k.Certificate.NotAfter,
	}
}

// target trusts the keys given.
func target(trusted ...devidp.Key) login.Target {
	t := login.Target{Tenant: sso.Tenant{ID: "acme"}, Connection: sso.Connection{Tenant: "acme", Provider: "okta"}}
	t.Connection.IdP = sso.IdentityProvider{EntityID: provider, SSO: []sso.Endpoint{{Binding: sso.BindingRedirect, URL: "https://idp.example.test/sso"}}}
	for _, k := range trusted {
		t.Connection.IdP.Certificates = append(t.Connection.IdP.Certificates, certificate(k))
	}
	return t
}

// service is one whose tenant acme has a key pair already, the same in every process.
func service(more ...sso.SealedKey) *saml.Service {
	s := newcomer()
	s.Keys = &fakeKeys{rows: append([]sso.SealedKey{spRow(0)}, more...)}
	return s
}

// newcomer is a service that has made no key pair yet.
func newcomer() *saml.Service {
	return &saml.Service{Origin: origin, Now: func() time.Time { return clock }, ClockSkew: skew, Keys: &fakeKeys{}, Sealer: fakeSealer{}}
}

// spKeys are key pairs of acme's.
var spKeys = sync.OnceValues(func() (both [2]devidp.Key, err error) {
	for i := range both {
		if both[i], err = devidp.NewKey(devidp.RSA2048, fmt.Sprint("sp key ", i), pkix.Name{CommonName: "acme"}, clock.AddDate(-1, 0, 0), 10); err != nil {
			return both, err
		}
	}
	return both, nil
})

// spRow is the nth key pair of acme's as it is kept.
func spRow(n int) sso.SealedKey {
	both, err := spKeys()
	if err != nil {
		panic(err)
	}
	plain, err := x509.MarshalPKCS8PrivateKey(both[n].Signer)
	if err != nil {
		panic(err)
	}
	row := sso.SealedKey{Tenant: "acme", ID: fmt.Sprint("k", n), Certificate: both[n].Certificate.Raw, CreatedAt: clock.Add(time.Duration(n))}
	row.Sealed, _ = fakeSealer{}.Seal("sp-key", []byte("acme/"+row.ID), plain) // never fails
	return row
}

// spPublic is what providers encrypt for.
func spPublic(t testing.TB, n int) *rsa.PublicKey {
	t.Helper()
	both, err := spKeys()
	require.NoError(t, err)
	return both[n].Certificate.PublicKey.(*rsa.PublicKey)
}

// verify opens and verifies as core/login does, and returns the steps, too.
func verify(s *saml.Service, t login.Target, message string) (sso.Assertion, []sso.Step, error) {
	r, err := s.Open(context.Background(), t, message)
	if err != nil {
		return sso.Assertion{}, r.Steps(), err
	}
	a, err := r.Verify(context.Background(), login.Expectation{RequestID: asked})
	return a, r.Steps(), err
}

// fakeKeys keeps key pairs in memory.
type fakeKeys struct {
	mu   sync.Mutex
	rows []sso.SealedKey
}

func (f *fakeKeys) SPKeys(_ context.Context, t sso.TenantID) ([]sso.SealedKey, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []sso.SealedKey
	for _, k := range f.rows {
		if k.Tenant == t {
			out = append(out, k)
		}
	}
	return out, nil
}

func (f *fakeKeys) AddSPKey(_ context.Context, k sso.SealedKey) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows = append(f.rows, k)
	return nil
}

// refusalOf is the refusal that err is.
func refusalOf(t testing.TB, err error) *sso.Error {
	t.Helper()
	e, ok := errors.AsType[*sso.Error](err)
	require.True(t, ok, "%v", err)
	return e
}
