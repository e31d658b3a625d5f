package devidp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	mrand "math/rand/v2"
	"time"
)

// KeyKind is the kind of a provider's signing key.
type KeyKind int

// The kinds of key.
const (
	RSA2048 KeyKind = iota // what all providers use by default
	P256                   // PingOne can be switched to it
)

// Key is a signing key and its self-signed certificate.
type Key struct {
	Signer      crypto.Signer
	Certificate *x509.Certificate
}

// Fingerprint is the SHA-256 of the certificate in hex.
func (k Key) Fingerprint() string {
	sum := sha256.Sum256(k.Certificate.Raw)
	return hex.EncodeToString(sum[:])
}

// NewKey makes a key whose certificate, with the given subject, holds for years from notBefore. A seed that is not empty makes
// the same RSA key every time, so that metadata kept by a service provider survives a restart; anybody can then compute it.
func NewKey(kind KeyKind, seed string, subject pkix.Name, notBefore time.Time, years int) (Key, error) {
	signer, err := newSigner(kind, seed)
	if err != nil {
		return Key{}, fmt.Errorf("new key: %w", err)
	}
	spki, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return Key{}, fmt.Errorf("new key: %w", err)
	}
	id := sha256.Sum256(spki)
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(id[:8]),
		Subject:      subject,
		NotBefore:    notBefore.UTC().Truncate(time.Second),
		NotAfter:     notBefore.UTC().Truncate(time.Second).AddDate(years, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return Key{}, fmt.Errorf("new key: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return Key{}, fmt.Errorf("new key: %w", err)
	}
	return Key{signer, certificate}, nil
}

func newSigner(kind KeyKind, seed string) (crypto.Signer, error) {
	switch {
	case kind == P256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case seed == "":
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	return seededRSA(seed)
}

// seededRSA makes an RSA-2048 key from a seed. The standard library ignores a caller's randomness on purpose; here repeatability
// is the point and secrecy is not.
func seededRSA(seed string) (*rsa.PrivateKey, error) {
	source := mrand.NewChaCha8(sha256.Sum256([]byte(seed)))
	e, one := big.NewInt(65537), big.NewInt(1)
	for {
		p, q := seededPrime(source, 1024), seededPrime(source, 1024)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(e, phi)
		if d == nil || p.Cmp(q) == 0 {
			continue
		}
		key := &rsa.PrivateKey{
			PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537},
			D:         d, Primes: []*big.Int{p, q},
		}
		key.Precompute()
		return key, key.Validate()
	}
}

func seededPrime(source io.Reader, bits int) *big.Int {
	b := make([]byte, bits/8)
	for {
		_, _ = source.Read(b) // a stream cipher does not fail
		b[0] |= 0xc0          // both top bits, so that the product has its full length
		b[len(b)-1] |= 1
		if p := new(big.Int).SetBytes(b); p.ProbablyPrime(20) {
			return p
		}
	}
}
