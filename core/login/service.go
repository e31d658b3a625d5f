package login

import (
	"context"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// Service signs people in and out.
type Service struct {
	Store     Store
	SAML      SAML
	SLO       SingleLogout
	Providers Providers
	Passwords Passwords
	Sealer    sso.Sealer // of the attributes that traces keep
	Now       func() time.Time
	NewToken  func() string              // 256 random bits, base64url without padding
	NewID     func(prefix string) string // random, "u_…"
	Options   Options
	// Report is told of failures that change no answer (a trace that was not written, a role sync that was skipped); nil ignores them.
	Report func(ctx context.Context, err error)
}

// Options are the limits of logins and sessions.
type Options struct {
	SessionTTL  time.Duration // 12 h
	SessionIdle time.Duration // 2 h
	ClockSkew   time.Duration // 180 s
}

// SignedIn is a new session.
type SignedIn struct {
	Token    string // for the browser, once
	Session  sso.Session
	User     sso.User
	ReturnTo string
	Held     Held // the session that the browser held when this login was started; whoever opens the new one ends it
	Created  bool // the user was created by this login
	Linked   bool // an existing user was linked by this login
}
