package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// ErrNewerSchema says that a newer program has migrated the database.
var ErrNewerSchema = errors.New("the database schema is newer than this program: use the newer program, or restore the backup made before it")

// ErrPending says that the database has to be migrated first.
var ErrPending = errors.New("the database schema is older than this program: run `idplug migrate`")

// Migrate brings the schema up to date and returns how many migrations ran. Several processes may call it at once: one migrates, the others
// wait and find nothing left to do.
func (s *Store) Migrate(ctx context.Context) (int, error) {
	if _, err := s.behind(ctx); err != nil {
		return 0, fmt.Errorf("store: migrate: %w", err)
	}
	p, err := s.provider()
	if err != nil {
		return 0, fmt.Errorf("store: migrate: %w", err)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("store: migrate: %w", err)
	}
	return len(done), nil
}

// Pending counts the migrations that Migrate would run.
func (s *Store) Pending(ctx context.Context) (int, error) {
	n, err := s.behind(ctx)
	if err != nil {
		return 0, fmt.Errorf("store: pending: %w", err)
	}
	return n, nil
}

// Current returns nil when the schema is the one this program works with, else an error with [ErrPending] or [ErrNewerSchema].
func (s *Store) Current(ctx context.Context) error {
	n, err := s.Pending(ctx)
	if err == nil && n > 0 {
		err = fmt.Errorf("store: %w (%d pending)", ErrPending, n)
	}
	return err
}

// behind counts pending migrations without writing anything, not even goose's own table.
func (s *Store) behind(ctx context.Context) (int, error) {
	p, err := s.provider()
	if err != nil {
		return 0, err
	}
	var at int64
	db := s.read.WithContext(ctx)
	if db.Migrator().HasTable(goose.DefaultTablename) {
		err := db.Raw("SELECT COALESCE(MAX(version_id), 0) FROM " + goose.DefaultTablename + " WHERE is_applied").Scan(&at).Error
		if err != nil {
			return 0, fmt.Errorf("read schema version: %w", err)
		}
	}
	known, n := int64(0), 0
	for _, m := range p.ListSources() {
		known = max(known, m.Version)
		if m.Version > at {
			n++
		}
	}
	if at > known {
		return 0, fmt.Errorf("%w (it has version %d, this program knows %d)", ErrNewerSchema, at, known)
	}
	return n, ctx.Err() // HasTable hides why it could not look
}

func (s *Store) provider() (*goose.Provider, error) {
	lock, err := s.dialect.lock()
	if err != nil {
		return nil, err
	}
	dir, err := fs.Sub(migrations, "migrations/"+folder(s.dialect.goose()))
	if err != nil {
		return nil, err
	}
	db, err := s.write.DB()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(s.dialect.goose(), db, dir, lock, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
}

func folder(d goose.Dialect) string {
	if d == goose.DialectPostgres {
		return "postgres"
	}
	return "sqlite"
}
