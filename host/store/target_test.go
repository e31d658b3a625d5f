package store_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/store"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func fill(statement, id, email, status string) string {
	return strings.NewReplacer("%id", id, "%email", email, "%status", status).Replace(statement)
}

func createTenant(t testing.TB, s *store.Store, id sso.TenantID) {
	t.Helper()
	require.NoError(t, s.Directory().InTx(t.Context(), id, func(tx directory.Tx) error {
		return tx.CreateTenant(sso.Tenant{ID: id, Name: string(id), CreatedAt: now}, sso.Catalogues{Roles: sso.DefaultRoles()})
	}))
}

func rename(t *testing.T, s *store.Store, id sso.TenantID, name string) {
	t.Helper()
	require.NoError(t, s.Directory().InTx(t.Context(), id, func(tx directory.Tx) error {
		return tx.UpdateTenant(sso.Tenant{ID: id, Name: name})
	}))
}

// clock is a clock that stands until it is moved.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time        { return now.Add(time.Duration(c.at.Load())) }
func (c *clock) move(by time.Duration) { c.at.Add(int64(by)) }

func TestTargetShowsAnotherNodesSaveWithinFiveSeconds(t *testing.T) {
	dsn, c := filepath.Join(t.TempDir(), "idplug.db"), &clock{}
	here, there := open(t, store.Options{DSN: dsn, Now: c.now}), open(t, store.Options{DSN: dsn, Now: c.now})
	_, err := here.Migrate(t.Context())
	require.NoError(t, err)
	createTenant(t, here, "acme")
	name := func(s *store.Store) string {
		target, err := s.Login().Target(t.Context(), "acme")
		require.NoError(t, err)
		return target.Tenant.Name
	}
	require.Equal(t, "acme", name(here))
	require.Equal(t, "acme", name(there))

	rename(t, there, "acme", "new")
	require.Equal(t, "new", name(there), "at once where it was saved")
	require.Equal(t, "acme", name(here), "a copy is used while it is fresh")
	c.move(5 * time.Second)
	require.Equal(t, "new", name(here))

	c.move(-time.Hour) // a clock that was set back does not freeze the copy
	rename(t, there, "acme", "newer")
	require.Equal(t, "newer", name(here))

	require.NoError(t, there.Directory().InTx(t.Context(), "acme", func(tx directory.Tx) error { return tx.DeleteTenant() }))
	createTenant(t, there, "acme")
	c.move(5 * time.Second)
	require.Equal(t, "acme", name(here), "a tenant made anew is another one")
	require.NoError(t, there.Directory().InTx(t.Context(), "acme", func(tx directory.Tx) error { return tx.DeleteTenant() }))
	_, err = there.Login().Target(t.Context(), "acme")
	require.Equal(t, sso.NotFound, sso.CodeOf(err))
	c.move(5 * time.Second)
	_, err = here.Login().Target(t.Context(), "acme")
	require.Equal(t, sso.NotFound, sso.CodeOf(err))
}

func TestTargetIsNeverOlderThanASaveOfThisProcess(t *testing.T) {
	s := sqlite(t)
	createTenant(t, s, "acme")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 { // readers who try to put an old copy back
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := s.Login().Target(t.Context(), "acme"); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 100 {
		want := fmt.Sprintf("name %d", i)
		rename(t, s, "acme", want)
		target, err := s.Login().Target(t.Context(), "acme")
		require.NoError(t, err)
		require.Equal(t, want, target.Tenant.Name)
	}
	close(stop)
	wg.Wait()
}

func TestTargetOfNoTenant(t *testing.T) {
	s := sqlite(t)
	for _, id := range []sso.TenantID{"", "acme", "ACME", "a b", "a\x00", "-a", sso.TenantID(strings.Repeat("a", 10_000))} {
		_, err := s.Login().Target(t.Context(), id)
		require.Equal(t, sso.NotFound, sso.CodeOf(err), "%q", id)
	}
	createTenant(t, s, "acme")
	_, err := s.Login().Target(t.Context(), "acme")
	require.NoError(t, err, "that there was none is not remembered")
}

func TestSaveOfAnotherTenantsSettingsIsRefused(t *testing.T) {
	s := sqlite(t)
	createTenant(t, s, "acme")
	createTenant(t, s, "globex")
	set := sso.NewSettings("acme")
	set.Version = 1
	err := s.Settings().Save(t.Context(), settings.Change{Tenant: "globex", Settings: &set, Audit: sso.AuditEntry{Tenant: "globex"}})
	require.Equal(t, sso.NotFound, sso.CodeOf(err))
}
