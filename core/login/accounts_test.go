package login_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// second is the identity provider that a tenant goes on to.
const second = "https://auth.pingone.test/second"

// goOn switches the tenant to a connection of its own at the second provider.
func (w *world) goOn() {
	w.t.Helper()
	c := sso.Connection{Tenant: acme, Provider: "pingone", Revision: 1, IdP: sso.IdentityProvider{EntityID: second}}
	require.NoError(w.t, w.store.Settings().Save(w.t.Context(), settings.Change{Tenant: acme, Connection: &c}))
	w.change(func(s *sso.Settings) { s.Provider = "pingone" })
}

// ofSecond is an assertion of the second provider.
func ofSecond(a sso.Assertion) sso.Assertion {
	a.IDPEntityID = second
	return a
}

func (w *world) accounts() int {
	w.t.Helper()
	all, _, err := w.store.Directory().Users(w.t.Context(), acme, directory.UserQuery{Page: directory.Page{Limit: 10}})
	require.NoError(w.t, err)
	return len(all)
}

// TestTable_APersonWithAPassword_LinkedNotDuplicated, although new people would be created; the password is theirs again when SSO goes off.
func TestTable_APersonWithAPassword_LinkedNotDuplicated(t *testing.T) {
	w := newWorld(t)
	local := w.add("ada@acme.test", func(u *sso.User) { u.PasswordHash = "hash:right" })
	in, err := w.signIn(ada("admins"))
	require.NoError(t, err)
	require.Equal(t, local.ID, in.User.ID)
	require.True(t, in.Linked)
	require.False(t, in.Created)
	require.Equal(t, 1, w.accounts())
	u := w.user(local.ID)
	require.Equal(t, local.Roles, u.Roles, "mappings are for creation")
	require.Equal(t, local.PasswordHash, u.PasswordHash)

	_, err = w.service.Password(t.Context(), acme, "ada@acme.test", "right", "")
	require.Equal(t, sso.PasswordRefused, sso.CodeOf(err))
	w.change(func(s *sso.Settings) { s.UseSSO = false })
	in, err = w.service.Password(t.Context(), acme, "ada@acme.test", "right", "")
	require.NoError(t, err)
	require.Equal(t, local.ID, in.User.ID)
}

// TestTable_AtASecondProvider_LinkedOnceMoreNotDuplicated: after a switch people keep their accounts, and after a switch back they need no plugin.
func TestTable_AtASecondProvider_LinkedOnceMoreNotDuplicated(t *testing.T) {
	w := newWorld(t)
	first, err := w.signIn(ada())
	require.NoError(t, err)
	w.goOn()
	in, err := w.signIn(ofSecond(ada()))
	require.NoError(t, err)
	require.Equal(t, first.User.ID, in.User.ID)
	require.True(t, in.Linked)
	require.Equal(t, 1, w.accounts())
	var at []string
	for _, i := range w.user(in.User.ID).Identities {
		at = append(at, i.IDPEntityID)
	}
	require.ElementsMatch(t, []string{entity, second}, at)
	other := ofSecond(ada())
	other.NameID.Value = "somebody-else"
	w.refused(other, sso.IdentityConflict)

	w.change(func(s *sso.Settings) { s.Provider = "okta" })
	w.plugin.ready = false
	in, err = w.signIn(ada())
	require.NoError(t, err)
	require.Equal(t, first.User.ID, in.User.ID)
	require.False(t, in.Linked || in.Created)
}

// TestTable_ANameOfAnotherProviderIsAnotherPerson: what one provider calls ada says nothing about whom the next one calls so.
func TestTable_ANameOfAnotherProviderIsAnotherPerson(t *testing.T) {
	w := newWorld(t)
	first, err := w.signIn(ada())
	require.NoError(t, err)
	w.goOn()
	namesake := ofSecond(person("bob@acme.test"))
	namesake.NameID = ada().NameID
	in, err := w.signIn(namesake)
	require.NoError(t, err)
	require.True(t, in.Created)
	require.NotEqual(t, first.User.ID, in.User.ID)
	require.EqualValues(t, "bob@acme.test", in.User.Email)
	again, err := w.signIn(namesake)
	require.NoError(t, err)
	require.Equal(t, in.User.ID, again.User.ID, "the twin: at one provider a name is one person")
}
