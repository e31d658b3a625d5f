// Package integration brings up what tests need and the product does not contain: a real PostgreSQL, from the binaries of the machine, that
// lives as long as one test. Any test may enter.
package integration

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/need"
)

// PostgresVar names the variable with the postgres:// URL of a server to use instead of one of our own. Its user must be allowed to create
// databases; each test makes its own and drops it.
const PostgresVar = "IDPLUG_TEST_POSTGRES"

// startTimeout is for the slowest machine there is; waiting ends as soon as the server answers.
const startTimeout = time.Minute

// Postgres is a running server.
type Postgres struct {
	url   *url.URL
	admin *sql.DB
	made  atomic.Int64
}

// StartPostgres starts a server for the test and stops it when the test ends. It listens on a Unix socket in a folder of its own, so that no
// two servers meet; it writes nothing through to the disk and compares texts by ICU's rules, as many clusters do and Go does not.
func StartPostgres(t testing.TB) *Postgres {
	t.Helper()
	where := os.Getenv(PostgresVar)
	if where == "" {
		where = startPostgres(t)
	}
	u, err := url.Parse(where)
	require.NoError(t, err, PostgresVar)
	admin, err := sql.Open("pgx", where)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, admin.Close()) })
	return &Postgres{url: u, admin: admin}
}

// Database makes an empty database and returns its URL. It is dropped when the test ends, with whoever is still connected.
func (p *Postgres) Database(t testing.TB) string {
	t.Helper()
	name := p.create(t, "DATABASE", "WITH (FORCE)")
	u := *p.url
	u.Path = "/" + name
	return u.String()
}

// Schema makes an empty schema in a database that others use as well, and returns a URL that leads to it: what Database does, at a tenth of the cost.
func (p *Postgres) Schema(t testing.TB) string {
	t.Helper()
	u := *p.url
	q := u.Query()
	q.Set("search_path", p.create(t, "SCHEMA", "CASCADE"))
	u.RawQuery = q.Encode()
	return u.String()
}

// create makes something of a name of its own, which is dropped when the test ends.
func (p *Postgres) create(t testing.TB, what, drop string) string {
	t.Helper()
	name := fmt.Sprintf("idplug_test_%d_%d", os.Getpid(), p.made.Add(1))
	_, err := p.admin.ExecContext(t.Context(), "CREATE "+what+" "+name)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := p.admin.ExecContext(context.Background(), "DROP "+what+" "+name+" "+drop)
		require.NoError(t, err)
	})
	return name
}

// startPostgres returns the URL of a server that was started.
func startPostgres(t testing.TB) string {
	bin := need.Postgres(t)
	dir, err := os.MkdirTemp("", "idplug-pg-") //nolint:usetesting // its parents are closed to the server's user, and a socket's path must be short
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	as := serverUser(t, dir)

	data := filepath.Join(dir, "data")
	initdb := exec.CommandContext(t.Context(), filepath.Join(bin, "initdb"), "--pgdata", data, "--username", "postgres", "--auth", "trust",
		"--encoding", "UTF8", "--locale-provider", "icu", "--icu-locale", "en-US", "--locale", "C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, as
	out, err := initdb.CombinedOutput()
	require.NoError(t, err, "%s", out)

	log := &bytes.Buffer{}
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-h", "", "-F", // -F: no fsync
		"-c", "full_page_writes=off", "-c", "synchronous_commit=off", "-c", "max_connections=200", "-c", "shared_buffers=32MB")
	server.Dir, server.SysProcAttr, server.Stdout, server.Stderr = dir, as, log, log
	require.NoError(t, start(server))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Wait() // how it ended is in its log
	}()
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT) // fast shutdown; an error means that it has ended
		<-ended
		if t.Failed() {
			t.Logf("PostgreSQL said:\n%s", log)
		}
	})
	where := url.URL{Scheme: "postgres", Path: "/postgres", RawQuery: url.Values{"host": {dir}, "user": {"postgres"}}.Encode()}
	awaitPostgres(t, where.String(), ended)
	return where.String()
}

// serverUser gives dir to a user who is not root, as whom PostgreSQL refuses to run; nil when the test does not run as root anyway.
func serverUser(t testing.TB, dir string) *syscall.SysProcAttr {
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	require.NoError(t, err)
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	require.NoError(t, err)
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	require.NoError(t, err)
	require.NoError(t, os.Chown(dir, int(uid), int(gid)))
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

// awaitPostgres waits until the server answers, or has ended.
func awaitPostgres(t testing.TB, where string, ended <-chan struct{}) {
	db, err := sql.Open("pgx", where)
	require.NoError(t, err)
	defer db.Close()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-ended:
			require.FailNow(t, "PostgreSQL ended while it started", "%v", err)
		case <-ctx.Done():
			require.FailNow(t, "PostgreSQL does not answer", "%v", err)
		}
	}
}
