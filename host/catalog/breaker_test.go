package catalog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// wired is a breaker on a clock that the test moves.
type wired struct {
	*breaker
	t     *testing.T
	clock time.Time
	told  []sso.BreakerState
}

func newWired(t *testing.T) *wired {
	t.Helper()
	w := &wired{t: t, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	w.breaker = newBreaker(func() time.Time { return w.clock })
	w.tell = func(s sso.BreakerState, _ string) { w.told = append(w.told, s) }
	return w
}

// ask makes a call and reports whether it was let through.
func (w *wired) ask(source, input uint64, v verdict) bool {
	o := origin{source: source, input: input}
	if !w.enter(o) {
		return false
	}
	w.leave(o, v)
	return true
}

func (w *wired) requireState(want sso.BreakerState) {
	w.t.Helper()
	state, why := w.state()
	require.Equal(w.t, want, state, why)
	require.Equal(w.t, want == sso.BreakerClosed, why == "")
}

func TestTheBreakerOpensWhenHalfOfTwentyCallsFail(t *testing.T) {
	w := newWired(t)
	for n := range uint64(10) {
		require.True(t, w.ask(n, n, answered))
	}
	for n := range uint64(9) {
		require.True(t, w.ask(n, 100+n, failed))
	}
	w.requireState(sso.BreakerClosed)
	require.True(t, w.ask(9, 200, failed), "the twentieth call")
	w.requireState(sso.BreakerOpen)
	require.False(t, w.ask(50, 50, answered), "also to those who had no part in it")
	require.Equal(t, []sso.BreakerState{sso.BreakerOpen}, w.told)
}

func TestFewFailuresAndOldOnesOpenNothing(t *testing.T) {
	w := newWired(t)
	for n := range uint64(19) {
		require.True(t, w.ask(n, n, failed))
	}
	w.requireState(sso.BreakerClosed)
	w.clock = w.clock.Add(breakerWindow + time.Second)
	for n := range uint64(19) {
		require.True(t, w.ask(n, n, failed))
	}
	w.requireState(sso.BreakerClosed)
	for n := range uint64(40) {
		require.True(t, w.ask(n, n, answered))
	}
	for n := range uint64(10) {
		require.True(t, w.ask(n, 500+n, failed))
	}
	w.requireState(sso.BreakerClosed)
}

func TestOneProbeDecides(t *testing.T) {
	w := newWired(t)
	open := func() {
		for n := range uint64(20) {
			w.ask(n, n, failed)
		}
		w.requireState(sso.BreakerOpen)
	}
	open()
	w.clock = w.clock.Add(breakerPause - time.Millisecond)
	require.False(t, w.ask(1, 1, answered))
	w.clock = w.clock.Add(time.Millisecond)
	probe := origin{source: 1, input: 1}
	require.True(t, w.enter(probe))
	w.requireState(sso.BreakerProbing)
	require.False(t, w.ask(2, 2, answered), "one only")
	w.leave(probe, nothing)
	require.True(t, w.enter(probe), "its caller gave up: the next one is the probe")
	w.leave(probe, failed)
	w.requireState(sso.BreakerOpen)
	require.False(t, w.ask(2, 2, answered))
	w.clock = w.clock.Add(breakerPause)
	require.True(t, w.ask(2, 2, answered))
	w.requireState(sso.BreakerClosed)
	require.True(t, w.ask(3, 3, failed), "what was before is forgotten")
	w.requireState(sso.BreakerClosed)
	open()
	w.reset()
	w.requireState(sso.BreakerClosed)
}

// Somebody tries again and again with an assertion that fells the plugin.
func TestAPoisonInputAloneOpensNothing(t *testing.T) {
	w := newWired(t)
	for range 1000 {
		require.True(t, w.ask(1, 666, failed))
	}
	require.True(t, w.ask(1, 7, answered), "a colleague")
	require.True(t, w.ask(2, 8, answered), "somebody else")
	w.requireState(sso.BreakerClosed)
}

// An identity provider signs whatever it likes: any number of different assertions that fell the plugin.
func TestOneIdentityProviderCannotOpenTheBreakerToOthers(t *testing.T) {
	w := newWired(t)
	require.True(t, w.ask(2, 8, answered))
	for n := uint64(0); w.ask(1, n, failed); n++ {
		require.Less(t, n, uint64(100))
	}
	w.requireState(sso.BreakerPartly)
	require.False(t, w.ask(1, 7, answered), "its own people must wait")
	require.True(t, w.ask(2, 8, answered))
	require.True(t, w.ask(3, 9, answered))
	w.clock = w.clock.Add(breakerPause)
	require.True(t, w.ask(1, 7, answered), "its probe")
	w.requireState(sso.BreakerClosed)
	require.True(t, w.ask(1, 6, failed))
	w.requireState(sso.BreakerClosed)
}

// The twin: where there is one identity provider only, what fails for it fails for everybody.
func TestABreakerThatIsOpenForEverybodyWhoAskedSaysSo(t *testing.T) {
	w := newWired(t)
	for n := range uint64(20) {
		require.True(t, w.ask(1, n, failed))
	}
	w.requireState(sso.BreakerOpen)
	require.False(t, w.ask(1, 7, answered))
	require.True(t, w.ask(2, 8, answered), "a stranger is let through and shows that it works")
	w.requireState(sso.BreakerPartly)
	w.clock = w.clock.Add(breakerPause + breakerWindow + time.Second)
	w.requireState(sso.BreakerClosed)
}

func TestTheBreakerRemembersLittle(t *testing.T) {
	w := newWired(t)
	for n := range uint64(3 * breakerMemory) {
		w.ask(n, n, answered)
	}
	require.LessOrEqual(t, len(w.calls), breakerMemory)
}
