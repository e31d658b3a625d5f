package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	_ "modernc.org/sqlite" // the driver "sqlite", without cgo
)

// sqliteFile is the path of a database file.
type sqliteFile string

// sqliteReaders bounds the connections that read beside the one that writes.
const sqliteReaders = 4

func (f sqliteFile) open(ctx context.Context, _ Options) (write, read *gorm.DB, err error) {
	if err := f.create(); err != nil {
		return nil, nil, err
	}
	// One connection writes, so that writers wait their turn in order instead of meeting SQLITE_BUSY; what is left of that comes from other
	// processes. IMMEDIATE takes the lock at BEGIN: a transaction that read first could not be repeated by SQLite itself.
	if write, err = f.pool(ctx, 1, "&_txlock=immediate"); err != nil {
		return nil, nil, err
	}
	if read, err = f.pool(ctx, sqliteReaders, "&_pragma=query_only(1)"); err != nil {
		if db, dbErr := write.DB(); dbErr == nil {
			err = errors.Join(err, db.Close())
		}
		return nil, nil, err
	}
	return write, read, nil
}

// create makes the file readable by nobody else: it holds password hashes. SQLite gives its companions the same mode.
func (f sqliteFile) create() error {
	file, err := os.OpenFile(string(f), os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

func (f sqliteFile) pool(ctx context.Context, conns int, more string) (*gorm.DB, error) {
	db, err := f.connect(string(f), conns, more)
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	g, err := gorm.Open(sqlite.New(sqlite.Config{DriverName: "sqlite", Conn: db}), gormConfig())
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return g, nil
}

// connect opens a file. synchronous is FULL because an answer is a promise: after a power cut an administrator's "deactivate", or an assertion
// that was used, must not be forgotten. With NORMAL the last commits would be; it is faster by a disk flush per write.
func (f sqliteFile) connect(path string, conns int, more string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	dsn := url.URL{Scheme: "file", Path: abs}
	db, err := sql.Open("sqlite", dsn.String()+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"+more)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func (sqliteFile) goose() goose.Dialect { return goose.DialectSQLite3 }

func (sqliteFile) snapshot() bool { return true }

func (f sqliteFile) lock() (goose.ProviderOption, error) {
	return goose.WithLocker(&sqliteLock{file: f}), nil
}

// sqliteLock is the write lock of an empty second database beside the first, whose own lock goose takes and gives back for each migration.
// A file that only exists would outlive a process that was killed; this lock does not.
type sqliteLock struct {
	file sqliteFile
	db   *sql.DB
	tx   *sql.Tx
}

// Lock implements lock.Locker of goose.
func (l *sqliteLock) Lock(ctx context.Context, _ *sql.DB) error {
	side := l.file + "-migrate"
	if err := side.create(); err != nil {
		return err
	}
	db, err := side.connect(string(side), 1, "&_txlock=immediate&_pragma=busy_timeout(60000)")
	if err != nil {
		return err
	}
	if l.tx, err = db.BeginTx(ctx, nil); err != nil {
		return errors.Join(fmt.Errorf("another process migrates: %w", err), db.Close())
	}
	l.db = db
	return nil
}

// Unlock implements lock.Locker of goose.
func (l *sqliteLock) Unlock(context.Context, *sql.DB) error {
	return errors.Join(l.tx.Rollback(), l.db.Close())
}
