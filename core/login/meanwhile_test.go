package login_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// What was looked at before the transaction may have changed by the time it runs: it looks again.

// cachedStore knows the tenant as it was.
type cachedStore struct {
	login.Store
	target login.Target
}

func (s cachedStore) Target(context.Context, sso.TenantID) (login.Target, error) {
	return s.target, nil
}

// remember lets the service see the tenant as it is now from now on.
func (w *world) remember() {
	w.t.Helper()
	target, err := w.service.Store.Target(w.t.Context(), acme)
	require.NoError(w.t, err)
	w.service.Store = cachedStore{w.service.Store, target}
}

func TestMeanwhile_SSOWasTurnedOffOrTheProviderChanged(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*sso.Settings)
		code   sso.Code
	}{
		"nothing":          {func(*sso.Settings) {}, ""},
		"off":              {func(s *sso.Settings) { s.UseSSO = false }, sso.SSOInactive},
		"another provider": {func(s *sso.Settings) { s.Provider = "pingone" }, sso.SSOInactive},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.remember()
			w.change(c.change)
			if c.code != "" {
				w.refused(ada(), c.code)
				return
			}
			_, err := w.signIn(ada())
			require.NoError(t, err)
		})
	}
}

// TestMeanwhile_TheProviderBecameAnother: the save that changed the entity ID has ended the sessions it knew of; no other may be opened after it.
func TestMeanwhile_TheProviderBecameAnother(t *testing.T) {
	for issuer, code := range map[string]sso.Code{entity: "", entity + "/2": sso.SSOInactive} {
		w := newWorld(t)
		w.remember()
		c, err := w.store.Settings().Connection(t.Context(), acme, "okta")
		require.NoError(t, err)
		before := c.Revision
		c.IdP.EntityID, c.Revision = issuer, before+1
		require.NoError(t, w.store.Settings().Save(t.Context(), settings.Change{Tenant: acme, Connection: &c, ExpectRevision: before}))
		if code != "" {
			w.refused(ada(), code)
			continue
		}
		_, err = w.signIn(ada())
		require.NoError(t, err)
	}
}

// goneStore still sees a link that was removed, where it looks outside of the transaction.
type goneStore struct{ login.Store }

func (goneStore) UserByIdentity(context.Context, sso.Identity) (sso.User, bool, error) {
	return sso.User{Tenant: acme, ID: "u_gone", Email: "gone@acme.test", Status: sso.Active}, true, nil
}

func (w *world) forget() { w.service.Store = goneStore{w.service.Store} }

func TestMeanwhile_TheLinkWasRemoved(t *testing.T) {
	w := newWorld(t)
	w.forget()
	in, err := w.signIn(ada())
	require.NoError(t, err, "the plugin is asked after all")
	require.True(t, in.Created)
	require.EqualValues(t, 1, w.plugin.calls.Load())

	w = newWorld(t)
	w.forget()
	w.plugin.ready = false
	w.refused(ada(), sso.ProviderUnavailable)
	require.Equal(t, sso.UserID("u_gone"), w.logins()[0].User, "the trace says whom it was taken for")
}

// TestMeanwhile_TheIdentityWasLinkedToAnother: the address leads to ada, who is somebody else there; the NameID has become bob's this very moment.
func TestMeanwhile_TheIdentityWasLinkedToAnother(t *testing.T) {
	w := newWorld(t)
	for _, email := range []string{"ada@acme.test", "bob@acme.test"} {
		_, err := w.signIn(person(email))
		require.NoError(t, err)
	}
	w.service.Store = lateStore{w.service.Store}
	mixed := ada()
	mixed.NameID.Value = "bob@acme.test"
	w.refused(mixed, sso.IdentityConflict)
}

// leavingPlugin goes once it has read a profile.
type leavingPlugin struct{ *fakePlugin }

func (p leavingPlugin) Provider(k sso.ProviderKey) (sso.Provider, error) {
	if p.calls.Load() > 0 {
		return nil, sso.Refuse("fake", sso.ProviderUnavailable)
	}
	return p.fakePlugin.Provider(k)
}

// TestMeanwhile_ThePluginWent: it has said all that is needed. Nobody is told to ask for an account for its sake.
func TestMeanwhile_ThePluginWent(t *testing.T) {
	w := newWorld(t)
	w.service.Providers = leavingPlugin{w.plugin}
	in, err := w.signIn(ada())
	require.NoError(t, err)
	require.True(t, in.Created)

	w = newWorld(t)
	w.service.Providers = leavingPlugin{w.plugin}
	a := ada()
	a.Attributes = a.Attributes[1:]
	_, err = w.signIn(a)
	var refusal *sso.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, sso.EmailMissing, refusal.Code)
	require.Equal(t, "user.email", refusal.Params["attribute"])
}

// quietPlugin does not say how its provider calls anything.
type quietPlugin struct{ *fakePlugin }

func (p quietPlugin) Provider(k sso.ProviderKey) (sso.Provider, error) {
	_, err := p.fakePlugin.Provider(k)
	return p, err
}

func (p quietPlugin) Manifest() sso.Manifest {
	m := p.fakePlugin.Manifest()
	m.AttributeHints = nil
	return m
}

func TestTable_EmailMissing_WithoutAHint(t *testing.T) {
	w := newWorld(t)
	w.service.Providers = quietPlugin{w.plugin}
	a := ada()
	a.Attributes = a.Attributes[1:]
	_, err := w.signIn(a)
	var refusal *sso.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, sso.EmailMissing, refusal.Code)
	require.Equal(t, sso.EmailAttribute, refusal.Params["attribute"])
}

// slowPasswords let something happen while they compare.
type slowPasswords struct{ meanwhile func() }

func (p slowPasswords) Verify(ctx context.Context, hash, password string) (bool, error) {
	p.meanwhile()
	return plainPasswords{}.Verify(ctx, hash, password)
}

func TestMeanwhile_PasswordsWereForbiddenOrThisOneWasTakenBack(t *testing.T) {
	by := sso.Actor{ID: "u_ada@acme.test"}
	for name, c := range map[string]struct {
		meanwhile func(w *world)
		code      sso.Code
	}{
		"nothing":          {func(*world) {}, ""},
		"SSO on":           {func(w *world) { w.change(func(s *sso.Settings) { s.UseSSO = true }) }, sso.PasswordRefused},
		"another password": {func(w *world) { w.edit(by, func(u *sso.User) { u.PasswordHash = "hash:other" }) }, sso.PasswordWrong},
		"deactivated":      {func(w *world) { w.edit(by, func(u *sso.User) { u.Status = sso.Deactivated }) }, sso.PasswordWrong},
		"deleted":          {func(w *world) { w.tx(func(tx directory.Tx) error { return tx.DeleteUser("u_ada@acme.test") }) }, sso.NotFound},
		"tenant disabled":  {func(w *world) { w.disable() }, sso.TenantDisabled},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(s *sso.Settings) { s.UseSSO = false })
			w.add("ada@acme.test", func(u *sso.User) { u.PasswordHash = "hash:right" })
			w.service.Passwords = slowPasswords{func() { c.meanwhile(w) }}
			_, err := w.service.Password(t.Context(), acme, "ada@acme.test", "right", "")
			require.Equal(t, c.code, sso.CodeOf(err))
			require.Equal(t, c.code == "", w.sessions() == 1)
		})
	}
}
