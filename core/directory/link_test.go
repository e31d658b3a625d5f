package directory_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

const password = "correct horse"

func TestALinkMakesTheFirstAdministrator(t *testing.T) {
	h := newHouse(t)
	token, err := h.InviteAdministrator(t.Context(), operator, tenant, "Ada@Example.com")
	require.NoError(t, err)
	require.NotContains(t, h.audit(t, tenant).After, token)
	for range 3 { // a scanner, and another one, and the person
		link, err := h.OpenLink(t.Context(), tenant, token)
		require.NoError(t, err)
		require.Equal(t, directory.FirstAdministrator, link.Purpose)
		require.Equal(t, sso.Email("ada@example.com"), link.Email)
	}
	spent, err := h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Email: "mallory@example.com", Name: "Ada", Password: password})
	require.NoError(t, err)
	u := spent.User
	want := sso.User{
		Tenant: tenant, ID: u.ID, Email: "ada@example.com", Name: "Ada", Roles: []sso.Key{sso.Administrator}, Status: sso.Active,
		PasswordHash: "hashed " + password, CreatedAt: start,
	}
	require.Equal(t, want, u, "the link's address counts, not the one entered")
	row := h.audit(t, tenant)
	require.Equal(t, "user.create", row.Action)
	require.Equal(t, "user:"+string(u.ID), row.Actor)
	require.NotContains(t, row.After, "hashed")

	_, err = h.OpenLink(t.Context(), tenant, token)
	refusal(t, err, sso.LinkInvalid)
	_, err = h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Password: password})
	refusal(t, err, sso.LinkInvalid)
}

func TestALinkWithoutAnAddressAsksForIt(t *testing.T) {
	h := newHouse(t)
	h.user(t, "taken@example.com", "agent")
	token, err := h.InviteAdministrator(t.Context(), operator, tenant, "")
	require.NoError(t, err)
	_, err = h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Email: "nobody", Password: password})
	require.Equal(t, []string{"email: email_invalid"}, problems(t, err))
	_, err = h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Email: "taken@example.com", Password: password})
	refusal(t, err, sso.EmailTaken)
	spent, err := h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Email: "ada@example.com", Password: password})
	require.NoError(t, err, "a refusal leaves the link unspent")
	u := spent.User
	require.Equal(t, "ada@example.com", u.Name)

	_, err = h.InviteAdministrator(t.Context(), operator, tenant, "no address")
	require.Equal(t, []string{"email: email_invalid"}, problems(t, err))
	_, err = h.InviteAdministrator(t.Context(), operator, "nowhere", "")
	refusal(t, err, sso.NotFound)
}

func TestALinkSetsAPassword(t *testing.T) {
	h := newHouse(t)
	p, err := h.CreateUser(t.Context(), admin, tenant, directory.NewUser{Email: "ada@example.com", Name: "Ada", Roles: []sso.Key{"agent"}})
	require.NoError(t, err)
	h.session(t, p.ID, "old")
	token, err := h.InviteToPassword(t.Context(), admin, tenant, p.ID)
	require.NoError(t, err)
	spent, err := h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Email: "mallory@example.com", Name: "Mallory", Password: password})
	require.NoError(t, err)
	u := spent.User
	require.Equal(t, sso.Active, u.Status)
	require.Equal(t, "hashed "+password, u.PasswordHash)
	require.Equal(t, sso.Email("ada@example.com"), u.Email)
	require.Equal(t, "Ada", u.Name)
	require.False(t, h.open(t, "old"), "who had the old password is out")
	require.Equal(t, "user.password", h.audit(t, tenant).Action)
}

func TestALinkWorksForADay(t *testing.T) {
	h := newHouse(t)
	token, err := h.InviteAdministrator(t.Context(), operator, tenant, "")
	require.NoError(t, err)
	h.now = start.Add(24*time.Hour - time.Second)
	_, err = h.OpenLink(t.Context(), tenant, token)
	require.NoError(t, err)
	h.now = start.Add(24 * time.Hour)
	_, err = h.OpenLink(t.Context(), tenant, token)
	refusal(t, err, sso.LinkInvalid)
	_, err = h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Email: "a@b.c", Password: password})
	refusal(t, err, sso.LinkInvalid)
}

func TestALinkWorksInItsTenantOnly(t *testing.T) {
	h := newHouse(t)
	h.tenant(t, "globex")
	token, err := h.InviteAdministrator(t.Context(), operator, tenant, "")
	require.NoError(t, err)
	for _, other := range []sso.TenantID{"globex", "nowhere", ""} {
		_, err = h.OpenLink(t.Context(), other, token)
		refusal(t, err, sso.LinkInvalid)
	}
}

func TestPasswordsAreJudgedByLength(t *testing.T) {
	h := newHouse(t)
	token, err := h.InviteAdministrator(t.Context(), operator, tenant, "ada@example.com")
	require.NoError(t, err)
	for _, weak := range []string{"", strings.Repeat("x", 11), strings.Repeat("ä", 11), strings.Repeat("x", 129)} {
		_, err := h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Password: weak})
		e := refusal(t, err, sso.PasswordWeak)
		require.Equal(t, map[string]string{"min": "12", "max": "128"}, e.Params)
	}
	_, err = h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Password: strings.Repeat("ä", 128)})
	require.NoError(t, err, "characters count, not bytes")
}

func TestRule06_NoLinkLeadsToAPasswordWhileSSOIsOn(t *testing.T) {
	h := newHouse(t)
	id := h.user(t, "ada@example.com", "agent")
	first, err := h.InviteAdministrator(t.Context(), operator, tenant, "bob@example.com")
	require.NoError(t, err)
	second, err := h.InviteToPassword(t.Context(), admin, tenant, id)
	require.NoError(t, err)
	h.ssoOn(t)
	for _, token := range []string{first, second} {
		_, err := h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Password: password})
		refusal(t, err, sso.PasswordRefused)
	}
	_, err = h.InviteAdministrator(t.Context(), operator, tenant, "")
	refusal(t, err, sso.PasswordRefused)
	_, err = h.InviteToPassword(t.Context(), admin, tenant, id)
	refusal(t, err, sso.PasswordRefused)

	h.settings(t, func(s *sso.Settings) { s.UseSSO = false })
	_, err = h.SpendLink(t.Context(), tenant, first, directory.LinkAnswer{Password: password})
	require.NoError(t, err, "it was not spent")
}

func TestADeactivatedPersonGetsNoLinkAndSpendsNone(t *testing.T) {
	h := newHouse(t)
	id := h.user(t, "ada@example.com", "agent")
	token, err := h.InviteToPassword(t.Context(), admin, tenant, id)
	require.NoError(t, err)
	_, err = h.UpdateUser(t.Context(), admin, tenant, id, directory.UserPatch{Status: new(sso.Deactivated)})
	require.NoError(t, err)
	_, err = h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Password: password})
	refusal(t, err, sso.LinkInvalid)
	_, err = h.InviteToPassword(t.Context(), admin, tenant, id)
	refusal(t, err, sso.UserDeactivated)
	_, err = h.InviteToPassword(t.Context(), admin, tenant, "u_nobody")
	refusal(t, err, sso.NotFound)

	require.NoError(t, h.DeleteUser(t.Context(), admin, tenant, id))
	_, err = h.OpenLink(t.Context(), tenant, token)
	refusal(t, err, sso.LinkInvalid)
}

func TestADisabledTenantsLinksWait(t *testing.T) {
	h := newHouse(t)
	token, err := h.InviteAdministrator(t.Context(), operator, tenant, "ada@example.com")
	require.NoError(t, err)
	_, err = h.UpdateTenant(t.Context(), operator, tenant, directory.TenantPatch{Disabled: new(true)})
	require.NoError(t, err)
	_, err = h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Password: password})
	refusal(t, err, sso.TenantDisabled)
}

// invitation is the token of a link to the first sign-in.
func (h *house) invitation(t *testing.T, u sso.UserID) string {
	t.Helper()
	require.NoError(t, h.store.Directory().InTx(t.Context(), tenant, func(tx directory.Tx) error {
		return tx.CreateLink(directory.Link{
			Tenant: tenant, Hash: sso.HashToken("invited"), Purpose: directory.Invitation, User: u, Expires: h.now.Add(time.Hour),
		})
	}))
	return "invited"
}

// busyStore lets something happen while a link is spent, before the transaction.
type busyStore struct {
	directory.Store
	meanwhile func()
}

func (s busyStore) Tenant(ctx context.Context, t sso.TenantID) (sso.Tenant, error) {
	s.meanwhile()
	return s.Store.Tenant(ctx, t)
}

// TestALinkIsJudgedAnewAsItIsSpent: what was looked at when it was opened may have changed.
func TestALinkIsJudgedAnewAsItIsSpent(t *testing.T) {
	off := func(h *house) { h.settings(t, func(s *sso.Settings) { s.UseSSO = false }) }
	spend := func(h *house) {
		require.NoError(t, h.store.Directory().InTx(t.Context(), tenant, func(tx directory.Tx) error {
			_, err := tx.SpendLink(sso.HashToken("invited"), h.now)
			return err
		}))
	}
	deactivated := func(h *house) {
		require.NoError(t, h.store.Directory().InTx(t.Context(), tenant, func(tx directory.Tx) error {
			u, err := tx.User("u_001")
			require.NoError(t, err)
			u.Status = sso.Deactivated
			return tx.UpdateUser(u)
		}))
	}
	for name, c := range map[string]struct {
		sso       bool
		meanwhile func(h *house)
		code      sso.Code
	}{
		"a password":                        {false, func(*house) {}, ""},
		"a password, SSO turned on":         {false, func(h *house) { h.ssoOn(t) }, ""}, // it leads to the provider
		"a password, deactivated":           {false, deactivated, sso.UserDeactivated},
		"to the provider":                   {true, func(*house) {}, ""},
		"to the provider, SSO turned off":   {true, off, sso.PasswordWeak},
		"to the provider, deactivated":      {true, deactivated, sso.UserDeactivated},
		"to the provider, spent by another": {true, func(h *house) { spend(h) }, sso.LinkInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			require.Equal(t, sso.UserID("u_001"), h.user(t, "ada@example.com", "agent"))
			token := h.invitation(t, "u_001")
			if c.sso {
				h.ssoOn(t)
			}
			h.Store = busyStore{h.Store, func() { c.meanwhile(h) }}
			_, err := h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Password: password})
			require.Equal(t, c.code, sso.CodeOf(err), "%v", err)
		})
	}
}

// TestOnlyInvitationsLeadToTheProvider: other links are for passwords, which is said when they are opened.
func TestOnlyInvitationsLeadToTheProvider(t *testing.T) {
	h := newHouse(t)
	id := h.user(t, "ada@example.com", "agent")
	token, err := h.InviteToPassword(t.Context(), admin, tenant, id)
	require.NoError(t, err)
	invited := h.invitation(t, id)
	h.ssoOn(t)
	for token, want := range map[string]bool{token: false, invited: true} {
		link, err := h.OpenLink(t.Context(), tenant, token)
		require.NoError(t, err)
		require.Equal(t, want, link.SSO)
	}
}
