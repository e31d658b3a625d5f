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
	Providers Providers
	Passwords Passwords
	Now       func() time.Time
	NewToken  func() string // 256 random bits, base64url without padding
	Options   Options
}

// Options are the limits of logins and sessions.
type Options struct {
	SessionTTL  time.Duration // 12 h
	SessionIdle time.Duration // 2 h
	ClockSkew   time.Duration // 180 s
}

// FlowTTL is how long a login that was started may take.
const FlowTTL = 10 * time.Minute

// Flow is a login under way. The browser holds it sealed in a cookie named after ID; RelayState carries ID alone.
type Flow struct {
	ID          string          `json:"id"`
	Tenant      sso.TenantID    `json:"t"`
	Provider    sso.ProviderKey `json:"p"`
	IDPEntityID string          `json:"e"`
	RequestID   string          `json:"r"`
	ForceAuthn  bool            `json:"f,omitempty"`
	Attempt     int             `json:"a,omitempty"` // 1 after the one restart of rule 8
	ReturnTo    string          `json:"to,omitempty"`
	Expires     time.Time       `json:"x"`
}

// Begin asks for a login to be started.
type Begin struct {
	Tenant   sso.TenantID
	ReturnTo string // a path on our origin, judged by the caller
	// LoggedOut: the browser carries the marker of a deliberate log-out (rule 8).
	LoggedOut bool
}

// Started is a login that was started.
type Started struct {
	Flow    Flow
	Request Request
}

// Begin starts a login at the tenant's provider. Errors: [sso.NotFound], [sso.TenantDisabled], [sso.SSOInactive].
func (s *Service) Begin(ctx context.Context, b Begin) (Started, error) { panic("being written") }

// Answer is what came to the assertion consumer service.
type Answer struct {
	Tenant       sso.TenantID
	SAMLResponse string // as posted, base64
	// Flow is the unsealed flow that RelayState names, nil when the browser carries none.
	Flow *Flow
	// TileRecently: this browser had an unsolicited response turned into a login within the last minute.
	TileRecently bool
	LoggedOut    bool   // marker of a deliberate log-out
	RequestID    string // of the HTTP request
}

// Finished is the outcome of an answer that was not refused: signed in, or started anew.
type Finished struct {
	SignedIn *SignedIn
	Restart  *Started // rule 8, or an unsolicited response
	Tile     bool     // Restart answers an unsolicited response
}

// SignedIn is a new session.
type SignedIn struct {
	Token    string // for the browser, once
	Session  sso.Session
	User     sso.User
	ReturnTo string
	Created  bool // the user was created by this login
	Linked   bool // an existing user was linked by this login
}

// Finish judges an answer. Refusals are [sso.Error]s with the codes of the sign-in table and of the verifier, and leave a trace.
func (s *Service) Finish(ctx context.Context, a Answer) (Finished, error) { panic("being written") }

// Password signs in by password; refused with [sso.PasswordRefused] while SSO is on, whoever asks (rule 6).
func (s *Service) Password(ctx context.Context, t sso.TenantID, email, password, requestID string) (SignedIn, error) {
	panic("being written")
}

// Resume returns the open session of a token and its user; [sso.Unauthorized] when there is none (any more).
func (s *Service) Resume(ctx context.Context, t sso.TenantID, token string) (sso.Session, sso.User, error) {
	panic("being written")
}

// Logout ends a session on purpose and notes on the user what rule 8 needs. A token without a session is no error: ok is false.
func (s *Service) Logout(ctx context.Context, t sso.TenantID, token string) (ended sso.Session, ok bool, err error) {
	panic("being written")
}

// HashToken is how tokens are kept: lower-case hex SHA-256.
func HashToken(token string) string { panic("being written") }
