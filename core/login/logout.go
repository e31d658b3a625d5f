package login

import (
	"context"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// LogoutMessage is what came to the single logout service, unread.
type LogoutMessage struct {
	Binding           string // [sso.BindingRedirect] or [sso.BindingPOST]
	Query             string // of a redirect: raw, since a signature is over its very octets
	Request, Response string // of a form: its SAMLRequest or SAMLResponse
}

// LogoutAnswer is what a verified LogoutResponse says.
type LogoutAnswer struct {
	InResponseTo string
	Confirmed    bool // the provider ended its session; else it could not, or not everywhere
}

// LogoutFlow is a logout at the provider under way. The browser holds it sealed in a cookie named after ID; RelayState carries ID alone.
type LogoutFlow struct {
	ID          string       `json:"id"`
	Tenant      sso.TenantID `json:"t"`
	IDPEntityID string       `json:"e"`
	RequestID   string       `json:"r"`
	Expires     time.Time    `json:"x"`
}

// LogoutStarted is a logout that goes on at the provider.
type LogoutStarted struct {
	Flow    LogoutFlow
	Request Request
}

// Logout ends a session on purpose and notes on the user what rule 8 needs. A token without a session is no error: ok is false.
func (s *Service) Logout(ctx context.Context, t sso.TenantID, token string) (ended sso.Session, ok bool, err error) {
	err = s.Store.InTx(ctx, t, func(tx Tx) error {
		ended, ok, err = tx.EndSession(sso.HashToken(token))
		if err != nil || !ok {
			return err
		}
		return s.noteLogout(tx, ended)
	})
	return ended, ok, err
}

func (s *Service) noteLogout(tx Tx, ended sso.Session) error {
	user, err := tx.User(ended.User)
	if sso.CodeOf(err) == sso.NotFound { // nobody is left to be asked anew; the session ends all the same
		return nil
	}
	if err != nil {
		return err
	}
	user.Logout.At = s.Now()
	if ended.AuthnInstant.After(user.Logout.AuthnInstant) { // of several sessions that were logged out of, the last sign-in counts
		user.Logout.AuthnInstant = ended.AuthnInstant
	}
	return tx.UpdateUser(user)
}

// LogoutElsewhere goes on with a logout at the provider that opened the session, which has ended here already. ok is false where the provider takes
// no logouts, or is the tenant's no more.
func (s *Service) LogoutElsewhere(ctx context.Context, ended sso.Session) (started LogoutStarted, ok bool, err error) {
	if ended.Method != sso.BySSO {
		return LogoutStarted{}, false, nil
	}
	target, err := s.Store.Target(ctx, ended.Tenant)
	if err != nil {
		return LogoutStarted{}, false, err
	}
	idp := target.Connection.IdP
	if target.Tenant.Disabled || target.Settings.Provider != ended.Provider || idp.EntityID != ended.IDPEntityID || len(idp.SLO) == 0 {
		return LogoutStarted{}, false, nil
	}
	id := s.NewToken()
	request, err := s.SLO.LogoutRequest(ctx, target, ended, id)
	if err != nil {
		return LogoutStarted{}, false, err
	}
	return LogoutStarted{Request: request, Flow: LogoutFlow{
		ID: id, Tenant: ended.Tenant, IDPEntityID: idp.EntityID, RequestID: request.ID, Expires: s.Now().Add(FlowTTL),
	}}, true, nil
}

// LogoutAnswered judges the provider's answer to a logout that this browser has under way; flow is nil where it has none. [sso.SLOUnexpected].
func (s *Service) LogoutAnswered(ctx context.Context, t sso.TenantID, m LogoutMessage, flow *LogoutFlow) (confirmed bool, err error) {
	const op = "login.logout_answered"
	target, err := s.Store.Target(ctx, t)
	if err != nil {
		return false, err
	}
	if flow == nil || flow.Tenant != t || !s.Now().Before(flow.Expires) || flow.IDPEntityID != target.Connection.IdP.EntityID {
		return false, sso.Refuse(op, sso.SLOUnexpected)
	}
	answer, err := s.SLO.OpenLogoutResponse(ctx, target, m)
	if err != nil {
		return false, err
	}
	if answer.InResponseTo != flow.RequestID {
		return false, sso.Refuse(op, sso.SLOUnexpected)
	}
	return answer.Confirmed, nil
}

// LogoutAsked ends what the provider's LogoutRequest asks for, in this tenant alone, and returns the sessions that ended and the answer to send. It is
// taken while SSO is off, too: sessions of the provider may still be open then. relayState goes back unaltered. An error together with ended
// sessions says that no answer can be sent: they have ended all the same.
func (s *Service) LogoutAsked(ctx context.Context, t sso.TenantID, m LogoutMessage, relayState string) (ended []sso.Session, answer Request, err error) {
	const op = "login.logout_asked"
	target, err := s.Store.Target(ctx, t)
	if err != nil {
		return nil, Request{}, err
	}
	switch {
	case target.Tenant.Disabled:
		return nil, Request{}, sso.Refuse(op, sso.TenantDisabled)
	case !target.Connection.HasMetadata():
		return nil, Request{}, sso.Refuse(op, sso.SSOInactive)
	}
	asked, err := s.SLO.OpenLogoutRequest(ctx, target, m)
	if err != nil {
		return nil, Request{}, err
	}
	err = s.Store.InTx(ctx, t, func(tx Tx) error {
		if err := tx.UseLogout(asked.IDPEntityID, asked.ID, asked.NotOnOrAfter); err != nil {
			return err
		}
		ended, err = tx.EndSessionsOf(asked)
		for _, session := range ended {
			if err == nil {
				err = s.noteLogout(tx, session)
			}
		}
		return err
	})
	if err != nil {
		return nil, Request{}, err
	}
	answer, err = s.SLO.LogoutResponse(ctx, target, asked, relayState)
	return ended, answer, err
}
