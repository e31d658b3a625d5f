package catalog_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/catalog"
	"github.com/idplug/idplug/host/sandbox"
	"github.com/idplug/idplug/testing/badplugin"
)

// Whoever kills the plugin as soon as it answers takes no first sign-in away: calls are made again, as often as their deadline allows. The bench
// does it every 10 ms and with the true deadline.
func TestAKillStormLosesNoFirstSignIn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	r.open(catalog.Patient)
	callers := call(t, 16, time.Millisecond, func(email string) error { return r.ask("one", email) })
	advised := call(t, 2, time.Millisecond, func(string) error { return r.advise("one") })
	const kills = 50
	last, answers := 0, callers.total()
	for killed := 0; killed < kills; time.Sleep(time.Millisecond) {
		if pid := r.plugin("one").PID; pid != 0 && pid != last && callers.total() >= answers+16 {
			require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
			last, answers = pid, callers.total()
			killed++
		}
	}
	callers.awaitAnswers()
	callers.stop()
	advised.stop()
	status := r.awaitState("one", sso.PluginReady)
	require.Equal(t, kills, status.Restarts)
	require.Equal(t, "it died of a signal: killed", status.LastExit)
	require.Equal(t, sso.BreakerClosed, status.Breaker)
}

// Processes that are killed while they start say nothing about the plugin: it is not given up.
func TestStartsThatAreKilledAreTriedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	starts := filepath.Join(r.dir, "starts")
	r.script("one", `echo "$$" >> `+starts+`; kill -9 $$`)
	r.open(func(o *catalog.Options) { o.Sandbox = sandbox.Box{Mode: sandbox.Off} })
	r.await("one", "started more often than what fails by itself", func(p sso.PluginStatus) bool {
		require.NotEqual(t, sso.PluginFailed, p.State)
		return countLines(t, starts) > 4
	})
	r.put(badplugin.Binary{Key: "one"})
	r.awaitState("one", sso.PluginReady)
}

// One input fells the plugin, and somebody sends it again and again beside people who sign in.
func TestAPoisonInputFailsSoonAndFellsNobodyElse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one", Mode: badplugin.CrashOnProfile})
	r.open(catalog.Patient)
	require.NoError(t, r.ask("one", badplugin.Example))

	restarts := r.plugin("one").Restarts
	require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(r.ask("one", "poison@example.com")))
	status := r.await("one", "restarted twice", func(p sso.PluginStatus) bool { return p.State == sso.PluginReady && p.Restarts >= restarts+2 })
	require.Equal(t, 2, status.Restarts-restarts, "alone, it costs two processes: one may be chance")
	require.Equal(t, "it ended with exit code 2", status.LastExit)

	callers := call(t, 16, time.Millisecond, func(string) error { return r.ask("one", badplugin.Example) })
	const poisons = 5
	restarts = r.plugin("one").Restarts
	for range poisons {
		require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(r.ask("one", "poison@example.com")))
	}
	callers.awaitAnswers()
	callers.stop()
	require.LessOrEqual(t, r.plugin("one").Restarts-restarts, 4*poisons, "in company it may take four")
	require.Equal(t, sso.BreakerClosed, r.plugin("one").Breaker)
}

// counted is what was counted of calls.
type counted struct {
	outcomes map[string]*atomic.Int64
}

func newCounted() *counted {
	c := &counted{outcomes: map[string]*atomic.Int64{}}
	for _, o := range []string{"ok", "refused", "cancelled", "down", "deadline", "internal", "exhausted", "breaker_open"} {
		c.outcomes[o] = &atomic.Int64{}
	}
	return c
}

// PluginCall implements catalog.Metrics.
func (c *counted) PluginCall(_, _, outcome string, _ time.Duration) { c.outcomes[outcome].Add(1) }

func (c *counted) of(outcome string) int64 { return c.outcomes[outcome].Load() }

func TestTheBreakerRefusesAtOnceAndProbes(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	count := newCounted()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one", Mode: badplugin.PanicOnProfile})
	r.put(badplugin.Binary{Key: "two", Mode: badplugin.Refuses})
	r.open(func(o *catalog.Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
		o.Metrics = count
	})
	for n := range 20 {
		require.Error(t, r.ask("one", fmt.Sprintf("person-%d@example.com", n)))
		require.Error(t, r.ask("two", fmt.Sprintf("person-%d@example.com", n)))
	}
	require.Equal(t, sso.BreakerClosed, r.plugin("two").Breaker, "a refusal is an answer")
	status := r.plugin("one")
	require.Equal(t, sso.BreakerOpen, status.Breaker)
	require.Contains(t, status.Reason, "20 of 20 calls within 10s brought no answer")
	require.Contains(t, r.log.String(), `"breaker":"open"`)
	require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(r.ask("one", badplugin.Example)))
	require.Equal(t, int64(1), count.of("breaker_open"))
	require.Equal(t, int64(20), count.of("internal"))
	require.Equal(t, int64(20), count.of("refused"))

	later.Store(int64(6 * time.Second))
	require.NoError(t, r.ask("one", badplugin.Example), "the probe")
	require.Equal(t, sso.BreakerClosed, r.plugin("one").Breaker)
	require.Empty(t, r.plugin("one").Reason)
}

// An answer to a person's sign-in comes within the deadline however the plugin misbehaves.
func TestCallsOfAPluginThatHangsEndAtTheirDeadline(t *testing.T) {
	t.Parallel()
	count := newCounted()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one", Mode: badplugin.HangOnProfile})
	r.open(func(o *catalog.Options) { o.Metrics = count })
	ends := make(chan error, 100)
	for n := range cap(ends) { // more than are let in at once
		go func() { ends <- r.ask("one", fmt.Sprintf("person-%d@example.com", n)) }()
	}
	r.await("one", "with 64 calls under way", func(p sso.PluginStatus) bool { return p.InFlight == 64 })
	for range cap(ends) {
		require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(<-ends))
	}
	require.Equal(t, int64(100), count.of("deadline")+count.of("breaker_open"))
	require.Zero(t, r.plugin("one").InFlight)
}

// A process that is stopped, not dead, is found out and replaced.
func TestAProcessThatAnswersNoHealthCheckIsReplaced(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	r.open(func(o *catalog.Options) { o.Health = 50 * time.Millisecond })
	old := r.plugin("one").PID
	freeze(t, old)
	status := r.await("one", "replaced", func(p sso.PluginStatus) bool { return p.State == sso.PluginReady && p.PID != old })
	require.Equal(t, 1, status.Restarts)
	require.Contains(t, status.LastExit, "it did not answer 3 health checks in a row and was ended: no answer within 1s")
	require.Contains(t, r.log.String(), "health checks")
	require.NoError(t, r.ask("one", "ada@example.com"))
	awaitGone(t, old)
	time.Sleep(300 * time.Millisecond) // some checks
	require.Equal(t, 1, r.plugin("one").Restarts, "a healthy one stays")
}

func countLines(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	return strings.Count(string(text), "\n")
}
