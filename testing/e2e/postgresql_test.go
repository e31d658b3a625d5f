package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
	"github.com/idplug/idplug/testing/integration"
	machine "github.com/idplug/idplug/testing/need"
)

var shellBlock = regexp.MustCompile("(?s)\n```sh\n(.*?)\n```\n")

// TestThePostgreSQLPage does what the how-to says, block by block as it is printed, on a server of its own: the page makes roles.
func TestThePostgreSQLPage(t *testing.T) {
	t.Setenv(integration.PostgresVar, "")
	w := testWorld(t)
	w.onServer(t, integration.StartPostgres(t).Database(t))
	text, err := os.ReadFile(filepath.Join(docblock.Root(t), "docs/howto/postgresql.md"))
	require.NoError(t, err)
	served := false
	for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
		switch command := block[1]; {
		case command == "export PGSSLMODE=verify-full":
			// The test's server is reached by a socket, where there is no TLS to verify.
		case strings.HasPrefix(command, "idplug serve "):
			w.serveAsPrinted(t, command)
			served = true
		case strings.HasPrefix(command, "idplug migrate "):
			out, err := w.tryShell(t, strings.Replace(command, "user=idplug_owner", "user=idplug", 1))
			require.Error(t, err)
			require.Contains(t, out, "permission denied")
			w.shell(t, command)
		default:
			w.shell(t, command)
		}
	}
	require.True(t, served)
	require.Contains(t, w.shell(t, "idplug tenant list --database-url 'postgres:///idplug_restored?user=idplug'"), "acme")
}

// onServer lets the programs of the story reach the server that a URL names, as its superuser, without naming it.
func (w *world) onServer(t *testing.T, address string) {
	t.Helper()
	config, err := pgx.ParseConfig(address)
	require.NoError(t, err)
	w.env = append(w.env, "PGHOST="+config.Host, "PGUSER="+config.User, "PATH="+bin+":"+machine.Postgres(t)+":"+os.Getenv("PATH"))
}

// shell runs a block, which must succeed, and returns what it printed.
func (w *world) shell(t *testing.T, block string) string {
	t.Helper()
	out, err := w.tryShell(t, block)
	require.NoError(t, err, "%s\n%s", block, out)
	return out
}

func (w *world) tryShell(t *testing.T, block string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "sh", "-eu", "-c", block)
	command.Dir, command.Env = w.dir, w.env
	out, err := command.CombinedOutput()
	return string(out), err
}

// serveAsPrinted runs the server with the printed URL. It works, and its role can write rows and change no table.
func (w *world) serveAsPrinted(t *testing.T, block string) {
	t.Helper()
	args := strings.Fields(strings.ReplaceAll(block, "'", ""))
	p, err := w.start(host, args[0], args[1:]...)
	require.NoError(t, err)
	require.NoError(t, w.must("POST", "/tenants", `{"slug":"acme","name":"Acme"}`))
	require.NoError(t, w.must("POST", "/tenants/acme/users", `{"email":"ada@example.com","name":"Ada","roles":["administrator"]}`))
	code, err := p.Stop()
	require.NoError(t, err)
	require.Zero(t, code)
	out, err := w.tryShell(t, "psql --username idplug --dbname idplug --command 'ALTER TABLE users ADD spare TEXT'")
	require.Error(t, err)
	require.Contains(t, out, "must be owner")
}
