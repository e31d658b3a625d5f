package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/store"
)

func purges(t *testing.T, dsn string) {
	s := open(t, store.Options{DSN: dsn})
	_, err := s.Migrate(t.Context())
	require.NoError(t, err)
	createTenant(t, s, "acme")
	const day = 24 * time.Hour
	user := sso.User{Tenant: "acme", ID: "u_1", Email: "ada@example.com", Status: sso.Active}
	require.NoError(t, s.Directory().InTx(t.Context(), "acme", func(tx directory.Tx) error {
		return errors.Join(tx.CreateUser(user),
			tx.CreateLink(directory.Link{Tenant: "acme", Hash: "old", Purpose: directory.SetPassword, User: "u_1", Expires: now}),
			tx.CreateLink(directory.Link{Tenant: "acme", Hash: "new", Purpose: directory.SetPassword, User: "u_1", Expires: now.Add(1)}),
			tx.Audit(sso.AuditEntry{Tenant: "acme", At: now.Add(-1000 * day), Action: "kept for ever"}))
	}))
	require.NoError(t, s.Login().InTx(t.Context(), "acme", func(tx login.Tx) error {
		session := sso.Session{Tenant: "acme", Hash: "old", User: "u_1", Method: sso.ByPassword, ExpiresAt: now}
		later := session
		later.Hash, later.ExpiresAt = "new", now.Add(1)
		trace := sso.LoginRecord{Tenant: "acme", At: now.Add(-30 * day), Outcome: sso.SignedIn}
		newer := trace
		newer.At = now.Add(-29 * day)
		return errors.Join(tx.CreateSession(session), tx.CreateSession(later), tx.UseOnce("i", "_old", "_old", now.Add(-time.Hour)),
			tx.UseOnce("i", "_new", "_new", now.Add(-time.Hour+1)), tx.RecordLogin(trace), tx.RecordLogin(newer))
	}))

	n, err := s.Purge(t.Context(), now)
	require.NoError(t, err)
	require.Equal(t, 5, n, "one each of sessions, assertions, requests, links and logins")
	n, err = s.Purge(t.Context(), now)
	require.NoError(t, err)
	require.Zero(t, n)

	_, _, err = s.Login().Session(t.Context(), "acme", "old")
	require.Equal(t, sso.NotFound, sso.CodeOf(err))
	_, _, err = s.Login().Session(t.Context(), "acme", "new")
	require.NoError(t, err)
	_, err = s.Directory().Link(t.Context(), "acme", "new", now)
	require.NoError(t, err)
	err = s.Login().InTx(t.Context(), "acme", func(tx login.Tx) error { return tx.UseOnce("i", "_new", "_", now) })
	require.Equal(t, sso.ReplayAssertion, sso.CodeOf(err))
	audit, _, err := s.Directory().Audit(t.Context(), "acme", directory.AuditQuery{Page: directory.Page{Limit: 1}})
	require.NoError(t, err)
	require.Len(t, audit, 1)
}

// What nobody had to prove who they are for must not fill the disk, nor push out what they did.
func purgesSurplus(t *testing.T, dsn string) {
	s := open(t, store.Options{DSN: dsn})
	_, err := s.Migrate(t.Context())
	require.NoError(t, err)
	createTenant(t, s, "acme")
	createTenant(t, s, "globex")
	db := raw(t, dsn)
	insert := func(tenant, outcome string, from, to int) {
		_, err := db.ExecContext(t.Context(), fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d)
				INSERT INTO logins (tenant, id, at, request_id, user_id, email, provider, outcome, code, steps, grants)
				SELECT '%s', i, %d, '', '', '', '', '%s', '', '[]', '' FROM n`, from, to, tenant, now.UnixNano(), outcome))
		require.NoError(t, err)
	}
	insert("acme", sso.SignedIn, 1, 3)
	insert("acme", sso.Refused, 11, 12_510)
	insert("globex", sso.Refused, 20_001, 20_005)

	n, err := s.Purge(t.Context(), now)
	require.NoError(t, err)
	require.Equal(t, 2500, n)
	var signedIn, refused, oldest int
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT (SELECT COUNT(*) FROM logins WHERE outcome = 'signed_in'),
			(SELECT COUNT(*) FROM logins WHERE outcome = 'refused' AND tenant = 'acme'), (SELECT MIN(id) FROM logins WHERE outcome = 'refused')`).
		Scan(&signedIn, &refused, &oldest))
	require.Equal(t, []int{3, 10_000, 2511}, []int{signedIn, refused, oldest})
}

func TestPurgeEndsWithItsContext(t *testing.T) {
	s := sqlite(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Purge(ctx, now)
	require.ErrorIs(t, err, context.Canceled)
}
