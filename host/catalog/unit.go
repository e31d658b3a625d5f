package catalog

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/sandbox"
)

// wanted is what should run for a provider: checked bytes in the vault. The zero value wants nothing.
type wanted struct {
	sum  string
	path string
	mark mark // of the file they came from: putting the same bytes there again asks for another try

	attach attachment // instead of bytes: a process that runs already
	pinned bool       // somebody asked for these very bytes, whatever lies in the folder
}

// unit keeps one provider served. One goroutine (run) starts, replaces and stops its processes; everybody else only reads.
type unit struct {
	key     sso.ProviderKey
	dir     string // of the plugins
	runDir  string
	log     *slog.Logger
	now     func() time.Time
	slots   chan struct{}  // one per call under way
	turn    chan struct{}  // held by the one suspected call that is made again; see suspicion
	wake    chan struct{}  // what is wanted changed
	sick    chan diagnosis // what the health checks found
	done    chan struct{}  // closed when run has returned
	tidying sync.WaitGroup // processes that serve no more and are being ended, or not yet

	breaker  *breaker
	seed     seed
	metrics  Metrics
	checkup  time.Duration // between health checks
	slack    int
	shelf    *shelf       // nil: nothing is remembered of it, as it is under development
	fixtures *fixtures    // nil, too, then
	dropped  atomic.Int64 // lines of its log, over all its processes
	box      sandbox.Box
	custody  custody

	mu       sync.Mutex
	want     wanted
	good     wanted    // what served last
	standIn  bool      // want did not come up; good takes its place until want changes
	rejected bool      // the file is not even tried
	fault    refusal   // of the file, while something else than the file runs, or nothing
	note     refusal   // the fault that came with what is wanted
	again    bool      // an operator asks for a fresh process
	current  *instance // serving
	ready    time.Time // since when
	manifest *sso.Manifest
	status   sso.PluginStatus
	over     bool          // run has returned: nothing changes any more
	changed  chan struct{} // closed and replaced at every change of current or status
}

func newUnit(key sso.ProviderKey, file, runDir string, o Options) *unit {
	u := &unit{
		key: key, dir: o.Dir, runDir: runDir, log: o.Log.With("plugin", string(key)), now: o.Now,
		slots: make(chan struct{}, maxCalls), turn: make(chan struct{}, 1), wake: make(chan struct{}, 1), sick: make(chan diagnosis),
		done: make(chan struct{}), changed: make(chan struct{}),
		breaker: newBreaker(o.Now), seed: seed{maphash.MakeSeed()}, metrics: o.Metrics, checkup: o.Health, slack: o.slack,
		box:    o.Sandbox,
		status: sso.PluginStatus{Key: key, File: file, State: sso.PluginDiscovered, Since: o.Now()},
	}
	u.breaker.tell = func(s sso.BreakerState, why string) {
		u.log.Warn("plugin", "breaker", string(s), "reason", why)
	}
	return u
}

// set says what should run, and what is wrong beside it: a pinned version serves whatever the file in the folder is like. Saying the same again
// changes nothing.
func (u *unit) set(w wanted, note refusal) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.want == w && !u.rejected {
		if u.note != note {
			u.change(func(*sso.PluginStatus) { u.note, u.fault = note, note })
		}
		return
	}
	u.change(func(s *sso.PluginStatus) {
		u.want, u.rejected, u.standIn, u.note, u.fault = w, false, false, note, note
		u.expect(s)
	})
	u.nudge()
}

// renew asks for a fresh process of what should run, also where that was given up.
func (u *unit) renew() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.want == (wanted{}) || u.rejected && u.current == nil {
		return errNothingToRun
	}
	u.change(func(s *sso.PluginStatus) {
		u.again, u.standIn, u.fault = true, false, u.note
		u.expect(s)
	})
	u.nudge()
	return nil
}

// wants is what should run.
func (u *unit) wants() wanted {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.want
}

// pin shows what an operator has pinned.
func (u *unit) pin(sum string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.status.Pin != sum {
		u.change(func(s *sso.PluginStatus) { s.Pin = sum })
	}
}

// expect shows that something is about to be started where nothing runs.
func (u *unit) expect(s *sso.PluginStatus) {
	switch s.State {
	case sso.PluginDiscovered, sso.PluginRejected, sso.PluginStopped, sso.PluginFailed:
		if u.want != (wanted{}) {
			s.State, s.SHA256, s.Reason, s.Fix = sso.PluginVerified, u.want.sum, "", ""
		}
	default: // something runs, or is about to
	}
}

func (u *unit) nudge() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// reject shows why the file is not run. A bad file never takes a good process away: what serves, or is about to again, does so still.
func (u *unit) reject(r refusal) {
	u.update(func(s *sso.PluginStatus) {
		u.rejected, u.note, u.fault = true, r, r
		switch s.State {
		case sso.PluginDiscovered, sso.PluginVerified, sso.PluginStopped, sso.PluginFailed:
			s.State = sso.PluginRejected
		default:
		}
	})
}

// update changes the status, and whatever goes with it, under the lock.
func (u *unit) update(change func(*sso.PluginStatus)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.change(change)
}

// change is update for who holds the lock. It logs a change of state or reason once and wakes those who wait for one. Once run has returned it
// does nothing: a look into the folder that ends a moment later must not promise a process that nobody will start.
func (u *unit) change(change func(*sso.PluginStatus)) {
	if u.over {
		return
	}
	before := u.shown()
	change(&u.status)
	if u.status.State != before.State {
		u.status.Since = u.now()
	}
	if now := u.shown(); now.State != before.State || now.Reason != before.Reason {
		tell := u.log.Info
		if now.Reason != "" {
			tell = u.log.Warn
		}
		tell("plugin", "state", string(now.State), "version", now.Version, "sha256", now.SHA256,
			"reason", now.Reason, "fix", now.Fix, "restarts", now.Restarts)
	}
	close(u.changed)
	u.changed = make(chan struct{})
}

// shown is the status as operators see it: what is wrong with the file comes before what is wrong with the process.
func (u *unit) shown() sso.PluginStatus {
	s := u.status
	if u.fault.reason != "" {
		s.Reason, s.Fix = u.fault.reason, u.fault.fix
	}
	return s
}

func (u *unit) snapshot() sso.PluginStatus {
	u.mu.Lock()
	s := u.shown()
	u.mu.Unlock()
	u.custody.show(&s)
	s.InFlight, s.LogDropped = len(u.slots), int(u.dropped.Load())
	var why string
	if s.Breaker, why = u.breaker.state(); s.Reason == "" {
		s.Reason = why
	}
	return s
}

// known returns the last manifest the plugin gave; nil if it never served.
func (u *unit) known() *sso.Manifest {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.manifest
}

// sums are the hashes of all bytes that run or may have to.
func (u *unit) sums() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return []string{u.want.sum, u.good.sum, u.status.SHA256}
}

var (
	errNotServing   = errors.New("catalog: the plugin does not run") // and is not about to
	errNothingToRun = errors.New("catalog: there is nothing to run")
)

// serving returns the serving process, waiting while one is about to serve. not is a process that the caller saw die.
func (u *unit) serving(ctx context.Context, not *instance) (*instance, error) {
	for {
		u.mu.Lock()
		current, state, changed := u.current, u.status.State, u.changed
		u.mu.Unlock()
		switch {
		case current != nil && current != not:
			return current, nil
		case current == nil && !coming(state):
			return nil, errNotServing
		}
		select { // about to serve, or dead and run has not noticed yet
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// coming reports whether a process is about to serve.
func coming(s sso.PluginState) bool {
	return s == sso.PluginVerified || s == sso.PluginStarting || s == sso.PluginBackingOff
}

// settle waits until the first start has ended, well or not.
func (u *unit) settle(ctx context.Context) {
	for {
		u.mu.Lock()
		state, changed := u.status.State, u.changed
		u.mu.Unlock()
		if state != sso.PluginVerified && state != sso.PluginStarting {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}
