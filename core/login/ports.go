// Package login is the use case "sign a person in and out": it starts logins, judges what comes back by the sign-in table and the identity
// rules, and ends sessions. It imports core/sso only; verifying SAML, asking plugins and keeping rows are its ports.
package login

import (
	"context"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// Target is a tenant as a login sees it. It must not be changed: hosts cache it.
type Target struct {
	Tenant     sso.Tenant
	Settings   sso.Settings
	Connection sso.Connection // of the active provider; zero while none is chosen
	Catalogues sso.Catalogues
}

// Store keeps people, sessions and traces. Its errors carry [sso.NotFound] where a tenant or session does not exist.
type Store interface {
	// Target reads a tenant, possibly from a cache that a save on any node refreshes within 5 s.
	Target(ctx context.Context, t sso.TenantID) (Target, error)
	// Connection reads the kept connection of any provider; Revision 0 when there is none.
	Connection(ctx context.Context, t sso.TenantID, p sso.ProviderKey) (sso.Connection, error)
	// InTx runs do in one transaction that commits when do returns nil. do may run more than once (after a serialisation failure) and has no
	// other effects.
	InTx(ctx context.Context, t sso.TenantID, do func(Tx) error) error
	// RecordLogin writes the trace of a login that was refused or restarted. Stores bound how many they keep per tenant and minute.
	RecordLogin(ctx context.Context, r sso.LoginRecord) error
	// Session reads an open session by the hash of its token with its user; [sso.NotFound] when there is none.
	Session(ctx context.Context, t sso.TenantID, hash string) (sso.Session, sso.User, error)
	// Seen notes that a session was used.
	Seen(ctx context.Context, t sso.TenantID, hash string, at time.Time) error
	// UserByIdentity finds a linked user outside a transaction; the transaction looks again.
	UserByIdentity(ctx context.Context, id sso.Identity) (sso.User, bool, error)
	// UserByEmail finds a user for password sign-in.
	UserByEmail(ctx context.Context, t sso.TenantID, e sso.Email) (sso.User, bool, error)
}

// Tx is a transaction within one tenant.
type Tx interface {
	// Active reads whether SSO is on and for which provider, and keeps a save from changing either until the transaction ends: a session made
	// here is then either seen by the save that ends sessions, or refused. [sso.TenantDisabled] for a tenant that was disabled since the
	// caller read its Target.
	Active() (useSSO bool, p sso.ProviderKey, err error)
	// Issuer reads which entity ID the provider's connection trusts now, "" for none: like Active, the caller's Target may be older than a save.
	Issuer(p sso.ProviderKey) (entityID string, err error)
	// UseOnce remembers assertion and request until the time given. [sso.ReplayAssertion] or [sso.ReplayRequest] when either was used before,
	// also by a transaction that runs at the same moment.
	UseOnce(issuer, assertionID, requestID string, until time.Time) error
	UserByIdentity(id sso.Identity) (sso.User, bool, error)
	UserByEmail(e sso.Email) (sso.User, bool, error)
	// HasIdentity reports whether the user is linked to anybody at that IdP entity ID.
	HasIdentity(u sso.UserID, idpEntityID string) (bool, error)
	// CreateUser inserts; [sso.EmailTaken] when a parallel login created the address first (the transaction is then run again).
	CreateUser(u sso.User) error
	UpdateUser(u sso.User) error
	Link(id sso.Identity, u sso.UserID, at time.Time) error
	// LearnSubjectAttribute remembers on the connection which attribute names people.
	LearnSubjectAttribute(p sso.ProviderKey, attribute string) error
	// MarkTested notes that a connection carried a test, unless it is of another revision by now.
	MarkTested(p sso.ProviderKey, revision int64) error
	// ActiveAdministrators counts active users with the administrator role, but for one.
	ActiveAdministrators(except sso.UserID) (int, error)
	CreateSession(s sso.Session) error
	// UseLogout remembers a LogoutRequest until the time given. [sso.SLOReplay] when it was used before, also by a transaction that runs at the
	// same moment.
	UseLogout(issuer, id string, until time.Time) error
	// EndSessionsOf deletes and returns the sessions that a provider's LogoutRequest concerns ([sso.LogoutRequest.Concerns]).
	EndSessionsOf(r sso.LogoutRequest) ([]sso.Session, error)
	// Sessions lists a user's sessions, expired ones too, the one used last first.
	Sessions(u sso.UserID) ([]sso.Session, error)
	// EndSession deletes and returns a session; ok is false when there was none.
	EndSession(hash string) (s sso.Session, ok bool, err error)
	User(id sso.UserID) (sso.User, error)
	RecordLogin(r sso.LoginRecord) error
	Audit(e sso.AuditEntry) error
}

// SAML speaks the protocol.
type SAML interface {
	// Request makes an authentication request.
	Request(ctx context.Context, spec RequestSpec) (Request, error)
	// Open decodes a response as far as it can be read without trust: form, XML gate, envelope (steps 0 to 2 of verification). With an error
	// the Response may still be there to list its steps.
	Open(ctx context.Context, t Target, encoded string) (Response, error)
}

// SingleLogout is the SAML logout profile (SAML Profiles 4.4). What it makes is signed; what it opens was signed by the target's provider, is meant
// for us, and is fresh. Refusals have codes that begin with "slo.".
type SingleLogout interface {
	// LogoutRequest asks the provider to end the session that it opened. [sso.SLONotOffered].
	LogoutRequest(ctx context.Context, t Target, s sso.Session, relayState string) (Request, error)
	OpenLogoutResponse(ctx context.Context, t Target, m LogoutMessage) (LogoutAnswer, error)
	OpenLogoutRequest(ctx context.Context, t Target, m LogoutMessage) (sso.LogoutRequest, error)
	// LogoutResponse answers that what was asked is done. [sso.SLONotOffered].
	LogoutResponse(ctx context.Context, t Target, asked sso.LogoutRequest, relayState string) (Request, error)
}

// RequestSpec says what an authentication request asks for.
type RequestSpec struct {
	Target     Target
	ForceAuthn bool
	RelayState string
}

// Request is an authentication request ready to send by the browser.
type Request struct {
	ID  string // of the AuthnRequest
	URL string // where to: for GET with all parameters, for POST the form's action
	// Form is nil for the redirect binding, else the fields of a form to post.
	Form map[string]string
}

// Response is an opened response.
type Response interface {
	// InResponseTo is the request ID it claims to answer, "" when unsolicited. Nothing is verified yet.
	InResponseTo() string
	// Verify does the rest (steps 4 to 8) and returns the assertion.
	Verify(ctx context.Context, e Expectation) (sso.Assertion, error)
	// Steps lists the checks done so far, the failed one last.
	Steps() []sso.Step
}

// Expectation is what a response must answer.
type Expectation struct{ RequestID string }

// Providers are the plugins.
type Providers interface {
	// Provider returns a provider whose plugin is ready; else an error with [sso.ProviderUnknown] or [sso.ProviderUnavailable].
	Provider(key sso.ProviderKey) (sso.Provider, error)
}

// Passwords hashes and compares passwords, slowly on purpose and few at a time ([sso.Overloaded] beyond).
type Passwords interface {
	Verify(ctx context.Context, hash, password string) (bool, error)
}
