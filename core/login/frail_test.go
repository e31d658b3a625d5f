package login_test

import (
	"context"
	"time"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/frail"
)

// frail puts frailty between the service and all of its ports. Left out is what may fail without changing an answer.
func (w *world) frail(n int) *frail.Frailty {
	f := &frail.Frailty{Left: n}
	w.service.Store = frailStore{w.service.Store, f}
	w.service.SAML, w.service.SLO, w.service.Passwords = frailSAML{w.service.SAML, f}, frailSLO{w.service.SLO, f}, frailPasswords{w.service.Passwords, f}
	return f
}

type frailStore struct {
	login.Store
	*frail.Frailty
}

func (s frailStore) Target(ctx context.Context, t sso.TenantID) (_ login.Target, err error) {
	defer s.Spoil(&err)
	return s.Store.Target(ctx, t)
}

func (s frailStore) Connection(ctx context.Context, t sso.TenantID, p sso.ProviderKey) (_ sso.Connection, err error) {
	defer s.Spoil(&err)
	return s.Store.Connection(ctx, t, p)
}

func (s frailStore) InTx(ctx context.Context, t sso.TenantID, do func(login.Tx) error) error {
	return s.Store.InTx(ctx, t, func(tx login.Tx) (err error) {
		defer s.Spoil(&err)
		return do(frailTx{tx, s.Frailty})
	})
}

func (s frailStore) Session(ctx context.Context, t sso.TenantID, hash string) (_ sso.Session, _ sso.User, err error) {
	defer s.Spoil(&err)
	return s.Store.Session(ctx, t, hash)
}

func (s frailStore) Seen(ctx context.Context, t sso.TenantID, hash string, at time.Time) (err error) {
	defer s.Spoil(&err)
	return s.Store.Seen(ctx, t, hash, at)
}

func (s frailStore) UserByIdentity(ctx context.Context, id sso.Identity) (_ sso.User, _ bool, err error) {
	defer s.Spoil(&err)
	return s.Store.UserByIdentity(ctx, id)
}

func (s frailStore) UserByEmail(ctx context.Context, t sso.TenantID, e sso.Email) (_ sso.User, _ bool, err error) {
	defer s.Spoil(&err)
	return s.Store.UserByEmail(ctx, t, e)
}

type frailSAML struct {
	login.SAML
	*frail.Frailty
}

func (s frailSAML) Request(ctx context.Context, spec login.RequestSpec) (_ login.Request, err error) {
	defer s.Spoil(&err)
	return s.SAML.Request(ctx, spec)
}

func (s frailSAML) Open(ctx context.Context, t login.Target, encoded string) (_ login.Response, err error) {
	defer s.Spoil(&err)
	r, err := s.SAML.Open(ctx, t, encoded)
	return frailResponse{r, s.Frailty}, err
}

type frailResponse struct {
	login.Response
	*frail.Frailty
}

func (r frailResponse) Verify(ctx context.Context, e login.Expectation) (_ sso.Assertion, err error) {
	defer r.Spoil(&err)
	return r.Response.Verify(ctx, e)
}

type frailSLO struct {
	login.SingleLogout
	*frail.Frailty
}

func (s frailSLO) LogoutRequest(ctx context.Context, t login.Target, of sso.Session, relayState string) (_ login.Request, err error) {
	defer s.Spoil(&err)
	return s.SingleLogout.LogoutRequest(ctx, t, of, relayState)
}

func (s frailSLO) OpenLogoutResponse(ctx context.Context, t login.Target, m login.LogoutMessage) (_ login.LogoutAnswer, err error) {
	defer s.Spoil(&err)
	return s.SingleLogout.OpenLogoutResponse(ctx, t, m)
}

func (s frailSLO) OpenLogoutRequest(ctx context.Context, t login.Target, m login.LogoutMessage) (_ sso.LogoutRequest, err error) {
	defer s.Spoil(&err)
	return s.SingleLogout.OpenLogoutRequest(ctx, t, m)
}

func (s frailSLO) LogoutResponse(ctx context.Context, t login.Target, asked sso.LogoutRequest, relayState string) (_ login.Request, err error) {
	defer s.Spoil(&err)
	return s.SingleLogout.LogoutResponse(ctx, t, asked, relayState)
}

type frailPasswords struct {
	login.Passwords
	*frail.Frailty
}

func (p frailPasswords) Verify(ctx context.Context, hash, password string) (_ bool, err error) {
	defer p.Spoil(&err)
	return p.Passwords.Verify(ctx, hash, password)
}
