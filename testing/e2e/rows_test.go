package e2e

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // reads the server's database beside it
)

// mayChange are the tables in which a refused message may leave something, and why.
func mayChange() map[string]string {
	return map[string]string{"logins": "every attempt leaves its trace there"}
}

// rows are the sums of what a refused message must not change: every table that the database has, but those that may change.
func (f *forge) rows(t *testing.T) map[string]string {
	t.Helper()
	db := f.database(t)
	sums := map[string]string{}
	for _, table := range linesOf(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'") {
		if mayChange()[table] == "" {
			lines := linesOf(t, db, `SELECT * FROM "`+table+`"`)
			sums[table] = fmt.Sprintf("%d rows %x", len(lines), sha256.Sum256([]byte(strings.Join(lines, "\n"))))
		}
	}
	for _, table := range []string{"audit", "links", "sessions", "tokens", "users"} {
		require.Contains(t, sums, table, "is this the server's database?")
	}
	return sums
}

// database is the server's, read beside it.
func (f *forge) database(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(f.dir, "data", "idplug.db")+"?mode=ro")
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

// linesOf are the rows of a query, each as a line, in an order of their own.
func linesOf(t *testing.T, db *sql.DB, query string) (lines []string) {
	t.Helper()
	rows, err := db.Query(query)
	require.NoError(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	for rows.Next() {
		values, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		require.NoError(t, rows.Scan(places...))
		lines = append(lines, strings.TrimSuffix(fmt.Sprintln(values...), "\n"))
	}
	require.NoError(t, rows.Err())
	slices.Sort(lines)
	return lines
}

// cookies are what the browser would send to the assertion consumer service.
func (b *browser) cookies(t *testing.T) []*http.Cookie {
	t.Helper()
	at, err := url.Parse(b.hostURL("/saml/acme/acs"))
	require.NoError(t, err)
	return b.client.Jar.Cookies(at)
}

func formOf(message, relayState string) url.Values {
	return url.Values{"SAMLResponse": {message}, "RelayState": {relayState}}
}
