package login

import (
	"context"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// FlowTTL is how long a login that was started may take.
const FlowTTL = 10 * time.Minute

// Flow is a login under way. The browser holds it sealed in a cookie named after ID; RelayState carries ID alone. Nothing of it is stored,
// so that starting logins costs an anonymous client's browser memory and not ours.
type Flow struct {
	ID          string          `json:"id"`
	Tenant      sso.TenantID    `json:"t"`
	Provider    sso.ProviderKey `json:"p"`
	IDPEntityID string          `json:"e"`
	RequestID   string          `json:"r"`
	ForceAuthn  bool            `json:"f,omitempty"`
	Attempt     int             `json:"a,omitempty"` // 1 after the one restart of rule 8
	ReturnTo    string          `json:"to,omitempty"`
	Held        Held            `json:"h,omitzero"`  // the session that the browser held when the login was started
	Chosen      bool            `json:"c,omitempty"` // see Begin
	Expires     time.Time       `json:"x"`
	Test        *TestRun        `json:"test,omitempty"` // nil for a login
}

// Begin asks for a login to be started.
type Begin struct {
	Tenant   sso.TenantID
	ReturnTo string // a path on our origin, judged by the caller
	// LoggedOut: the browser carries the marker of a deliberate log-out (rule 8).
	LoggedOut bool
	Held      Held // the session that the browser holds; the login will end it
	// Chosen: the person set out on a page of ours, so that the login may end somebody else's session without another question ([Other]).
	Chosen bool
}

// Started is a login that was started.
type Started struct {
	Flow    Flow
	Request Request
}

// Begin starts a login at the tenant's provider. Errors: [sso.NotFound], [sso.TenantDisabled], [sso.SSOInactive].
func (s *Service) Begin(ctx context.Context, b Begin) (Started, error) {
	const op = "login.begin"
	target, err := s.Store.Target(ctx, b.Tenant)
	if err != nil {
		return Started{}, err
	}
	if err := target.open(op); err != nil {
		return Started{}, err
	}
	force := b.LoggedOut && target.Settings.ForceReauthentication
	return s.start(ctx, target, Flow{ReturnTo: b.ReturnTo, ForceAuthn: force, Held: b.Held, Chosen: b.Chosen})
}

// open returns nil while the tenant signs in by SSO.
func (t Target) open(op string) error {
	switch {
	case t.Tenant.Disabled:
		return sso.Refuse(op, sso.TenantDisabled)
	case !t.Settings.UseSSO || !t.Connection.HasMetadata():
		return sso.Refuse(op, sso.SSOInactive)
	}
	return nil
}

// start makes the request of a login. f brings what the caller wants of it.
func (s *Service) start(ctx context.Context, target Target, f Flow) (Started, error) {
	f.ID = s.NewToken()
	request, err := s.SAML.Request(ctx, RequestSpec{Target: target, ForceAuthn: f.ForceAuthn, RelayState: f.ID})
	if err != nil {
		return Started{}, err
	}
	f.Tenant, f.Provider, f.IDPEntityID = target.Tenant.ID, target.Settings.Provider, target.Connection.IdP.EntityID
	f.RequestID, f.Expires = request.ID, s.Now().Add(FlowTTL)
	return Started{Request: request, Flow: f}, nil
}
