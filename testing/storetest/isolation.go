package storetest

import (
	"errors"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

var isolationTests = []test{
	{"nothing of one tenant is seen or changed from another", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		ada := f.user(acme, "ada")
		f.open(session(ada, "s"))
		f.login(acme, func(tx login.Tx) error {
			return errors.Join(tx.Link(identity(acme, "ada"), ada.ID, now), tx.RecordLogin(refusal(acme, now)))
		})
		f.dir(acme, func(tx directory.Tx) error {
			return errors.Join(tx.CreateToken(token("k_1")),
				tx.CreateLink(directory.Link{Tenant: acme, Hash: "l", Purpose: directory.FirstAdministrator, Expires: now.Add(time.Hour)}),
				tx.Audit(sso.AuditEntry{Tenant: acme, At: now, Action: "x"}))
		})
		require.NoError(f, f.Settings().Save(f.Context(), save(new(fullSettings(1)), new(fullConnection(1)))))
		f.foreignReads(ada)
		f.foreignWrites(ada)

		_, u, err := f.Login().Session(f.Context(), acme, "s")
		require.NoError(f, err)
		f.same(ada, u)
		person := must[directory.Person](f)(f.Directory().User(f.Context(), acme, ada.ID))
		require.Len(f, person.Identities, 1)
		require.Len(f, must[[]directory.Token](f)(f.Directory().Tokens(f.Context(), acme)), 1)
		_, err = f.Directory().Link(f.Context(), acme, "l", now)
		require.NoError(f, err)
		require.NotEmpty(f, must[sso.Catalogues](f)(f.Directory().Catalogues(f.Context(), acme)).Roles)
	}},
	{"the same names live in both", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		a, b := f.user(acme, "ada"), f.user(globex, "ada")
		f.open(session(a, "s"))
		f.open(session(b, "s"))
		f.login(acme, func(tx login.Tx) error { return tx.Link(identity(acme, "n"), a.ID, now) })
		f.login(globex, func(tx login.Tx) error { return tx.Link(identity(globex, "n"), b.ID, now) })
		f.dir(acme, func(tx directory.Tx) error { return tx.DeleteUser(a.ID) })
		_, u, err := f.Login().Session(f.Context(), globex, "s")
		require.NoError(f, err)
		f.same(b, u)
		got, ok, err := f.Login().UserByIdentity(f.Context(), identity(globex, "n"))
		require.NoError(f, err)
		require.True(f, ok)
		f.same(b, got)
	}},
	{"a transaction takes no object of another tenant", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		ada := f.user(acme, "ada")
		f.dirFails(sso.NotFound, globex, func(tx directory.Tx) error { return tx.CreateUser(person(acme, "bob")) })
		f.dirFails(sso.NotFound, globex, func(tx directory.Tx) error { return tx.UpdateUser(ada) })
		f.loginFails(sso.NotFound, globex, func(tx login.Tx) error { return tx.CreateSession(session(ada, "x")) })
		f.loginFails(sso.NotFound, globex, func(tx login.Tx) error { return tx.Link(identity(acme, "x"), ada.ID, now) })
	}},
}

// foreignReads looks for acme's things from globex.
func (f fixture) foreignReads(ada sso.User) {
	ctx := f.Context()
	_, err := f.Directory().User(ctx, globex, ada.ID)
	f.refused(sso.NotFound, err)
	_, _, err = f.Login().Session(ctx, globex, "s")
	f.refused(sso.NotFound, err)
	_, err = f.Directory().Link(ctx, globex, "l", now)
	f.refused(sso.LinkInvalid, err)
	require.Empty(f, f.people(globex, directory.UserQuery{}))
	require.Empty(f, f.logins(globex))
	require.Empty(f, must[[]directory.Token](f)(f.Directory().Tokens(ctx, globex)))
	rows, _, err := f.Directory().Audit(ctx, globex, directory.AuditQuery{Page: directory.Page{Limit: 10}})
	require.NoError(f, err)
	require.Empty(f, rows)
	s, _, err := f.Settings().State(ctx, globex)
	require.NoError(f, err)
	f.same(sso.NewSettings(globex), s)
	require.Zero(f, must[sso.Connection](f)(f.Settings().Connection(ctx, globex, "okta")).Revision)
	_, ok, err := f.Login().UserByIdentity(ctx, identity(globex, "ada"))
	require.NoError(f, err)
	require.False(f, ok)
	_, ok, err = f.Login().UserByEmail(ctx, globex, ada.Email)
	require.NoError(f, err)
	require.False(f, ok)
	f.login(globex, func(tx login.Tx) error {
		on, _, err := tx.Active()
		require.False(f, on)
		_, ok, mailErr := tx.UserByEmail(ada.Email)
		require.False(f, ok)
		_, ok, idErr := tx.UserByIdentity(identity(globex, "ada"))
		require.False(f, ok)
		has, hasErr := tx.HasIdentity(ada.ID, idp)
		require.False(f, has)
		_, userErr := tx.User(ada.ID)
		f.refused(sso.NotFound, userErr)
		return errors.Join(err, mailErr, idErr, hasErr)
	})
}

// foreignWrites tries to change acme's things from globex.
func (f fixture) foreignWrites(ada sso.User) {
	require.NoError(f, f.Login().Seen(f.Context(), globex, "s", now.Add(time.Hour)))
	f.login(globex, func(tx login.Tx) error {
		_, ok, err := tx.EndSession("s")
		require.False(f, ok)
		return err
	})
	f.dir(globex, func(tx directory.Tx) error {
		require.Zero(f, must[int](f)(tx.RoleHolders("agent")))
		require.Zero(f, must[int](f)(tx.DeleteIdentities(ada.ID)))
		return errors.Join(tx.EndSessions(ada.ID), tx.EndAllSessions(), tx.SaveRoles(nil), tx.SaveInboxes(nil))
	})
	f.dirFails(sso.NotFound, globex, func(tx directory.Tx) error { return tx.DeleteUser(ada.ID) })
	f.dirFails(sso.NotFound, globex, func(tx directory.Tx) error { return tx.DeleteToken("k_1") })
	f.dirFails(sso.LinkInvalid, globex, func(tx directory.Tx) error { _, err := tx.SpendLink("l", now); return err })
}
