// Package store keeps what the product knows: tenants, settings, people, sessions and traces, in PostgreSQL or in one SQLite file. It is the
// only room with tables and gorm; its row types stay inside. Only host may enter; the use cases see it through their ports.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
)

// Options say where the data is.
type Options struct {
	// DSN is a postgres:// URL, or the path of a SQLite file, which is made (mode 0600) when it does not exist; its folder must.
	DSN string
	// Now is the clock of the cache and of purging, time.Now by default. Rows carry the times that callers give.
	Now func() time.Time
	// MaxConns bounds the open connections to PostgreSQL, 16 by default. SQLite has one writer and a few readers.
	MaxConns int
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	dialect dialect
	write   *gorm.DB
	read    *gorm.DB // the same as write on PostgreSQL
	now     func() time.Time
	targets *targetCache
}

// Open connects to the database. It does not migrate: see [Store.Migrate] and [Store.Current]. A schema newer than this program knows is an
// error, because an old program would misread it.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the default of the option
	}
	if o.MaxConns == 0 {
		o.MaxConns = 16
	}
	s := &Store{now: o.Now, targets: newTargetCache(maxTargets, maxTargetBytes)}
	if err := s.connect(ctx, o); err != nil {
		return nil, fmt.Errorf("store: open: %w", err)
	}
	if _, err := s.behind(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("store: open: %w", err), s.Close())
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context, o Options) error {
	d, err := dialectOf(o.DSN)
	if err != nil {
		return err
	}
	s.dialect = d
	s.write, s.read, err = d.open(ctx, o)
	return err
}

// gormConfig keeps gorm quiet: its logger would print values, and errors are returned anyway; and plain: the only transactions are ours.
func gormConfig() *gorm.Config {
	return &gorm.Config{SkipDefaultTransaction: true, Logger: logger.Discard}
}

// Settings is the store as core/settings sees it.
func (s *Store) Settings() settings.Store { return settingsStore{s} }

// Login is the store as core/login sees it.
func (s *Store) Login() login.Store { return loginStore{s} }

// Directory is the store as core/directory sees it.
func (s *Store) Directory() directory.Store { return directoryStore{s} }

// Keys is the store as host/saml sees it.
func (s *Store) Keys() *Keys { return &Keys{s} }

// Ping reports whether the database answers and its schema is the one this program works with: readiness.
func (s *Store) Ping(ctx context.Context) error {
	db, err := s.read.DB()
	if err == nil {
		err = db.PingContext(ctx)
	}
	if err != nil {
		return fmt.Errorf("store: ping: %w", err)
	}
	return s.Current(ctx)
}

// Close ends all connections.
func (s *Store) Close() error {
	var errs []error
	for _, g := range []*gorm.DB{s.write, s.read} {
		db, err := g.DB()
		if err == nil {
			err = db.Close() // closing twice is no error
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("store: close: %w", err)
	}
	return nil
}
