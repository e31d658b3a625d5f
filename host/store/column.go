package store

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// moment is a time as both databases keep it: nanoseconds since 1970 UTC, 0 for the zero time. An integer comes back exactly as it went in,
// from either; timestamptz would cut to microseconds, and the re-authentication rule asks whether one AuthnInstant is strictly later than
// another: an equal one must not look later because the first was cut.
type moment int64

// The times that fit: 1677 to 2262. A provider may name any year; beyond, the nearest that fits stands for it.
var (
	earliest = time.Unix(0, math.MinInt64)
	latest   = time.Unix(0, math.MaxInt64)
)

func momentOf(t time.Time) moment {
	switch {
	case t.IsZero():
		return 0
	case t.Before(earliest):
		return math.MinInt64
	case t.After(latest):
		return math.MaxInt64
	}
	return moment(t.UnixNano())
}

func (m moment) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(m)).UTC()
}

// document is a value kept as JSON text. T is a type of this room with names of its own, so that a noun's field can be renamed without
// touching what is stored.
type document[T any] struct{ v T }

// Value implements driver.Valuer.
func (d document[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(d.v)
	return string(b), err
}

// Scan implements sql.Scanner.
func (d *document[T]) Scan(src any) error {
	switch text := src.(type) {
	case string:
		return json.Unmarshal([]byte(text), &d.v)
	case []byte:
		return json.Unmarshal(text, &d.v)
	}
	return fmt.Errorf("a document cannot be read from %T", src)
}

func documentOf[T any](v T) document[T] { return document[T]{v} }

// mapped is in with every element made into another type; nil stays nil.
func mapped[A, B any](in []A, f func(A) B) []B {
	if len(in) == 0 {
		return nil
	}
	out := make([]B, len(in))
	for i, a := range in {
		out[i] = f(a)
	}
	return out
}

// serial is an ID that the database gives, ascending.
type serial int64

// GormValue implements gorm.Valuer: in an INSERT an ID that is not set yet is the next one.
func (s serial) GormValue(_ context.Context, db *gorm.DB) clause.Expr {
	if s != 0 {
		return clause.Expr{SQL: "?", Vars: []any{int64(s)}}
	}
	return clause.Expr{SQL: nextID(db)}
}

// cursor and cursorText are the opaque form of the last value of a page.
func cursorText(last string) string { return base64.RawURLEncoding.EncodeToString([]byte(last)) }

func cursor(op string, p directory.Page) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil || !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 { // PostgreSQL would refuse the last two later, and otherwise
		return "", sso.Refuse(op, sso.BadRequest, "detail", "no such cursor").Because(err)
	}
	return string(b), nil
}

// page cuts a list that was read one row longer than asked, and returns the cursor of what follows, "" at the end.
func page[T any](rows []T, limit int, last func(T) string) ([]T, string) {
	if len(rows) <= limit {
		return rows, ""
	}
	rows = rows[:limit]
	return rows, cursorText(last(rows[limit-1]))
}
