package memstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/memstore"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func seeded(t *testing.T) *memstore.Store {
	t.Helper()
	s := memstore.New()
	err := s.Directory().InTx(t.Context(), "acme", func(tx directory.Tx) error {
		if err := tx.CreateTenant(sso.Tenant{ID: "acme", Name: "Acme"}, sso.Catalogues{Roles: sso.DefaultRoles()}); err != nil {
			return err
		}
		return tx.CreateUser(sso.User{Tenant: "acme", ID: "u_1", Email: "ada@example.com", Roles: []sso.Key{"agent"}, Status: sso.Active})
	})
	require.NoError(t, err)
	return s
}

func TestAFailedTransactionLeavesNothing(t *testing.T) {
	s := seeded(t)
	boom := errors.New("boom")
	err := s.Directory().InTx(t.Context(), "acme", func(tx directory.Tx) error {
		require.NoError(t, tx.CreateUser(sso.User{Tenant: "acme", ID: "u_2", Email: "bob@example.com"}))
		require.NoError(t, tx.DeleteUser("u_1"))
		require.NoError(t, tx.Audit(sso.AuditEntry{Tenant: "acme"}))
		return boom
	})
	require.ErrorIs(t, err, boom)

	people, next, err := s.Directory().Users(t.Context(), "acme", directory.UserQuery{Page: directory.Page{Limit: 10}})
	require.NoError(t, err)
	require.Empty(t, next)
	require.Len(t, people, 1)
	require.Equal(t, sso.UserID("u_1"), people[0].ID)
	entries, _, err := s.Directory().Audit(t.Context(), "acme", directory.AuditQuery{Page: directory.Page{Limit: 10}})
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestFailRefusesTheCommitAfterTheTransactionRan(t *testing.T) {
	s := seeded(t)
	disk := errors.New("disk full")
	s.Fail(disk)
	ran := false
	err := s.Directory().InTx(t.Context(), "acme", func(tx directory.Tx) error {
		ran = true
		return tx.DeleteUser("u_1")
	})
	require.ErrorIs(t, err, disk)
	require.True(t, ran)
	_, err = s.Directory().User(t.Context(), "acme", "u_1")
	require.NoError(t, err)
}

func TestABrokenStoreAnswersNothing(t *testing.T) {
	s := seeded(t)
	gone := errors.New("gone")
	s.Break(1, gone)
	_, err := s.Directory().User(t.Context(), "acme", "u_1")
	require.NoError(t, err, "one is left")
	_, err = s.Directory().User(t.Context(), "acme", "u_1")
	require.ErrorIs(t, err, gone)
	require.ErrorIs(t, s.Directory().InTx(t.Context(), "acme", func(directory.Tx) error { return nil }), gone)
	s.Break(0, nil)
	_, err = s.Directory().User(t.Context(), "acme", "u_1")
	require.NoError(t, err)
}

func TestRunTwiceKeepsOneRun(t *testing.T) {
	s := seeded(t)
	s.RunTwice()
	runs := 0
	err := s.Login().InTx(t.Context(), "acme", func(tx login.Tx) error {
		runs++
		return tx.UseOnce("idp", "a1", "r1", now)
	})
	require.NoError(t, err)
	require.Equal(t, 2, runs)
}

func TestReadersSeeWhatWasCommitted(t *testing.T) {
	s := seeded(t)
	require.NoError(t, s.Directory().InTx(t.Context(), "acme", func(tx directory.Tx) error {
		require.NoError(t, tx.DeleteUser("u_1"))
		_, err := s.Directory().User(t.Context(), "acme", "u_1")
		require.NoError(t, err)
		return nil
	}))
	_, err := s.Directory().User(t.Context(), "acme", "u_1")
	require.Equal(t, sso.NotFound, sso.CodeOf(err))
}

func TestWhatIsGivenBackSharesNothing(t *testing.T) {
	s := seeded(t)
	p, err := s.Directory().User(t.Context(), "acme", "u_1")
	require.NoError(t, err)
	p.Roles[0] = "administrator"
	again, err := s.Directory().User(t.Context(), "acme", "u_1")
	require.NoError(t, err)
	require.Equal(t, []sso.Key{"agent"}, again.Roles)
}

func TestAStaleSaveIsRefusedWithTheVersionThatStands(t *testing.T) {
	s := seeded(t)
	next := sso.NewSettings("acme")
	next.Version = 1
	change := settings.Change{Tenant: "acme", Settings: &next, Audit: sso.AuditEntry{Tenant: "acme"}}
	require.NoError(t, s.Settings().Save(t.Context(), change))
	err := s.Settings().Save(t.Context(), change)
	require.Equal(t, sso.VersionConflict, sso.CodeOf(err))
	var e *sso.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "1", e.Params["version"])
}

func TestConstraints(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(directory.Tx) error
		want sso.Code
	}{
		"slug": {func(tx directory.Tx) error { return tx.CreateTenant(sso.Tenant{ID: "acme"}, sso.Catalogues{}) }, sso.SlugTaken},
		"e-mail": {func(tx directory.Tx) error {
			return tx.CreateUser(sso.User{Tenant: "acme", ID: "u_2", Email: "ada@example.com"})
		}, sso.EmailTaken},
		"token": {func(tx directory.Tx) error { return tx.DeleteToken("t_1") }, sso.NotFound},
		"link":  {func(tx directory.Tx) error { _, err := tx.SpendLink("h", now); return err }, sso.LinkInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, sso.CodeOf(seeded(t).Directory().InTx(t.Context(), "acme", c.do)))
		})
	}
}

func TestACancelledContextStartsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := seeded(t).Directory().InTx(ctx, "acme", func(directory.Tx) error { return nil })
	require.ErrorIs(t, err, context.Canceled)
}
