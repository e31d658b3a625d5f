package xmlenc_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
	"github.com/idplug/idplug/host/saml/xmlenc"
	"github.com/idplug/idplug/testing/samltest"
)

// fuzzKey is the same in every process: workers open what another one encrypted.
func fuzzKey() *rsa.PrivateKey {
	seed := rand.NewChaCha8([32]byte{'e', 'n', 'c'})
	prime := func() *big.Int {
		for {
			b := make([]byte, 128)
			_, _ = seed.Read(b) // never fails
			b[0] |= 0xC0
			b[127] |= 1
			if p := new(big.Int).SetBytes(b); p.ProbablyPrime(20) {
				return p
			}
		}
	}
	for one := big.NewInt(1); ; {
		p, q := prime(), prime()
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		if d := new(big.Int).ModInverse(big.NewInt(65537), phi); d != nil {
			key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, D: d, Primes: []*big.Int{p, q}}
			key.Precompute()
			return key
		}
	}
}

// FuzzOpen changes messages. Nothing panics, no key is asked of more often than the limits say, and under GCM only what was encrypted opens.
func FuzzOpen(f *testing.F) {
	key := fuzzKey()
	for _, e := range []samltest.Encryption{
		{},
		{Cipher: "aes128-cbc"},
		{Cipher: "aes192-gcm", Transport: "rsa-oaep", Digest: "sha256", MGF: "sha256", Label: "label"},
		{Beside: true, Break: "\n"},
		{Type: "-"},
		{Transport: "rsa-1_5"},
	} {
		e.For = []*rsa.PublicKey{&key.PublicKey}
		text, err := samltest.Encrypt([]byte(plaintext), e)
		require.NoError(f, err)
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		d, err := signedxml.Parse(doc, signedxml.DefaultLimits())
		if err != nil {
			return
		}
		e, err := xmlenc.Read(d.Root(), recipient)
		if err != nil {
			require.ErrorAs(t, err, new(*xmlenc.FormError))
			return
		}
		k := &counting{PrivateKey: key}
		plain, ok := e.Open([]crypto.Decrypter{k})
		require.LessOrEqual(t, k.asked, 4)
		require.LessOrEqual(t, len(plain), e.Len())
		if ok && !bytes.Contains(doc, []byte("-cbc")) {
			require.Equal(t, plaintext, string(plain))
		}
	})
}
