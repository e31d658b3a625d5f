package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
	sqlite "modernc.org/sqlite"
)

// dialect is everything in which the two databases differ, besides their migrations.
type dialect interface {
	// open returns the pool that writes and the pool that reads.
	open(ctx context.Context, o Options) (write, read *gorm.DB, err error)
	goose() goose.Dialect
	// lock keeps other processes from migrating.
	lock() (goose.ProviderOption, error)
	// snapshot reports whether a read transaction must be asked for a snapshot, or has one anyway.
	snapshot() bool
}

func dialectOf(dsn string) (dialect, error) {
	scheme, path, isURL := strings.Cut(dsn, "://")
	switch {
	case dsn == "":
		return nil, errors.New("no database is named")
	case !isURL:
		return sqliteFile(dsn), nil
	case scheme == "postgres", scheme == "postgresql":
		return postgresServer(dsn), nil
	case scheme == "sqlite":
		return sqliteFile(path), nil
	}
	return nil, fmt.Errorf("database %s:// is not supported: use postgres://… or the path of a SQLite file", scheme)
}

// nextID is the next ID of the statement's table, as a value of an INSERT. SQLite needs no sequence: it has one writer.
func nextID(db *gorm.DB) string {
	if db.Name() == "postgres" {
		return "DEFAULT"
	}
	return "(SELECT COALESCE(MAX(id), 0) + 1 FROM " + db.Statement.Table + ")"
}

// Codes of PostgreSQL (Appendix A of its manual) and extended result codes of SQLite (sqlite.org/rescode.html).
const (
	pgUnique        = "23505"
	pgForeignKey    = "23503"
	pgSerialization = "40001"
	pgDeadlock      = "40P01"
	pgBadText       = "22021" // a NUL byte or invalid UTF-8 in a text

	sqliteBusy       = 5 // in the low byte
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067
	sqliteForeignKey = 787
)

// violated reports whether err is a broken unique constraint, and which: for SQLite its "table.column, …", for PostgreSQL its name.
func violated(err error) (what string, ok bool) {
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) {
		return pg.ConstraintName, pg.Code == pgUnique
	}
	if lite := (*sqlite.Error)(nil); errors.As(err, &lite) {
		return lite.Error(), lite.Code() == sqlitePrimaryKey || lite.Code() == sqliteUnique
	}
	return "", false
}

// violatedForeignKey reports whether err is a row that belongs to nobody.
func violatedForeignKey(err error) bool {
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) {
		return pg.Code == pgForeignKey
	}
	lite := (*sqlite.Error)(nil)
	return errors.As(err, &lite) && lite.Code() == sqliteForeignKey
}

// unstorable reports whether err is about a text that no row can hold, so that no row has it either.
func unstorable(err error) bool {
	pg := (*pgconn.PgError)(nil)
	return errors.As(err, &pg) && pg.Code == pgBadText
}

// collided reports whether the transaction lost against another one and may win when it runs again.
func collided(err error) bool {
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) {
		return pg.Code == pgSerialization || pg.Code == pgDeadlock
	}
	lite := (*sqlite.Error)(nil)
	return errors.As(err, &lite) && lite.Code()&0xff == sqliteBusy
}
