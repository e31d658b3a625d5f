package store

import (
	"context"
	"fmt"
	"time"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

const (
	// purgeAtOnce rows go in one transaction, so that logins never wait long behind a purge.
	purgeAtOnce = 1000
	// loginsKept is how long traces of logins are kept; they name people.
	loginsKept = 30 * 24 * time.Hour
	// maxLogins of a tenant are kept of those that succeeded and as many of those that did not: no flood of failures pushes out a success.
	maxLogins = 10_000
	// resetsKept is how long mails of forgotten passwords are kept: long enough to see why one did not come. Invitations stay with the person, as
	// what is known about them.
	resetsKept = 7 * 24 * time.Hour
	// usedMargin keeps the memory of assertions and requests beyond their end: nodes' clocks differ.
	usedMargin = time.Hour
)

// Purge deletes what has expired at now: sessions, memory of used assertions and requests, one-time links, old traces. It returns how many
// rows went. It may run on several nodes at once and be ended at any time by ctx.
func (s *Store) Purge(ctx context.Context, now time.Time) (int, error) {
	deletes := []struct {
		table, key, old string
		before          time.Time
	}{
		{"sessions", "tenant, hash", "expires_at", now},
		{"used_assertions", "tenant, issuer, assertion_id", "expires_at", now.Add(-usedMargin)},
		{"used_requests", "tenant, request_id", "expires_at", now.Add(-usedMargin)},
		{"links", "tenant, hash", "expires_at", now},
		{"logins", "tenant, id", "at", now.Add(-loginsKept)},
	}
	total, err := s.purge(ctx, "mails", "tenant, user_id, kind", "kind = ? AND queued_at <= ?", directory.ResetMail, momentOf(now.Add(-resetsKept)))
	if err != nil {
		return total, err
	}
	for _, d := range deletes {
		n, err := s.purge(ctx, d.table, d.key, d.old+" <= ?", momentOf(d.before))
		total += n
		if err != nil {
			return total, err
		}
	}
	n, err := s.purgeSurplus(ctx)
	return total + n, err
}

// purge deletes in small transactions. Every name in the statement is a constant of this file.
func (s *Store) purge(ctx context.Context, table, key, where string, args ...any) (int, error) {
	statement := fmt.Sprintf("DELETE FROM %[1]s WHERE (%[2]s) IN (SELECT %[2]s FROM %[1]s WHERE %[3]s LIMIT %[4]d)", table, key, where, purgeAtOnce)
	total := 0
	for {
		done := s.write.WithContext(ctx).Exec(statement, args...)
		if done.Error != nil {
			return total, fmt.Errorf("store: purge %s: %w", table, done.Error)
		}
		total += int(done.RowsAffected)
		if done.RowsAffected < purgeAtOnce {
			return total, nil
		}
	}
}

// purgeSurplus keeps the newest maxLogins of each tenant and kind.
func (s *Store) purgeSurplus(ctx context.Context) (int, error) {
	total := 0
	for _, kind := range []string{"outcome = ?", "outcome <> ?"} {
		var tenants []string
		err := s.read.WithContext(ctx).Raw("SELECT tenant FROM logins WHERE "+kind+" GROUP BY tenant HAVING COUNT(*) > ?", sso.SignedIn, maxLogins).
			Scan(&tenants).Error
		if err != nil {
			return total, fmt.Errorf("store: purge logins: %w", err)
		}
		for _, t := range tenants {
			n, err := s.purge(ctx, "logins", "tenant, id",
				"tenant = ? AND "+kind+" AND id <= (SELECT id FROM logins WHERE tenant = ? AND "+kind+" ORDER BY id DESC LIMIT 1 OFFSET ?)",
				t, sso.SignedIn, t, sso.SignedIn, maxLogins)
			total += n
			if err != nil {
				return total, err
			}
		}
	}
	return total, nil
}
