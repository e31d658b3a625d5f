package security

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
)

// TestAnEntityIDIsNobodysProperty has a tenant register the entity ID of another tenant's provider with a key of its own: it can say there whatever it
// wants, of whomever it wants, and reaches its own people alone.
func TestAnEntityIDIsNobodysProperty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []sso.TenantID{"acme", "evil"} {
		w.tenant(id)
	}
	forged := stranger()
	w.trust("acme", entity, trusted(), nil)
	w.trust("evil", entity, forged, nil)
	ada := who("ada@example.test")
	victim := w.browser()
	owner := victim.signIn("acme", ada)

	ada.key, ada.groups = &forged, []string{admins}
	w.browser().refused("acme", sso.SigUntrustedKey, ada)
	attacker := w.browser()
	theirs := attacker.signIn("evil", ada)
	require.NotEqual(t, owner, theirs)
	require.Equal(t, owner, victim.who())
	require.Equal(t, 404, attacker.do("GET", "/api/v1/tenants/acme/users", nil).status)
	require.Equal(t, 200, attacker.do("GET", "/api/v1/tenants/evil/users", nil).status, "an administrator there")
	people := w.users("acme")
	require.Len(t, people, 1)
	require.Equal(t, []sso.Key{"agent"}, people[0].Roles)
	require.Len(t, people[0].Identities, 1)
}

// TestAnswersToAConnectionThatChanged changes the tenant between a request and its answer. The browser and the answer are sound each time; the twin is
// the row without a change.
func TestAnswersToAConnectionThatChanged(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	off := func(w *world) {
		w.trust("acme", entity, trusted(), map[string]any{"use_sso": false, "create_user_on_first_login": false})
	}
	for name, c := range map[string]struct {
		change func(*world)
		code   sso.Code // "" signs in
	}{
		"nothing":             {func(*world) {}, ""},
		"turned off":          {off, sso.SSOInactive},
		"off and on again":    {func(w *world) { off(w); w.trust("acme", entity, trusted(), nil) }, ""},
		"another provider":    {func(w *world) { w.trust("acme", entity, trusted(), map[string]any{"provider": "azure"}) }, sso.SSOInactive},
		"another entity ID":   {func(w *world) { w.trust("acme", entity+"/2", trusted(), nil) }, sso.ProtoIssuer},
		"another key":         {func(w *world) { w.trust("acme", entity, stranger(), nil) }, sso.SigUntrustedKey},
		"broken glass":        {func(w *world) { breakGlass(w) }, sso.SSOInactive},
		"tenant deactivated":  {func(w *world) { disable(w, true) }, sso.TenantDisabled},
		"and activated again": {func(w *world) { disable(w, true); disable(w, false) }, ""},
		"tenant deleted":      {func(w *world) { require.NoError(w.t, w.directory.DeleteTenant(ctx, operator, "acme")) }, sso.NotFound},
		"deleted and created anew": {func(w *world) {
			require.NoError(w.t, w.directory.DeleteTenant(ctx, operator, "acme"))
			w.tenant("acme")
		}, sso.SSOInactive},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.tenant("acme")
			w.trust("acme", entity, trusted(), nil)
			b := w.browser()
			f := b.begin("acme")
			message := w.message(f, who("ada@example.test"))
			c.change(w)
			a := b.post("acme", f.state, message)
			if c.code != "" {
				b.isRefused(c.code, a)
				return
			}
			require.Equal(t, 303, a.status, "%s", a.body)
			require.NotEmpty(t, b.who())
		})
	}
}

func breakGlass(w *world) {
	w.t.Helper()
	_, err := w.settings.Disable(context.Background(), operator, "acme")
	require.NoError(w.t, err)
}

func disable(w *world, disabled bool) {
	w.t.Helper()
	_, err := w.directory.UpdateTenant(context.Background(), operator, "acme", directory.TenantPatch{Disabled: &disabled})
	require.NoError(w.t, err)
}

// TestNothingOfOneTenantOpensAnother carries the cookies, RelayState and answers of one tenant to another that trusts the same provider.
func TestNothingOfOneTenantOpensAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []sso.TenantID{"acme", "other"} {
		w.tenant(id)
		w.trust(id, entity, trusted(), nil)
	}
	t.Run("flow", func(t *testing.T) {
		b := w.browser()
		f := b.begin("acme")
		foreign := flow{"other", f.request, f.state}
		b.copyOf().isRefused(sso.CorrBrowserBinding, b.copyOf().post("other", f.state, w.message(foreign, who("ada@example.test"))))
		// A flow of the other tenant whose cookie holds this one's content.
		theirs := w.browser()
		g := theirs.begin("other")
		theirs.cookies["idplug_flow_"+g.state] = b.cookies["idplug_flow_"+f.state]
		theirs.isRefused(sso.CorrBrowserBinding, theirs.post("other", g.state, w.message(g, who("ada@example.test"))))
		require.Equal(t, 303, b.post("acme", f.state, w.message(f, who("ada@example.test"))).status)
	})
	t.Run("another browser", func(t *testing.T) {
		attacker, victim := w.browser(), w.browser()
		f := attacker.begin("acme")
		message := w.message(f, who("attacker@example.test"))
		victim.isRefused(sso.CorrBrowserBinding, victim.post("acme", f.state, message))
		require.Equal(t, 303, attacker.post("acme", f.state, message).status)
	})
	t.Run("session", func(t *testing.T) {
		b := w.browser()
		b.signIn("acme", who("root@example.test", admins))
		_, token, _ := strings.Cut(b.session(), ".")
		for _, stolen := range []string{"other." + token, "OTHER." + token, "." + token, token, "acme." + token + "x", "acme.", "other/../acme." + token} {
			c := w.as(stolen)
			require.Empty(t, c.who(), stolen)
			require.Equal(t, 401, c.do("GET", "/auth/verify", nil).status, stolen)
			require.Equal(t, 401, c.do("GET", "/api/v1/tenants/other/users", nil).status, stolen)
		}
		for _, list := range []string{"audit", "logins", "users", "sso", "sso/keys", "tokens", "users/export"} {
			require.Equal(t, 404, b.do("GET", "/api/v1/tenants/other/"+list, nil).status, list)
			require.Equal(t, 200, b.do("GET", "/api/v1/tenants/acme/"+list, nil).status, list)
		}
		require.Equal(t, 404, b.do("GET", "/console/other", nil).status)
	})
	t.Run("log-out", func(t *testing.T) {
		b := w.browser()
		b.signIn("acme", who("eve@example.test"))
		_, token, _ := strings.Cut(b.session(), ".")
		w.as("other."+token).do("POST", "/logout", nil)
		require.NotEmpty(t, b.who(), "another tenant's name does not end it")
		b.copyOf().do("POST", "/logout", nil)
		require.Empty(t, b.who())
	})
}

func unsolicited(r *devidp.Response) {
	r.InResponseTo = ""
	r.Assertions[0].Confirmations[0].InResponseTo = ""
}

// TestAnswersNobodyAskedFor never open a session, whoever's browser brings them.
func TestAnswersNobodyAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("acme")
	w.trust("acme", entity, trusted(), map[string]any{"idp_initiated": "deny"})
	w.browser().refused("acme", sso.CorrUnsolicited, who("ada@example.test"), unsolicited)
	w.trust("acme", entity, trusted(), nil)
	b := w.browser()
	require.Equal(t, 303, b.arrive("acme", who("ada@example.test"), unsolicited).status, "at most it starts a login")
	require.Empty(t, b.session())
	require.Empty(t, w.users("acme"))
	b.signIn("acme", who("ada@example.test"))
}
