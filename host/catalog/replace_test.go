package catalog_test

import (
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/badplugin"
)

// callers ask something of a plugin, many at once, each with addresses of its own.
type callers struct {
	t        *testing.T
	stopped  atomic.Bool
	answered []atomic.Int64 // by caller
	ends     chan error
}

// call lets many callers ask, each again after a pause, until stop.
func call(t *testing.T, many int, pause time.Duration, ask func(email string) error) *callers {
	t.Helper()
	c := &callers{t: t, answered: make([]atomic.Int64, many), ends: make(chan error, many)}
	for n := range many {
		go func() {
			for i := 0; !c.stopped.Load(); i++ {
				if err := ask(fmt.Sprintf("person-%d-%d@example.com", n, i)); err != nil {
					c.ends <- err
					return
				}
				c.answered[n].Add(1)
				time.Sleep(pause)
			}
			c.ends <- nil
		}()
	}
	return c
}

// stop ends the callers; none may have had a wrong answer or none.
func (c *callers) stop() {
	c.t.Helper()
	c.stopped.Store(true)
	for range c.answered {
		require.NoError(c.t, <-c.ends)
	}
	c.t.Logf("%d calls, all answered", c.total())
}

func (c *callers) total() (calls int64) {
	for n := range c.answered {
		calls += c.answered[n].Load()
	}
	return calls
}

// awaitAnswers waits until every caller was answered twice: what it asked before, and what it asked after.
func (c *callers) awaitAnswers() {
	c.t.Helper()
	for n := range c.answered {
		until := c.answered[n].Load() + 2
		for deadline := time.Now().Add(patient); c.answered[n].Load() < until; time.Sleep(time.Millisecond) {
			select {
			case err := <-c.ends:
				c.t.Fatalf("a caller: %v", err)
			default:
			}
			if time.Now().After(deadline) {
				c.t.Fatal("calls are answered no more")
			}
		}
	}
}

func TestReplacementLosesNoCall(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	r.open()
	callers := call(t, 16, 5*time.Millisecond, func(email string) error { return r.ask("one", email) })
	pids := []int{r.plugin("one").PID}
	for i := range 20 {
		version := fmt.Sprintf("2.0.%d", i)
		r.put(badplugin.Binary{Key: "one", Version: version})
		pids = append(pids, r.awaitVersion("one", version).PID)
		callers.awaitAnswers()
	}
	callers.stop()
	for _, pid := range pids[:len(pids)-1] {
		awaitGone(t, pid)
	}
	require.Zero(t, r.plugin("one").Restarts)
}

func TestANewVersionThatFailsLeavesTheOldOneInCharge(t *testing.T) {
	t.Parallel()
	for _, mode := range []badplugin.Mode{badplugin.ExitAtStart, badplugin.FalseManifest, badplugin.WrongCookie} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.put(badplugin.Binary{Key: "one"})
			r.open()
			callers := call(t, 16, 5*time.Millisecond, func(string) error { return r.advise("one") })
			before := r.plugin("one")

			r.put(badplugin.Binary{Key: "one", Version: "2.0.0", Mode: mode})
			status := r.await("one", "blamed", func(p sso.PluginStatus) bool { return p.Reason != "" })
			require.Contains(t, status.Reason, "the new file does not run, the version before it serves on")
			require.NotEmpty(t, status.Fix)
			require.Equal(t, before.PID, status.PID)
			require.Equal(t, before.SHA256, status.SHA256)
			require.Equal(t, sso.PluginReady, status.State)

			callers.awaitAnswers()
			require.NoError(t, syscall.Kill(status.PID, syscall.SIGKILL)) // the old bytes run again, and the new ones are still to blame
			again := r.await("one", "restarted", func(p sso.PluginStatus) bool { return p.State == sso.PluginReady && p.PID != status.PID })
			require.Equal(t, before.SHA256, again.SHA256)
			require.Equal(t, status.Reason, again.Reason)
			callers.awaitAnswers()

			r.put(badplugin.Binary{Key: "one", Version: "3.0.0"})
			require.Empty(t, r.awaitVersion("one", "3.0.0").Reason)
			r.put(badplugin.Binary{Key: "one", Version: "2.0.0", Mode: mode}) // the same bytes are tried, and blamed, anew
			r.await("one", "blamed", func(p sso.PluginStatus) bool { return p.Reason != "" && p.Version == "3.0.0" })
			callers.stop()
		})
	}
}

// The old process is dead and waits to be started again when the new file comes, and the new file does not run.
func TestTheOldVersionReturnsWhenTheNewOneFailsWhileNothingRuns(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one", Mode: badplugin.CrashOnProfile})
	r.open()
	crash := func() {
		require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(r.ask("one", "ada@example.com")))
	}
	crash() // both tries of the first call …
	for i := 0; i < 3 && r.plugin("one").State != sso.PluginBackingOff; i++ {
		crash() // … and more, so that the pause before the next start is long
	}
	r.put(badplugin.Binary{Key: "one", Version: "2.0.0", Mode: badplugin.ExitAtStart})
	status := r.await("one", "ready and blamed", func(p sso.PluginStatus) bool { return p.State == sso.PluginReady && p.Reason != "" })
	require.Equal(t, "1.0.0", status.Version)
	require.Contains(t, status.Reason, "exit code 3")
}

// A person's answer must never wait for an old version that does not go.
func TestANewVersionServesAndIsWatchedWhileTheOldOneLingers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	r.open()
	old := r.plugin("one").PID
	freeze(t, old)
	r.put(badplugin.Binary{Key: "one", Version: "2.0.0"})
	fresh := r.awaitVersion("one", "2.0.0").PID
	require.False(t, gone(old), "the old one still stands there, stopped")
	require.NoError(t, syscall.Kill(fresh, syscall.SIGKILL))
	require.NoError(t, r.advise("one"))
	awaitGone(t, old)
}

func TestTouchingAFailedFileTriesItAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := r.put(badplugin.Binary{Key: "one", Mode: badplugin.ExitAtStart})
	r.open()
	failed := r.awaitState("one", sso.PluginFailed)
	now := time.Now()
	require.NoError(t, os.Chtimes(path, now, now))
	r.await("one", "failed again", func(p sso.PluginStatus) bool { return p.State == sso.PluginFailed && p.Since.After(failed.Since) })
	r.put(badplugin.Binary{Key: "one", Version: "1.0.1"})
	require.Empty(t, r.awaitVersion("one", "1.0.1").Reason)
}
