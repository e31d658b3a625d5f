package e2e

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // reads the server's database beside it
)

// rows are the sums of what a refused sign-in must not change.
func (f *forge) rows(t *testing.T) map[string]string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(f.dir, "data", "idplug.db")+"?mode=ro")
	require.NoError(t, err)
	defer db.Close()
	sums := map[string]string{}
	for _, table := range []string{"tenants", "settings", "connections", "users", "roles", "identities", "sessions", "used_assertions", "used_requests"} {
		sums[table] = sumOf(t, db, table)
	}
	return sums
}

// sumOf is a table's size and a hash of all its values.
func sumOf(t *testing.T, db *sql.DB, table string) string {
	t.Helper()
	rows, err := db.Query("SELECT * FROM " + table + " ORDER BY 1, 2")
	require.NoError(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	sum, n := sha256.New(), 0
	for ; rows.Next(); n++ {
		values, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		require.NoError(t, rows.Scan(places...))
		fmt.Fprintln(sum, values...)
	}
	require.NoError(t, rows.Err())
	return fmt.Sprintf("%d rows %x", n, sum.Sum(nil))
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
