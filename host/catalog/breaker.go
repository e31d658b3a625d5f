package catalog

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// Rules of the breaker.
const (
	breakerWindow = 10 * time.Second
	breakerPause  = 5 * time.Second // from opening to the probe
	breakerCalls  = 20              // in the window, below which nothing is concluded
	breakerShare  = 2               // it opens when one call in so many failed
	breakerVoice  = 4               // failures of one source that count against the plugin as a whole
	breakerMemory = 4096            // calls remembered
)

// origin says whose call it is, by hashes that mean nothing outside this process.
type origin struct {
	source uint64 // the identity provider whose people ask
	input  uint64 // what is asked
}

// breaker stops asking a plugin that does not answer, so that people are told at once instead of after a deadline. It counts answers, whatever
// they say, against failures to answer.
//
// One input that fells or stalls a plugin must not close it to everybody: failures of the same input count once. And one identity provider, which
// can sign any number of different assertions, must not close it to others: against the plugin as a whole it has only few failures to give; its
// own calls alone are then refused.
type breaker struct {
	now  func() time.Time
	tell func(state sso.BreakerState, why string) // of a change, under the lock; may be nil

	mu      sync.Mutex
	calls   []outcome // in order of time
	all     circuit
	sources map[uint64]*circuit // those that are not closed
}

type outcome struct {
	at time.Time
	origin
	failed bool
}

// circuit is one thing that is open or closed.
type circuit struct {
	until   time.Time // open until then; zero: closed
	probing bool
	why     string
}

func newBreaker(now func() time.Time) *breaker {
	return &breaker{now: now, sources: map[uint64]*circuit{}}
}

// enter reports whether a call may be made. If so, leave must follow.
func (b *breaker) enter(o origin) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := b.sources[o.source]
	if !b.all.passes(b.now()) || own != nil && !own.passes(b.now()) {
		return false
	}
	if b.all.probe() {
		b.changed()
	}
	if own != nil {
		own.probe()
	}
	return true
}

func (c *circuit) closed() bool { return c.until.IsZero() }

func (c *circuit) passes(now time.Time) bool { return c.closed() || !c.probing && !now.Before(c.until) }

// probe makes the call that passes an open circuit its probe.
func (c *circuit) probe() bool {
	if c.closed() {
		return false
	}
	c.probing = true
	return true
}

// verdict is what a call says about the plugin.
type verdict int

const (
	nothing  verdict = iota // the caller gave up
	answered                // also with a refusal
	failed
)

// leave takes in how a call ended.
func (b *breaker) leave(o origin, v verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	before := b.stateAt(now)
	if v != nothing {
		b.calls = append(b.since(now), outcome{at: now, origin: o, failed: v == failed})
	}
	b.settle(&b.all, v, now, func() { b.calls = nil })
	if own := b.sources[o.source]; own != nil {
		b.settle(own, v, now, func() {
			delete(b.sources, o.source)
			b.forget(o.source)
		})
	}
	if v == failed {
		b.judge(o.source, now)
	}
	if b.stateAt(now) != before {
		b.changed()
	}
}

// settle ends the probe of a circuit.
func (b *breaker) settle(c *circuit, v verdict, now time.Time, closed func()) {
	if c.closed() || !c.probing {
		return
	}
	c.probing = false
	switch v {
	case answered:
		*c = circuit{}
		closed()
	case failed:
		c.until = now.Add(breakerPause)
	case nothing: // the next call is the probe
	}
}

// judge opens what has to be opened after a failure of the source.
func (b *breaker) judge(source uint64, now time.Time) {
	if b.all.closed() {
		if failures, calls := b.tally(breakerVoice, func(outcome) bool { return true }); tooMany(failures, calls) {
			b.all = opened(failures, calls, now)
			return
		}
	}
	if b.sources[source] == nil {
		if failures, calls := b.tally(math.MaxInt, func(o outcome) bool { return o.source == source }); tooMany(failures, calls) {
			c := opened(failures, calls, now)
			b.sources[source] = &c
		}
	}
}

func opened(failures, calls int, now time.Time) circuit {
	return circuit{until: now.Add(breakerPause), why: fmt.Sprintf("%d of %d calls within %s brought no answer", failures, calls, breakerWindow)}
}

func tooMany(failures, calls int) bool {
	return calls >= breakerCalls && failures*breakerShare >= calls
}

// tally counts calls and failures, each failing input once, and of each source so many failures at most.
func (b *breaker) tally(voice int, counts func(outcome) bool) (failures, calls int) {
	seen, spoken := map[origin]bool{}, map[uint64]int{}
	for _, o := range b.calls {
		switch {
		case !counts(o):
		case !o.failed:
			calls++
		case !seen[o.origin] && spoken[o.source] < voice:
			seen[o.origin] = true
			spoken[o.source]++
			failures++
			calls++
		}
	}
	return failures, calls
}

// since is what of the calls is within the window, and not too much.
func (b *breaker) since(now time.Time) []outcome {
	old := 0
	for old < len(b.calls) && now.Sub(b.calls[old].at) > breakerWindow {
		old++
	}
	old = max(old, len(b.calls)-breakerMemory+1)
	return b.calls[old:]
}

func (b *breaker) forget(source uint64) {
	kept := b.calls[:0]
	for _, o := range b.calls {
		if o.source != source {
			kept = append(kept, o)
		}
	}
	b.calls = kept
}

// reset closes everything: another process, or other bytes, have had no chance yet.
func (b *breaker) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.stateAt(b.now())
	b.calls, b.all, b.sources = nil, circuit{}, map[uint64]*circuit{}
	if before != sso.BreakerClosed {
		b.changed()
	}
}

// state is what operators see, and why it is not closed.
func (b *breaker) state() (state sso.BreakerState, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	for source, c := range b.sources {
		if !c.probing && now.Sub(c.until) > breakerWindow {
			delete(b.sources, source) // nobody of there asks any more
		}
	}
	return b.stateAt(now), b.why()
}

func (b *breaker) stateAt(now time.Time) sso.BreakerState {
	switch {
	case !b.all.closed() && (b.all.probing || !now.Before(b.all.until)):
		return sso.BreakerProbing
	case !b.all.closed():
		return sso.BreakerOpen
	case len(b.sources) == 0:
		return sso.BreakerClosed
	}
	for _, o := range b.since(now) {
		if !o.failed && b.sources[o.source] == nil {
			return sso.BreakerPartly
		}
	}
	return sso.BreakerOpen // for everybody who asked
}

func (b *breaker) why() string {
	if !b.all.closed() {
		return b.all.why + ": first sign-ins and saves are refused at once for some seconds"
	}
	for _, c := range b.sources {
		return c.why + " to one identity provider: its people's first sign-ins are refused at once for some seconds"
	}
	return ""
}

func (b *breaker) changed() {
	if b.tell != nil {
		b.tell(b.stateAt(b.now()), b.why())
	}
}
