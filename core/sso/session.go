package sso

import "time"

// Method says how a session's person signed in.
type Method string

// The methods.
const (
	BySSO      Method = "sso"
	ByPassword Method = "password"
)

// Session is an open sign-in. The browser holds a random token; the store knows only its hash.
type Session struct {
	Tenant       TenantID
	Hash         string // lower-case hex SHA-256 of the token
	User         UserID
	Method       Method
	Provider     ProviderKey // of an SSO session
	IDPEntityID  string
	NameID       NameID
	SessionIndex string
	AuthnInstant time.Time
	CreatedAt    time.Time
	SeenAt       time.Time
	ExpiresAt    time.Time // the earlier of TTL and SessionNotOnOrAfter; idle expiry counts from SeenAt
}
