package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// postgresServer is a postgres:// URL.
type postgresServer string

// postgresIdle is how long a connection may be idle: firewalls between host and database forget idle ones silently.
const postgresIdle = 5 * time.Minute

func (p postgresServer) open(ctx context.Context, o Options) (write, read *gorm.DB, err error) {
	config, err := pgx.ParseConfig(string(p))
	if err != nil {
		return nil, nil, errors.New("the postgres:// URL cannot be read") // the cause may quote the password
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "idplug"
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(o.MaxConns)
	db.SetMaxIdleConns(o.MaxConns)
	db.SetConnMaxIdleTime(postgresIdle)
	if err := db.PingContext(ctx); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	// pgx prepares and caches statements by itself; gorm's PrepareStmt on top costs 1.8 times the CPU.
	g, err := gorm.Open(postgres.New(postgres.Config{Conn: db}), gormConfig())
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return g, g, nil
}

func (postgresServer) goose() goose.Dialect { return goose.DialectPostgres }

func (postgresServer) snapshot() bool { return false }

// lock is an advisory lock of the session; a process that dies gives it back.
func (postgresServer) lock() (goose.ProviderOption, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	return goose.WithSessionLocker(locker), nil
}
