package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/idplug/idplug/core/sso"
)

// tx is a transaction of one tenant. Its methods are spread over the files of the nouns; loginTx and directoryTx choose among them.
type tx struct {
	db      *gorm.DB
	dialect dialect
	tenant  sso.TenantID
	// raced: a row was in the way that another transaction made since this one looked. Running again finds it.
	raced bool
	// touched: something that a login reads of the tenant was changed.
	touched bool
}

const (
	// maxRuns bounds how often a transaction that lost against another one runs.
	maxRuns = 8
	// firstPause is the longest wait before the second run; it doubles with each run.
	firstPause = 4 * time.Millisecond
)

// inTx runs do in a transaction until it does not collide with another one, at most maxRuns times.
//
// On SQLite transactions run one after the other. On PostgreSQL they are read committed; what must not change under them is locked by
// [tx.lockTenant] and by reading users for update, what must not exist twice has a unique constraint.
func (s *Store) inTx(ctx context.Context, t sso.TenantID, do func(*tx) error) error {
	for run := 1; ; run++ {
		x := &tx{dialect: s.dialect, tenant: t}
		err := s.write.WithContext(ctx).Transaction(func(db *gorm.DB) error {
			x.db = db
			return do(x)
		})
		if err == nil {
			if x.touched {
				s.targets.drop(t)
			}
			return nil
		}
		if run == maxRuns || !(collided(err) || x.raced) {
			return err
		}
		if pause(ctx, firstPause<<(run-1)) != nil {
			return err
		}
	}
}

// pause waits up to d: a random time, so that those who collided do not meet again.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(rand.N(d)) //nolint:gosec // jitter, no secret
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inSnapshot runs do in a transaction that only reads and sees one moment.
func (s *Store) inSnapshot(ctx context.Context, do func(*gorm.DB) error) error {
	o := sql.TxOptions{ReadOnly: true}
	if !s.dialect.snapshot() {
		o.Isolation = sql.LevelRepeatableRead
	}
	return s.read.WithContext(ctx).Transaction(do, &o)
}

// How a transaction locks its tenant: logins side by side, changes by administrators alone. So a login and a save see each other whole or
// not at all, and two changes that are right each by itself cannot be wrong together (two administrators who demote each other).
const (
	sideBySide = clause.LockingStrengthShare
	alone      = clause.LockingStrengthUpdate
)

// locked is what the lock reads on the way.
type locked struct {
	UseSSO   bool
	Provider string
	Disabled bool
	Version  int64
}

// lockTenant locks tenant and settings until the transaction ends; [sso.NotFound] when there is no such tenant. Settings always have a row.
func (x *tx) lockTenant(op, strength string) (locked, error) {
	var row locked
	err := x.db.Table("settings").Select("settings.use_sso, settings.provider, settings.version, tenants.disabled").
		Joins("JOIN tenants ON tenants.id = settings.tenant").Where("settings.tenant = ?", x.tenant).
		Clauses(clause.Locking{Strength: strength}).Take(&row).Error
	return row, fail(op, err)
}

// touch moves the tenant's revision, by which every node sees that its copy is old.
func (x *tx) touch(op string) error {
	x.touched = true
	return x.one(op, x.db.Exec("UPDATE tenants SET revision = revision + 1 WHERE id = ?", x.tenant))
}

// one is the outcome of a statement that must have met a row; [sso.NotFound] when it did not.
func (x *tx) one(op string, done *gorm.DB) error {
	if done.Error == nil && done.RowsAffected == 0 {
		return sso.Refuse(op, sso.NotFound)
	}
	return fail(op, done.Error)
}

// mine refuses an object of another tenant: as far as this transaction goes, it does not exist.
func (x *tx) mine(op string, t sso.TenantID) error {
	if t != x.tenant {
		return sso.Refuse(op, sso.NotFound).Because(fmt.Errorf("belongs to tenant %q, not %q", t, x.tenant))
	}
	return nil
}

// fail gives an error of the database the code that callers know: [sso.NotFound] for a row that is not there, or whose owner is not.
func fail(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gorm.ErrRecordNotFound), violatedForeignKey(err), unstorable(err):
		return sso.Refuse(op, sso.NotFound).Because(err)
	}
	return fmt.Errorf("%s: %w", op, err)
}

// failUnique is fail for an INSERT whose unique constraint means code.
func failUnique(op string, err error, code sso.Code) error {
	if _, ok := violated(err); ok {
		return sso.Refuse(op, code).Because(err)
	}
	return fail(op, err)
}
