package saml

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/idplug/idplug/core/sso"
)

const (
	keyBits = 2048 // what every provider takes
	// keyYears: providers do not check it much, and some stop when it ends, so it is long. Keys are renewed by adding one, not by its end.
	keyYears   = 10
	keyPurpose = "sp-key"
	// keyBackdate lets a provider whose clock is behind take the certificate at once.
	keyBackdate = 24 * time.Hour
)

// pair is a key pair ready for use.
type pair struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

// activeKeys lists the tenant's key pairs in use, oldest first. The first one is made when there is none.
func (s *Service) activeKeys(ctx context.Context, t sso.TenantID) ([]sso.SealedKey, error) {
	keys, err := s.listKeys(ctx, t)
	if err != nil || len(keys) > 0 {
		return keys, err
	}
	s.making.Lock() // a pair costs a fifth of a second: at most one is made at a time, and a crowd waits for the same one
	defer s.making.Unlock()
	if keys, err = s.listKeys(ctx, t); err != nil || len(keys) > 0 {
		return keys, err
	}
	made, err := s.NewKey(t)
	if err != nil {
		return nil, fmt.Errorf("make key pair: %w", err)
	}
	if err := s.Keys.AddSPKey(ctx, made); err != nil {
		return nil, fmt.Errorf("keep key pair: %w", err)
	}
	return s.listKeys(ctx, t) // another node may have been as quick: both are published, and every node signs with the older
}

func (s *Service) listKeys(ctx context.Context, t sso.TenantID) ([]sso.SealedKey, error) {
	all, err := s.Keys.SPKeys(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("list key pairs: %w", err)
	}
	var active []sso.SealedKey
	for _, k := range all {
		if k.RetiredAt.IsZero() {
			active = append(active, k)
		}
	}
	return active, nil
}

// NewKey makes a key pair with a self-signed certificate around its public half. Nothing is kept of it here.
func (s *Service) NewKey(t sso.TenantID) (sso.SealedKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return sso.SealedKey{}, err
	}
	now := s.Now().UTC()
	serial := make([]byte, 16)
	_, _ = rand.Read(serial) // never fails (crypto/rand)
	serial[0] &= 0x7f        // positive, as X.509 wants it
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial),
		Subject:      pkix.Name{CommonName: string(t)}, // 64 characters fit, a slug has at most 63
		NotBefore:    now.Add(-keyBackdate), NotAfter: now.AddDate(keyYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return sso.SealedKey{}, err
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return sso.SealedKey{}, err
	}
	made := sso.SealedKey{Tenant: t, ID: hex.EncodeToString(serial), Certificate: cert, CreatedAt: now}
	made.Sealed, err = s.Sealer.Seal(keyPurpose, boundTo(made), plain)
	return made, err
}

// boundTo names the row: a sealed key that was moved to another tenant or ID does not open.
func boundTo(k sso.SealedKey) []byte { return []byte(string(k.Tenant) + "/" + k.ID) }

// signingPair opens the key that signs: the oldest in use, so that a new one is published before anything is signed with it.
func (s *Service) signingPair(ctx context.Context, t sso.TenantID) (pair, error) {
	keys, err := s.activeKeys(ctx, t)
	if err != nil {
		return pair{}, err
	}
	key, err := s.open(keys[0])
	if err != nil {
		return pair{}, err
	}
	cert, err := x509.ParseCertificate(keys[0].Certificate)
	if err != nil {
		return pair{}, fmt.Errorf("read certificate of key pair %s: %w", keys[0].ID, err)
	}
	return pair{key, cert}, nil
}

// decryptionKeys are the tenant's private keys in use, all of them: a provider encrypts for whichever it read in our metadata. None is made, since
// nobody can have encrypted for it.
func (s *Service) decryptionKeys(ctx context.Context, t sso.TenantID) ([]crypto.Decrypter, error) {
	keys, err := s.listKeys(ctx, t)
	if err != nil {
		return nil, err
	}
	out := make([]crypto.Decrypter, len(keys))
	for i, k := range keys {
		if out[i], err = s.open(k); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Service) open(k sso.SealedKey) (*rsa.PrivateKey, error) {
	row := boundTo(k)
	key, err := s.private.get(slices.Concat(row, k.Sealed), func([]byte) (*rsa.PrivateKey, error) {
		plain, err := s.Sealer.Open(keyPurpose, row, k.Sealed)
		if err != nil {
			return nil, err
		}
		parsed, err := x509.ParsePKCS8PrivateKey(plain)
		if err != nil {
			return nil, errors.New("not a PKCS #8 key") // the cause could quote from it
		}
		key, ok := parsed.(*rsa.PrivateKey)
		if !ok {
			return nil, fmt.Errorf("a %T", parsed)
		}
		return key, nil
	})
	if err != nil {
		return nil, fmt.Errorf("open key pair %s: %w", k.ID, err)
	}
	return key, nil
}
