package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/store"
	"github.com/idplug/idplug/testing/integration"
	"github.com/idplug/idplug/testing/storetest"
)

func open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func migrated(t testing.TB, dsn string) *store.Store {
	t.Helper()
	s := open(t, store.Options{DSN: dsn})
	_, err := s.Migrate(t.Context())
	require.NoError(t, err)
	return s
}

func sqlite(t *testing.T) *store.Store {
	t.Helper()
	return migrated(t, filepath.Join(t.TempDir(), "idplug.db"))
}

// database is one kind of database: empty makes one without tables, ready opens one that has them.
type database struct {
	empty func(t *testing.T) (dsn string)
	ready func(t *testing.T) *store.Store
}

// databases runs a test on each.
func databases(t *testing.T, test func(t *testing.T, d database)) {
	t.Run("sqlite", func(t *testing.T) {
		empty := func(t *testing.T) string { return filepath.Join(t.TempDir(), "idplug.db") }
		file := template(t, empty(t))
		test(t, database{empty, func(t *testing.T) *store.Store {
			dsn := empty(t)
			require.NoError(t, os.WriteFile(dsn, file, 0o600))
			return open(t, store.Options{DSN: dsn})
		}})
	})
	t.Run("postgres", func(t *testing.T) {
		server := integration.StartPostgres(t)
		empty := func(t *testing.T) string { return server.Schema(t) }
		test(t, database{empty, func(t *testing.T) *store.Store { return migrated(t, empty(t)) }})
	})
}

// template is a file of SQLite with tables. Under the race detector, making them is most of what a store costs that a test uses for a moment.
func template(t *testing.T, dsn string) []byte {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DSN: dsn})
	require.NoError(t, err)
	_, err = s.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Close())
	file, err := os.ReadFile(dsn)
	require.NoError(t, err)
	return file
}

func TestBothDatabases(t *testing.T) {
	databases(t, func(t *testing.T, d database) {
		t.Run("contract", func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) storetest.Store { return d.ready(t) })
		})
		for _, test := range []struct {
			name string
			run  func(t *testing.T, dsn string)
		}{
			{"migrates", migrates},
			{"migrates once for many", migratesOnce},
			{"the schema refuses", schemaRefuses},
			{"purges what has expired", purges},
			{"purges what is too much", purgesSurplus},
			{"keeps key pairs", keepsSPKeys},
			{"refuses cursors that no list gave", refusesCursors},
		} {
			t.Run(test.name, func(t *testing.T) { test.run(t, d.empty(t)) })
		}
	})
}

func refusesCursors(t *testing.T, dsn string) {
	s := migrated(t, dsn)
	for _, cursor := range []string{"!", "AA", "_w"} { // no base64, a NUL, no UTF-8
		_, _, err := s.Directory().Tenants(t.Context(), directory.Page{Cursor: cursor, Limit: 1})
		require.Equal(t, sso.BadRequest, sso.CodeOf(err), "%q: %v", cursor, err)
	}
}
