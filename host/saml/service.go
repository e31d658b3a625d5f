package saml

import (
	"context"
	"crypto"
	"crypto/rsa"
	"sync"
	"time"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// Service makes requests, opens responses and publishes service-provider metadata. All fields must be set before its first use; it is then safe
// for concurrent use.
type Service struct {
	Origin    string // public origin without a slash at its end; every address of ours is built from it
	Now       func() time.Time
	ClockSkew time.Duration // how far the provider's clock may be from ours, either way
	Keys      Keys
	Sealer    Sealer

	public  cache[crypto.PublicKey]
	private cache[*rsa.PrivateKey]
	making  sync.Mutex // held while a key pair is made
}

// Keys keeps the service provider's sealed key pairs.
type Keys interface {
	// SPKeys lists a tenant's key pairs, retired ones too, oldest first. [sso.NotFound] for a tenant that does not exist.
	SPKeys(ctx context.Context, t sso.TenantID) ([]sso.SealedKey, error)
	AddSPKey(ctx context.Context, k sso.SealedKey) error
}

// Sealer keeps private keys secret at rest. What is sealed for one purpose and aad opens for no other.
type Sealer interface {
	Seal(purpose string, aad, plain []byte) ([]byte, error)
	Open(purpose string, aad, sealed []byte) ([]byte, error)
}

var (
	_ settings.Documents = (*Documents)(nil)
	_ settings.KeyMaker  = (*Service)(nil)
)
