package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/store"
)

// raw is a connection that knows nothing of the store.
func raw(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	driver := "pgx"
	if filepath.IsAbs(dsn) {
		driver, dsn = "sqlite", "file:"+dsn+"?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func migrates(t *testing.T, dsn string) {
	ctx := t.Context()
	s := open(t, store.Options{DSN: dsn})
	n, err := s.Pending(ctx)
	require.NoError(t, err)
	require.Positive(t, n)
	require.ErrorIs(t, s.Current(ctx), store.ErrPending)
	require.ErrorIs(t, s.Ping(ctx), store.ErrPending, "not ready before it is migrated")

	done, err := s.Migrate(ctx)
	require.NoError(t, err)
	require.Equal(t, n, done)
	require.NoError(t, s.Current(ctx))
	require.NoError(t, s.Ping(ctx))
	done, err = s.Migrate(ctx)
	require.NoError(t, err)
	require.Zero(t, done)

	_, err = raw(t, dsn).ExecContext(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)")
	require.NoError(t, err)
	_, err = store.Open(ctx, store.Options{DSN: dsn})
	require.ErrorIs(t, err, store.ErrNewerSchema)
	require.ErrorContains(t, err, "9999")
	_, err = s.Migrate(ctx)
	require.ErrorIs(t, err, store.ErrNewerSchema)
	require.ErrorIs(t, s.Ping(ctx), store.ErrNewerSchema)
}

func migratesOnce(t *testing.T, dsn string) {
	var stores []*store.Store
	for range 6 {
		stores = append(stores, open(t, store.Options{DSN: dsn}))
	}
	counts, errs := make([]int, len(stores)), make([]error, len(stores))
	var wg sync.WaitGroup
	for i, s := range stores {
		wg.Go(func() { counts[i], errs[i] = s.Migrate(t.Context()) })
	}
	wg.Wait()
	migrated := 0
	for i := range stores {
		require.NoError(t, errs[i])
		if counts[i] > 0 {
			migrated++
		}
		require.NoError(t, stores[i].Current(t.Context()))
	}
	require.Equal(t, 1, migrated)
}

func TestSQLiteFileIsForNobodyElse(t *testing.T) {
	dir := t.TempDir()
	s := open(t, store.Options{DSN: filepath.Join(dir, "a b%20?#.db")}) // a path is no URL
	_, err := s.Migrate(t.Context())
	require.NoError(t, err)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Contains(t, names(files), "a b%20?#.db")
	for _, f := range files {
		info, err := f.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), f.Name())
	}
}

func names(files []os.DirEntry) (out []string) {
	for _, f := range files {
		out = append(out, f.Name())
	}
	return out
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	for dsn, want := range map[string]string{
		"":                            "no database",
		"mysql://root:hunter2@h/db":   "mysql:// is not supported",
		"/nonexistent/folder/db":      "no such file",
		"postgres://u:hunter2@%zz/db": "cannot be read",
		"postgres://u:hunter2@127.0.0.1:1/db?connect_timeout=1": "refused",
	} {
		_, err := store.Open(t.Context(), store.Options{DSN: dsn})
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

// The constraints hold whoever writes: a forgotten check in the code cannot break them.
func schemaRefuses(t *testing.T, dsn string) {
	const user = `INSERT INTO users (tenant, id, email, name, search, roles, inboxes, status, password_hash, created_at, last_login_at, logout_at, logout_authn)
		VALUES ('acme', '%id', '%email', '', '', '[]', '[]', '%status', '', 0, 0, 0, 0)`
	const setting = `INSERT INTO settings (tenant, use_sso, provider, force_reauthentication, jit, role_sync, idp_initiated, roles, inboxes, version, updated_at, updated_by)
		VALUES ('acme', TRUE, 'okta', FALSE, FALSE, 'never', 'restart', '{}', '{}', 0, 0, '')`
	s := open(t, store.Options{DSN: dsn})
	_, err := s.Migrate(t.Context())
	require.NoError(t, err)
	db := raw(t, dsn)
	exec := func(statement string) error {
		_, err := db.ExecContext(t.Context(), statement)
		return err
	}
	require.NoError(t, exec(`INSERT INTO tenants (id, name, disabled, created_at, revision) VALUES ('acme', '', FALSE, 0, 0)`))
	require.NoError(t, exec(setting))
	require.NoError(t, exec(fill(user, "u_1", "ada@example.com", "active")))
	once := `INSERT INTO used_assertions (tenant, issuer, assertion_id, expires_at) VALUES ('acme', 'i', 'a', 0)`
	request := `INSERT INTO used_requests (tenant, request_id, expires_at) VALUES ('acme', 'r', 0)`
	require.NoError(t, exec(once))
	require.NoError(t, exec(request))

	for what, statement := range map[string]string{
		"a second active provider":     setting,
		"sso on without a provider":    `UPDATE settings SET provider = ''`,
		"a second user for an address": fill(user, "u_2", "ada@example.com", "active"),
		"a status nobody knows":        fill(user, "u_3", "bob@example.com", "happy"),
		"a second use of an assertion": once,
		"a second use of a request":    request,
		"a user of no tenant":          `UPDATE users SET tenant = 'nobody'`,
		"a session of no user": `INSERT INTO sessions (tenant, hash, user_id, method, provider, idp_entity_id, name_id, name_id_format, session_index,
				authn_instant, created_at, seen_at, expires_at) VALUES ('acme', 'h', 'u_x', 'sso', '', '', '', '', '', 0, 0, 0, 0)`,
		"a role sync nobody knows": `UPDATE settings SET role_sync = 'sometimes'`,
	} {
		require.Error(t, exec(statement), what)
	}
	require.NoError(t, exec(`DELETE FROM tenants`))
	var left int
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT (SELECT COUNT(*) FROM users) + (SELECT COUNT(*) FROM settings)
			+ (SELECT COUNT(*) FROM used_assertions) + (SELECT COUNT(*) FROM used_requests)`).Scan(&left))
	require.Zero(t, left, "a tenant takes everything along")
}
