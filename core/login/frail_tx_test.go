package login_test

import (
	"time"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/frail"
)

// frailTx is a transaction in which a call may fail.
type frailTx struct {
	login.Tx
	*frail.Frailty
}

func (x frailTx) Active() (_ bool, _ sso.ProviderKey, err error) {
	defer x.Spoil(&err)
	return x.Tx.Active()
}

func (x frailTx) Issuer(p sso.ProviderKey) (_ string, err error) {
	defer x.Spoil(&err)
	return x.Tx.Issuer(p)
}

func (x frailTx) UseOnce(issuer, assertionID, requestID string, until time.Time) (err error) {
	defer x.Spoil(&err)
	return x.Tx.UseOnce(issuer, assertionID, requestID, until)
}

func (x frailTx) UserByIdentity(id sso.Identity) (_ sso.User, _ bool, err error) {
	defer x.Spoil(&err)
	return x.Tx.UserByIdentity(id)
}

func (x frailTx) UserByEmail(e sso.Email) (_ sso.User, _ bool, err error) {
	defer x.Spoil(&err)
	return x.Tx.UserByEmail(e)
}

func (x frailTx) HasIdentity(u sso.UserID, idpEntityID string) (_ bool, err error) {
	defer x.Spoil(&err)
	return x.Tx.HasIdentity(u, idpEntityID)
}

func (x frailTx) CreateUser(u sso.User) (err error) {
	defer x.Spoil(&err)
	return x.Tx.CreateUser(u)
}

func (x frailTx) UpdateUser(u sso.User) (err error) {
	defer x.Spoil(&err)
	return x.Tx.UpdateUser(u)
}

func (x frailTx) Link(id sso.Identity, u sso.UserID, at time.Time) (err error) {
	defer x.Spoil(&err)
	return x.Tx.Link(id, u, at)
}

func (x frailTx) LearnSubjectAttribute(p sso.ProviderKey, attribute string) (err error) {
	defer x.Spoil(&err)
	return x.Tx.LearnSubjectAttribute(p, attribute)
}

func (x frailTx) MarkTested(p sso.ProviderKey, revision int64) (err error) {
	defer x.Spoil(&err)
	return x.Tx.MarkTested(p, revision)
}

func (x frailTx) ActiveAdministrators(except sso.UserID) (_ int, err error) {
	defer x.Spoil(&err)
	return x.Tx.ActiveAdministrators(except)
}

func (x frailTx) CreateSession(s sso.Session) (err error) {
	defer x.Spoil(&err)
	return x.Tx.CreateSession(s)
}

func (x frailTx) UseLogout(issuer, id string, until time.Time) (err error) {
	defer x.Spoil(&err)
	return x.Tx.UseLogout(issuer, id, until)
}

func (x frailTx) EndSessionsOf(r sso.LogoutRequest) (_ []sso.Session, err error) {
	defer x.Spoil(&err)
	return x.Tx.EndSessionsOf(r)
}

func (x frailTx) Sessions(u sso.UserID) (_ []sso.Session, err error) {
	defer x.Spoil(&err)
	return x.Tx.Sessions(u)
}

func (x frailTx) EndSession(hash string) (_ sso.Session, _ bool, err error) {
	defer x.Spoil(&err)
	return x.Tx.EndSession(hash)
}

func (x frailTx) User(id sso.UserID) (_ sso.User, err error) {
	defer x.Spoil(&err)
	return x.Tx.User(id)
}

func (x frailTx) RecordLogin(r sso.LoginRecord) (err error) {
	defer x.Spoil(&err)
	return x.Tx.RecordLogin(r)
}

func (x frailTx) Audit(e sso.AuditEntry) (err error) {
	defer x.Spoil(&err)
	return x.Tx.Audit(e)
}
