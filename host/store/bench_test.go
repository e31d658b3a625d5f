package store_test

import (
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/store"
	"github.com/idplug/idplug/testing/integration"
)

// BenchmarkLogin is what the login of a linked person asks of the store: a look for the link, then one transaction.
func BenchmarkLogin(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkLogin(b, migrated(b, filepath.Join(b.TempDir(), "idplug.db"))) })
	b.Run("postgres", func(b *testing.B) { benchmarkLogin(b, migrated(b, integration.StartPostgres(b).Database(b))) })
}

func benchmarkLogin(b *testing.B, s *store.Store) {
	createTenant(b, s, "acme")
	const people = 100
	identity := func(i int) sso.Identity {
		return sso.Identity{Tenant: "acme", IDPEntityID: "idp", Class: sso.ClassNameID, Value: strconv.Itoa(i)}
	}
	for i := range people {
		u := sso.User{Tenant: "acme", ID: sso.UserID("u_" + strconv.Itoa(i)), Email: sso.Email(strconv.Itoa(i) + "@example.com"), Status: sso.Active}
		require.NoError(b, s.Directory().InTx(b.Context(), "acme", func(tx directory.Tx) error { return tx.CreateUser(u) }))
		require.NoError(b, s.Login().InTx(b.Context(), "acme", func(tx login.Tx) error { return tx.Link(identity(i), u.ID, now) }))
	}
	var next atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := int(next.Add(1))
			if err := oneLogin(b, s, identity(n%people), strconv.Itoa(n)); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func oneLogin(b *testing.B, s *store.Store, id sso.Identity, n string) error {
	if _, err := s.Login().Target(b.Context(), "acme"); err != nil {
		return err
	}
	if _, _, err := s.Login().UserByIdentity(b.Context(), id); err != nil {
		return err
	}
	return s.Login().InTx(b.Context(), "acme", func(tx login.Tx) error {
		if _, _, err := tx.Active(); err != nil {
			return err
		}
		if err := tx.UseOnce("idp", "_a"+n, "_r"+n, now); err != nil {
			return err
		}
		u, _, err := tx.UserByIdentity(id)
		if err != nil {
			return err
		}
		u.LastLoginAt = now
		if err := tx.UpdateUser(u); err != nil {
			return err
		}
		session := sso.Session{Tenant: "acme", Hash: n, User: u.ID, Method: sso.BySSO, Provider: "okta", CreatedAt: now, SeenAt: now, ExpiresAt: now}
		if err := tx.CreateSession(session); err != nil {
			return err
		}
		return tx.RecordLogin(sso.LoginRecord{Tenant: "acme", At: now, User: u.ID, Outcome: sso.SignedIn, Steps: make([]sso.Step, 10)})
	})
}
