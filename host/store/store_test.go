package store_test

import (
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

// databases runs a test on each; empty makes a database without tables.
func databases(t *testing.T, test func(t *testing.T, empty func(t *testing.T) string)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, func(t *testing.T) string { return filepath.Join(t.TempDir(), "idplug.db") })
	})
	t.Run("postgres", func(t *testing.T) {
		server := integration.StartPostgres(t)
		test(t, func(t *testing.T) string { return server.Database(t) })
	})
}

func TestBothDatabases(t *testing.T) {
	databases(t, func(t *testing.T, empty func(t *testing.T) string) {
		t.Run("contract", func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) storetest.Store { return migrated(t, empty(t)) })
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
			t.Run(test.name, func(t *testing.T) { test.run(t, empty(t)) })
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
