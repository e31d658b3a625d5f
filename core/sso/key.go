package sso

import "time"

// SealedKey is a key pair of the service provider as it is kept: the private key is sealed under the master key.
type SealedKey struct {
	Tenant      TenantID
	ID          string
	Sealed      []byte // the private key, sealed PKCS #8
	Certificate []byte // DER, self-signed: how providers take public keys
	CreatedAt   time.Time
	RetiredAt   time.Time // zero: in use. A retired key signs and opens nothing and is not published
}
