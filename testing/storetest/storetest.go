// Package storetest holds the contract that every store keeps: what core/settings, core/login and core/directory rely on, tried one promise
// at a time. The real store runs it on each database, and so does the fake of the other tests: they cannot drift apart. Any test may enter.
package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// Store is one store as each use case sees it.
type Store interface {
	Settings() settings.Store
	Login() login.Store
	Directory() directory.Store
}

// Run tries the whole contract. open gives an empty store and closes it when the test ends.
func Run(t *testing.T, open func(t *testing.T) Store) {
	for _, part := range []struct {
		name  string
		tests []test
	}{
		{"tenants", tenantTests},
		{"settings", settingsTests},
		{"users", userTests},
		{"identities", identityTests},
		{"once", onceTests},
		{"sessions", sessionTests},
		{"traces", traceTests},
		{"tokens", tokenTests},
		{"links", linkTests},
		{"mails", mailTests},
		{"isolation", slices.Concat(isolationTests, listIsolationTests)},
		{"keys", keyTests},
		{"races", raceTests},
	} {
		t.Run(part.name, func(t *testing.T) {
			for _, test := range part.tests {
				t.Run(test.name, func(t *testing.T) { test.run(fixture{t, open(t)}) })
			}
		})
	}
}

type test struct {
	name string
	run  func(fixture)
}

// fixture is an empty store and short words for what every test does.
type fixture struct {
	*testing.T
	Store
}

// now is a time with nanoseconds: a store must not cut them.
var now = time.Date(2026, 3, 4, 5, 6, 7, 123456789, time.UTC)

const (
	acme   sso.TenantID = "acme"
	globex sso.TenantID = "globex"
	idp                 = "https://idp.example/entity"
)

// tenant creates a tenant with the roles of a new one.
func (f fixture) tenant(t sso.TenantID) {
	f.Helper()
	f.dir(t, func(tx directory.Tx) error {
		return tx.CreateTenant(sso.Tenant{ID: t, Name: string(t), CreatedAt: now}, sso.Catalogues{Roles: sso.DefaultRoles()})
	})
}

// person is an active agent.
func person(t sso.TenantID, name string) sso.User {
	return sso.User{
		Tenant: t, ID: sso.UserID("u_" + name), Email: sso.Email(name + "@example.com"), Name: name, Roles: []sso.Key{"agent"},
		Status: sso.Active, CreatedAt: now,
	}
}

func (f fixture) user(t sso.TenantID, name string) sso.User {
	f.Helper()
	u := person(t, name)
	f.dir(t, func(tx directory.Tx) error { return tx.CreateUser(u) })
	return u
}

func session(u sso.User, hash string) sso.Session {
	return sso.Session{
		Tenant: u.Tenant, Hash: hash, User: u.ID, Method: sso.BySSO, Provider: "okta", IDPEntityID: idp,
		NameID: sso.NameID{Value: "name-of-" + string(u.ID), Format: sso.FormatPersistent}, SessionIndex: "index",
		AuthnInstant: now.Add(-time.Second), CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour),
	}
}

func (f fixture) open(s sso.Session) {
	f.Helper()
	f.login(s.Tenant, func(tx login.Tx) error { return tx.CreateSession(s) })
}

// dir runs a transaction of the directory that must succeed; login one of logins.
func (f fixture) dir(t sso.TenantID, do func(directory.Tx) error) {
	f.Helper()
	require.NoError(f, f.Directory().InTx(f.Context(), t, do))
}

func (f fixture) login(t sso.TenantID, do func(login.Tx) error) {
	f.Helper()
	require.NoError(f, f.Login().InTx(f.Context(), t, do))
}

// dirFails runs a transaction that must be refused with code.
func (f fixture) dirFails(code sso.Code, t sso.TenantID, do func(directory.Tx) error) {
	f.Helper()
	f.refused(code, f.Directory().InTx(f.Context(), t, do))
}

func (f fixture) loginFails(code sso.Code, t sso.TenantID, do func(login.Tx) error) {
	f.Helper()
	f.refused(code, f.Login().InTx(f.Context(), t, do))
}

func (f fixture) refused(code sso.Code, err error) {
	f.Helper()
	require.Error(f, err)
	require.Equal(f, code, sso.CodeOf(err), "%v", err)
}

// same compares what came back with what went in: to the nanosecond, but an empty list is as good as none.
func (f fixture) same(want, got any) {
	f.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		f.Fatalf("not the same (-want +got):\n%s", diff)
	}
}

// must returns the value of a method that must succeed.
func must[T any](f fixture) func(v T, err error) T {
	return func(v T, err error) T {
		f.Helper()
		require.NoError(f, err)
		return v
	}
}
