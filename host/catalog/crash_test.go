package catalog_test

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/catalog"
	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/need"
	"github.com/idplug/idplug/testing/score"
)

// Nothing may stay behind of a process that is gone, either: go-plugin's goroutines, pipes, sockets.
//
//nolint:paralleltest // it counts what is everybody's
func TestKilledProcessesLoseNoCallAndLeaveNothing(t *testing.T) {
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	r.open()
	require.NoError(t, r.ask("one", "ada@example.com"))
	goroutines, files := calm(t), openFiles()

	callers := call(t, 16, 5*time.Millisecond, func(string) error { return r.advise("one") })
	const kills = 100
	for range kills {
		callers.awaitAnswers() // so that no call is hit twice
		pid := r.awaitState("one", sso.PluginReady).PID
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
		r.await("one", "restarted", func(p sso.PluginStatus) bool { return p.State == sso.PluginReady && p.PID != pid })
	}
	callers.stop()
	require.Equal(t, kills, r.plugin("one").Restarts)
	score.Report(t, "kills of a plugin by which no call was lost", kills, ">= 100")

	const slack = 10 // less than one per process
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= goroutines+slack }, patient, 10*time.Millisecond,
		"there were %d goroutines", goroutines)
	require.Eventually(t, func() bool { return openFiles() <= files+slack }, patient, 10*time.Millisecond, "there were %d files", files)
	require.Eventually(t, func() bool { return countFiles(t, r.state+"/run") <= 3 }, patient, 10*time.Millisecond)
	r.close()
	require.Zero(t, countFiles(t, r.state+"/run"))
}

func TestATerminatedProcessFinishesItsCallsAndReturns(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	r.open()
	callers := call(t, 16, 5*time.Millisecond, func(string) error { return r.advise("one") })
	for range 5 {
		callers.awaitAnswers()
		pid := r.awaitState("one", sso.PluginReady).PID
		require.NoError(t, syscall.Kill(pid, syscall.SIGTERM))
		r.await("one", "restarted", func(p sso.PluginStatus) bool { return p.State == sso.PluginReady && p.PID != pid })
	}
	callers.stop()
}

// calm is the number of goroutines once it no longer falls.
func calm(t *testing.T) int {
	t.Helper()
	lowest, steady := runtime.NumGoroutine(), 0
	require.Eventually(t, func() bool {
		if n := runtime.NumGoroutine(); n < lowest {
			lowest, steady = n, 0
		}
		steady++
		return steady > 20
	}, patient, 10*time.Millisecond)
	return lowest
}

func openFiles() int {
	entries, _ := os.ReadDir("/proc/self/fd") // 0 elsewhere than on Linux
	return len(entries)
}

func countFiles(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	n := 0
	for _, e := range entries {
		n++
		if e.IsDir() {
			n += countFiles(t, dir+"/"+e.Name())
		}
	}
	return n
}

func TestAPluginSeesNothingOfTheHost(t *testing.T) {
	t.Setenv("IDPLUG_MASTER_KEY", "a secret of the host")
	need.Granted(t, runtime.GOOS == "linux", "/proc, to look into a process")
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	r.open()
	proc := "/proc/" + strconv.Itoa(r.plugin("one").PID)
	environment, err := os.ReadFile(proc + "/environ")
	require.NoError(t, err)
	require.NotContains(t, string(environment), "secret")
	allowed := []string{
		"GOMEMLIMIT", "GOMAXPROCS", "LANG", "TMPDIR", "HOME", "PWD", "IDPLUG_PLUGIN_COOKIE",
		"PLUGIN_MIN_PORT", "PLUGIN_MAX_PORT", "PLUGIN_PROTOCOL_VERSIONS", "PLUGIN_CLIENT_CERT", "PLUGIN_UNIX_SOCKET_DIR",
	}
	for entry := range strings.SplitSeq(strings.TrimRight(string(environment), "\x00"), "\x00") {
		name, _, _ := strings.Cut(entry, "=")
		require.Contains(t, allowed, name)
	}
	stdin, err := os.Readlink(proc + "/fd/0")
	require.NoError(t, err)
	require.Equal(t, os.DevNull, stdin)
	work, err := os.Readlink(proc + "/cwd")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(work, r.state), "%s is not in a folder of its own", work)
}

func TestCloseEndsEveryProcess(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for key, mode := range map[string]badplugin.Mode{
		"good": badplugin.Good, "deaf": badplugin.IgnoresSIGTERM, "busy": badplugin.HangOnProfile, "still": badplugin.Good, "slow": badplugin.Good,
	} {
		r.put(badplugin.Binary{Key: key, Mode: mode})
	}
	r.open()
	var pids []int
	for _, p := range r.Plugins() {
		require.Equal(t, sso.PluginReady, p.State, p.Key)
		pids = append(pids, p.PID)
	}
	freeze(t, r.plugin("still").PID)
	busy, err := r.Provider("busy")
	require.NoError(t, err)
	hung := make(chan error)
	go func() {
		_, err := busy.Profile(t.Context(), person("ada@example.com"))
		hung <- err
	}()
	r.put(badplugin.Binary{Key: "slow", Version: "2.0.0", Mode: badplugin.NeverReady}) // on its way up
	time.Sleep(200 * time.Millisecond)

	closed := r.Catalog
	r.close()
	require.Error(t, <-hung)
	for _, pid := range pids {
		require.True(t, gone(pid), "%d", pid)
	}
	_, err = closed.Provider("good")
	require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(err))
	for _, p := range closed.Plugins() {
		require.Equal(t, sso.PluginStopped, p.State)
	}
}

func TestAClosedCatalogPromisesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "good"})
	r.open()
	closed := r.Catalog
	r.close()
	catalog.Late(closed)
	for _, p := range closed.Plugins() {
		require.Equal(t, sso.PluginStopped, p.State, p.Key)
		require.Empty(t, p.Reason)
	}
	_, err := closed.Provider("good")
	require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(err))
}
