package saml_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// TestAWeakKeyThatIsStoredProvesNothing: nobody can save one today; a row that was written otherwise still lends it no trust.
func TestAWeakKeyThatIsStoredProvesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		bits, exponent int
		code           sso.Code
	}{"short": {1024, 65537, sso.SigUntrustedKey}, "exponent 3": {2048, 3, sso.SigUntrustedKey}, "sound": {2048, 65537, ""}} {
		key := rsaKey(t, c.bits, c.exponent)
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: clock, NotAfter: clock.AddDate(1, 0, 0)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		require.NoError(t, err)
		b := base(t)
		b.Key.Signer = key
		b.Key.Certificate, err = x509.ParseCertificate(der)
		require.NoError(t, err)
		_, _, err = verify(service(), target(b.Key), message(t, b, "signed assertion"))
		require.Equal(t, c.code, sso.CodeOf(err), name)
	}
}

// rsaKey is a key with an exponent of the test's choice.
func rsaKey(t *testing.T, bits, exponent int) *rsa.PrivateKey {
	t.Helper()
	one := big.NewInt(1)
	for {
		p, err := rand.Prime(rand.Reader, bits/2)
		require.NoError(t, err)
		q, err := rand.Prime(rand.Reader, bits/2)
		require.NoError(t, err)
		d := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		if d.ModInverse(big.NewInt(int64(exponent)), d) == nil {
			continue
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: exponent}, D: d, Primes: []*big.Int{p, q}}
		key.Precompute()
		require.NoError(t, key.Validate())
		return key
	}
}
