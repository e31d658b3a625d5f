package catalog_test

import (
	"bufio"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/catalog"
	"github.com/idplug/idplug/host/sandbox"
	"github.com/idplug/idplug/testing/badplugin"
)

// beHost makes the test binary a host that says which process it started, and stays.
func beHost(root string) {
	c, err := catalog.Open(context.Background(), catalog.Options{
		Dir: filepath.Join(root, "plugins.d"), StateDir: filepath.Join(root, "state"), Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Sandbox: sandbox.Box{Shim: os.Getenv(asHostWith)},
	})
	if err != nil {
		os.Exit(1)
	}
	for _, p := range c.Plugins() {
		_, _ = os.Stdout.WriteString(strconv.Itoa(p.PID) + "\n")
	}
	time.Sleep(time.Hour)
}

// startHost starts another host on the rig's folders and returns it with the process of its one plugin. shim is that of its sandbox.
func (r *rig) startHost(shim string) (*exec.Cmd, int) {
	r.t.Helper()
	host := exec.CommandContext(r.t.Context(), os.Args[0]) // #nosec G204 -- this very binary
	host.Env = append(os.Environ(), asHost+"="+filepath.Dir(r.dir), asHostWith+"="+shim)
	out, err := host.StdoutPipe()
	require.NoError(r.t, err)
	require.NoError(r.t, host.Start())
	r.t.Cleanup(func() { _ = host.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(r.t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(r.t, err)
	require.NotZero(r.t, pid)
	return host, pid
}

func TestPluginsDieWithTheirHostAndTheNextOneCleansUp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	host, pid := r.startHost("")
	require.False(t, gone(pid))
	require.NoError(t, host.Process.Kill())
	_ = host.Wait()
	awaitGone(t, pid)

	left, err := os.ReadDir(filepath.Join(r.state, "run"))
	require.NoError(t, err)
	require.Len(t, left, 1, "a host that is killed leaves its run folder")
	require.NoError(t, os.WriteFile(filepath.Join(r.state, "vault", ".incoming-1"), []byte("half a copy"), 0o600))
	r.open()
	require.NoError(t, r.ask("one", "ada@example.com"))
	now, err := os.ReadDir(filepath.Join(r.state, "run"))
	require.NoError(t, err)
	require.Len(t, now, 1)
	require.NotEqual(t, left[0].Name(), now[0].Name())
	require.NoFileExists(t, filepath.Join(r.state, "vault", ".incoming-1"))
}

// Processes that a plugin started go with it, also when the host can do nothing about it any more. Without the sandbox only those go that the
// host can still end, or that are in no session of their own.
func TestWhatAPluginStartedDiesWithTheHost(t *testing.T) {
	t.Parallel()
	needSandbox(t)
	r := newRig(t)
	r.put(badplugin.Binary{Key: "leaks-at-host", Mode: badplugin.LeaksDescendants})
	host, pid := r.startHost(sandbox.Self)
	require.NoError(t, host.Process.Kill())
	_ = host.Wait()
	awaitGone(t, pid)
	require.Eventually(t, func() bool {
		left, err := badplugin.Descendants("leaks-at-host")
		return err == nil && len(left) == 0
	}, patient, 10*time.Millisecond)
}

// An operator's command opens a catalogue beside the server, on the same folders.
func TestHostsOnTheSameFoldersLeaveEachOtherAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	_, pid := r.startHost("")
	r.put(badplugin.Binary{Key: "one", Version: "2.0.0"})
	r.open()
	require.Equal(t, "2.0.0", r.plugin("one").Version)
	require.NoError(t, r.ask("one", "ada@example.com"))
	r.put(badplugin.Binary{Key: "one", Version: "3.0.0"})
	r.awaitVersion("one", "3.0.0")
	runs, err := os.ReadDir(filepath.Join(r.state, "run"))
	require.NoError(t, err)
	require.Len(t, runs, 2, "the other host's folder is in use")
	require.False(t, gone(r.plugin("one").PID))
	r.close()
	awaitGone(t, pid) // replaced by the other host itself
}

func TestAStateFolderWithALongPathWorks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.state = filepath.Join(r.state, strings.Repeat("long", 30))
	r.put(badplugin.Binary{Key: "one"})
	r.open()
	require.Equal(t, sso.PluginReady, r.plugin("one").State)
	require.NoError(t, r.ask("one", "ada@example.com"))
}
