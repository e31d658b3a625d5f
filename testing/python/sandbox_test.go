package python_test

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/catalog"
	"github.com/idplug/idplug/host/sandbox"
	"github.com/idplug/idplug/testing/need"
	"github.com/idplug/idplug/testing/python"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// A script reads its interpreter's files, so the sandbox is not whole and says so; in what is left of it, the plugin serves.
func TestItServesInTheSandbox(t *testing.T) {
	t.Parallel()
	box := sandbox.Box{Shim: sandbox.Self}
	lacks := box.Lacks()
	need.Granted(t, len(lacks) == 0, "the whole sandbox")
	c := open(t, box)
	require.Eventually(t, func() bool { return c.Plugins()[0].State == sso.PluginReady }, patient, 5*time.Millisecond)
	status := c.Plugins()[0]
	require.Equal(t, string(sandbox.LevelPartial), status.Sandbox)
	require.Len(t, status.Missing, 1)
	require.Equal(t, string(sandbox.StepStatic), status.Missing[0].Step)

	p, err := c.Provider(python.Key)
	require.NoError(t, err)
	profile, err := p.Profile(t.Context(), sso.Assertion{Attributes: sso.Attributes{{Name: "email", Values: []string{"Ada@Example.com"}}}})
	require.NoError(t, err)
	require.Equal(t, "ada@example.com", profile.Email.Text)
	t.Logf("refused: %v", c.Plugins()[0].Refused)
}

func TestAStrictSandboxDoesNotRunAScript(t *testing.T) {
	t.Parallel()
	status := open(t, sandbox.Box{Shim: sandbox.Self, Mode: sandbox.Strict}).Plugins()[0]
	require.Equal(t, sso.PluginRejected, status.State)
	require.Contains(t, status.Reason, "strict")
	require.NotEmpty(t, status.Fix)
}

// open opens a catalogue with the plugin as its only one.
func open(t *testing.T, box sandbox.Box) *catalog.Catalog {
	t.Helper()
	root, err := os.MkdirTemp("", "py") //nolint:usetesting // a socket's path must be short, and t.TempDir's is not
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	folder := filepath.Join(root, "plugins.d")
	require.NoError(t, os.Mkdir(folder, 0o755)) // #nosec G301 -- what a plugin folder looks like
	out, err := exec.CommandContext(t.Context(), "install", "-m", "0755", python.Build(t), folder).CombinedOutput()
	require.NoError(t, err, "%s", out)
	c, err := catalog.Open(t.Context(), catalog.Options{
		Dir: folder, StateDir: filepath.Join(root, "state"), Sandbox: box, Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}
