package directory_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/frail"
)

// frailStore fails in what links need.
type frailStore struct {
	directory.Store
	*frail.Frailty
}

func (s frailStore) Tenant(ctx context.Context, t sso.TenantID) (_ sso.Tenant, err error) {
	defer s.Spoil(&err)
	return s.Store.Tenant(ctx, t)
}

func (s frailStore) Link(ctx context.Context, t sso.TenantID, hash string, now time.Time) (_ directory.Link, err error) {
	defer s.Spoil(&err)
	return s.Store.Link(ctx, t, hash, now)
}

func (s frailStore) UsesSSO(ctx context.Context, t sso.TenantID) (_ bool, err error) {
	defer s.Spoil(&err)
	return s.Store.UsesSSO(ctx, t)
}

// InTx fails in the second run: the house's store throws the first one away.
func (s frailStore) InTx(ctx context.Context, t sso.TenantID, do func(directory.Tx) error) error {
	counts := false
	return s.Store.InTx(ctx, t, func(tx directory.Tx) (err error) {
		if !counts {
			counts = true
			return do(tx)
		}
		defer s.Spoil(&err)
		return do(frailTx{tx, s.Frailty})
	})
}

type frailTx struct {
	directory.Tx
	*frail.Frailty
}

func (x frailTx) Settings() (_ sso.Settings, err error) {
	defer x.Spoil(&err)
	return x.Tx.Settings()
}

func (x frailTx) Catalogues() (_ sso.Catalogues, err error) {
	defer x.Spoil(&err)
	return x.Tx.Catalogues()
}

func (x frailTx) User(id sso.UserID) (_ sso.User, err error) {
	defer x.Spoil(&err)
	return x.Tx.User(id)
}

func (x frailTx) CreateUser(u sso.User) (err error) {
	defer x.Spoil(&err)
	return x.Tx.CreateUser(u)
}

func (x frailTx) UpdateUser(u sso.User) (err error) {
	defer x.Spoil(&err)
	return x.Tx.UpdateUser(u)
}

func (x frailTx) EndSessions(id sso.UserID) (err error) {
	defer x.Spoil(&err)
	return x.Tx.EndSessions(id)
}

func (x frailTx) CreateLink(l directory.Link) (err error) {
	defer x.Spoil(&err)
	return x.Tx.CreateLink(l)
}

func (x frailTx) SpendLink(hash string, at time.Time) (_ directory.Link, err error) {
	defer x.Spoil(&err)
	return x.Tx.SpendLink(hash, at)
}

func (x frailTx) EndLinks(u sso.UserID, p directory.LinkPurpose, at time.Time) (err error) {
	defer x.Spoil(&err)
	return x.Tx.EndLinks(u, p, at)
}

func (x frailTx) Audit(e sso.AuditEntry) (err error) {
	defer x.Spoil(&err)
	return x.Tx.Audit(e)
}

type frailHashes struct{ *frail.Frailty }

func (h frailHashes) Hash(ctx context.Context, password string) (_ string, err error) {
	defer h.Spoil(&err)
	return hashes{}.Hash(ctx, password)
}

// TestWhateverFailsBehindALinkIsSaid lets each call to what is outside fail in turn: the errand ends there with that error, and the link works still.
func TestWhateverFailsBehindALinkIsSaid(t *testing.T) {
	type link func(*testing.T, *house, sso.UserID) (string, error)
	var first link = func(t *testing.T, h *house, _ sso.UserID) (string, error) {
		t.Helper()
		return h.InviteAdministrator(t.Context(), operator, tenant, "bob@example.com")
	}
	var toPassword link = func(t *testing.T, h *house, known sso.UserID) (string, error) {
		t.Helper()
		return h.InviteToPassword(t.Context(), admin, tenant, known)
	}
	var invitation link = func(t *testing.T, h *house, known sso.UserID) (string, error) {
		t.Helper()
		return h.invitation(t, known), nil
	}
	invite := func(by link) func(*testing.T, *house, sso.UserID) func() error {
		return func(t *testing.T, h *house, known sso.UserID) func() error {
			return func() error {
				_, err := by(t, h, known)
				return err
			}
		}
	}
	spend := func(by link, also func(*testing.T, *house)) func(*testing.T, *house, sso.UserID) func() error {
		return func(t *testing.T, h *house, known sso.UserID) func() error {
			token, err := by(t, h, known)
			require.NoError(t, err)
			also(t, h)
			return func() error {
				_, err := h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Name: "Bob", Password: password})
				return err
			}
		}
	}
	nothing := func(*testing.T, *house) {}
	for name, ready := range map[string]func(*testing.T, *house, sso.UserID) func() error{
		"an administrator is invited":  invite(first),
		"a link to a password is made": invite(toPassword),
		"the first administrator":      spend(first, nothing),
		"a password":                   spend(toPassword, nothing),
		"an invitation":                spend(invitation, nothing),
		"an invitation to SSO":         spend(invitation, func(t *testing.T, h *house) { h.ssoOn(t) }),
	} {
		t.Run(name, func(t *testing.T) {
			const enough = 50
			for n := 1; ; n++ {
				require.Less(t, n, enough)
				h := newHouse(t)
				do := ready(t, h, h.user(t, "ada@example.com", "agent"))
				whole, f := h.Store, &frail.Frailty{Left: n}
				h.Store, h.Passwords = frailStore{h.Store, f}, frailHashes{f}
				err := do()
				if f.Left > 0 { // no call was left to fail
					require.NoError(t, err)
					require.Greater(t, n, 1)
					return
				}
				require.ErrorIs(t, err, frail.ErrBroken, "call %d", n)
				h.Store, h.Passwords = whole, hashes{}
				require.NoError(t, do(), "call %d: nothing was kept", n)
			}
		})
	}
}
