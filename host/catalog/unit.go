package catalog

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// wanted is what should run for a provider: checked bytes in the vault. The zero value wants nothing.
type wanted struct {
	sum  string
	path string
}

// unit keeps one provider served. One goroutine (run) starts, replaces and stops its processes; everybody else only reads.
type unit struct {
	key    sso.ProviderKey
	runDir string
	log    *slog.Logger
	slots  chan struct{} // one per call under way
	wake   chan struct{} // wanted changed

	mu       sync.Mutex
	want     wanted
	good     wanted    // what served last
	bad      string    // hash of a version that did not come up beside it
	current  *instance // serving
	manifest *sso.Manifest
	status   sso.PluginStatus
	changed  chan struct{} // closed and replaced at every change of current or state
	done     chan struct{} // closed when run has returned
}

func newUnit(key sso.ProviderKey, file, runDir string, log *slog.Logger) *unit {
	return &unit{
		key: key, runDir: runDir, log: log.With("plugin", string(key)),
		slots: make(chan struct{}, maxCalls), wake: make(chan struct{}, 1), changed: make(chan struct{}), done: make(chan struct{}),
		status: sso.PluginStatus{Key: key, File: file, State: sso.PluginDiscovered, Sandbox: sandboxLevel, Since: time.Now()},
	}
}

// sandboxLevel is what every process gets at present: no environment, no input, a process group of its own that dies with the host.
const sandboxLevel = "basic"

// set says what should run. A reason without bytes leaves what runs running: a bad file never takes a good process away.
func (u *unit) set(w wanted) {
	u.mu.Lock()
	same := u.want == w
	u.want = w
	restored := same && u.current != nil && u.current.sum == w.sum
	u.mu.Unlock()
	if restored { // a rejected file was put right again
		u.update(func(s *sso.PluginStatus) { s.Reason, s.Fix = "", "" })
	}
	if same {
		return
	}
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// reject shows why the file is not run. While an earlier version serves, its state stays ready.
func (u *unit) reject(reason, fix string) {
	u.update(func(s *sso.PluginStatus) {
		if u.current == nil && s.State != sso.PluginBackingOff && s.State != sso.PluginStarting {
			s.State = sso.PluginRejected
		}
		s.Reason, s.Fix = reason, fix
	})
}

// update changes the status under the lock, logs a change of state or reason once and wakes those who wait for it.
func (u *unit) update(change func(*sso.PluginStatus)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	before := u.status
	change(&u.status)
	if u.status == before {
		return
	}
	if u.status.State != before.State {
		u.status.Since = time.Now()
	}
	if u.status.State != before.State || u.status.Reason != before.Reason {
		level := slog.LevelInfo
		if u.status.Reason != "" {
			level = slog.LevelWarn
		}
		u.log.Log(context.Background(), level, "plugin "+string(u.status.State), "version", u.status.Version, "sha256", u.status.SHA256,
			"reason", u.status.Reason, "fix", u.status.Fix, "restarts", u.status.Restarts)
	}
	close(u.changed)
	u.changed = make(chan struct{})
}

// errNotServing says that no process serves and none is about to.
var errNotServing = errors.New("catalog: the plugin does not run")

// serving returns the serving process, waiting while one is about to serve. not is a process that the caller saw die.
func (u *unit) serving(ctx context.Context, not *instance) (*instance, error) {
	for {
		u.mu.Lock()
		current, state, changed := u.current, u.status.State, u.changed
		u.mu.Unlock()
		if current != nil && current != not {
			return current, nil
		}
		switch {
		case current != nil: // it died, run has not noticed yet
		case state == sso.PluginStarting, state == sso.PluginBackingOff, state == sso.PluginVerified:
		default:
			return nil, errNotServing
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (u *unit) snapshot() sso.PluginStatus {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.status
}

// known returns the last manifest the plugin gave; nil if it never served.
func (u *unit) known() *sso.Manifest {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.manifest
}

// run is the life of the unit. It returns when ctx ends, with no process left.
func (u *unit) run(ctx context.Context) {
	defer close(u.done)
	var crash crashes
	var retry <-chan time.Time
	for {
		var exited <-chan struct{}
		if i := u.current; i != nil { // only this goroutine writes current
			exited = i.process.exited
		}
		select {
		case <-ctx.Done():
			u.retire(ctx, sso.PluginStopped)
			return
		case <-u.wake:
			crash = crashes{}
			retry = u.replace(ctx, &crash)
		case <-exited:
			retry = u.crashed(&crash)
		case <-retry:
			retry = u.replace(ctx, &crash)
		}
	}
}

// replace brings up what is wanted beside what serves, then swaps. A version that does not come up leaves the old one serving.
func (u *unit) replace(ctx context.Context, crash *crashes) (retry <-chan time.Time) {
	u.mu.Lock()
	want, old := u.want, u.current
	if want.sum != "" && want.sum == u.bad { // the version before it served on, and died
		want = u.good
	}
	u.mu.Unlock()
	switch {
	case want == (wanted{}):
		u.retire(ctx, sso.PluginStopped)
		return nil
	case old != nil && old.sum == want.sum:
		u.update(func(s *sso.PluginStatus) { s.Reason, s.Fix = "", "" })
		return nil
	}
	if old == nil {
		u.update(func(s *sso.PluginStatus) { s.State, s.SHA256 = sso.PluginStarting, want.sum })
	}
	fresh, err := launch(want.path, want.sum, u.runDir, u.key, u.log)
	if err != nil {
		return u.notStarted(err, want, old, crash)
	}
	u.mu.Lock()
	u.current, u.manifest, u.good = fresh, &fresh.manifest, want
	u.mu.Unlock()
	u.update(func(s *sso.PluginStatus) {
		s.State, s.Reason, s.Fix = sso.PluginReady, "", ""
		s.SHA256, s.Version, s.PID = fresh.sum, fresh.manifest.Version, fresh.process.pid()
	})
	if old != nil {
		old.drain(ctx)
		old.stop()
	}
	return nil
}

// notStarted: beside a serving version the failure is only shown; alone, the start is tried again, and given up after failedAfter in a row.
func (u *unit) notStarted(err error, tried wanted, old *instance, crash *crashes) <-chan time.Time {
	if old != nil {
		u.mu.Lock()
		u.bad = tried.sum
		u.mu.Unlock()
		u.update(func(s *sso.PluginStatus) {
			s.Reason, s.Fix = "the new file does not run, the version before it serves on: "+err.Error(), fixBinary
		})
		return nil
	}
	crash.unanswered++
	if crash.unanswered >= failedAfter {
		u.update(func(s *sso.PluginStatus) {
			s.State, s.Reason, s.Fix, s.PID = sso.PluginFailed, err.Error(), fixBinary, 0
		})
		return nil
	}
	wait := crash.delay()
	u.update(func(s *sso.PluginStatus) {
		s.State, s.Reason, s.Fix, s.PID = sso.PluginBackingOff, err.Error(), fixBinary, 0
	})
	return time.After(wait)
}

// fixBinary is what helps when the bytes themselves are at fault.
const fixBinary = "install a binary that runs: install -m 0755 <binary> <plugin folder>"

// crashed tidies after a process that died by itself and says when to start the next.
func (u *unit) crashed(crash *crashes) <-chan time.Time {
	u.mu.Lock()
	died := u.current
	u.current = nil
	u.mu.Unlock()
	if died.answered.Load() || time.Since(died.since) >= steadyAfter {
		*crash = crashes{}
	}
	wait := crash.delay()
	u.update(func(s *sso.PluginStatus) {
		s.State, s.Reason, s.Fix, s.PID = sso.PluginBackingOff, "the process died", "", 0
		s.Restarts++
	})
	go died.stop() // closes the connection; the process is gone already
	return time.After(wait)
}

// retire drains and stops what serves.
func (u *unit) retire(ctx context.Context, state sso.PluginState) {
	u.mu.Lock()
	old := u.current
	u.current = nil
	u.mu.Unlock()
	if old != nil {
		u.update(func(s *sso.PluginStatus) { s.State = sso.PluginDraining })
		old.drain(ctx)
		old.stop()
	}
	u.update(func(s *sso.PluginStatus) { s.State, s.Reason, s.Fix, s.PID = state, "", "", 0 })
}

// Rules of restarting.
const (
	failedAfter = 3                // starts in a row that gave no manifest
	steadyAfter = 10 * time.Second // a process that lived so long starts a new count
	firstDelay  = 500 * time.Millisecond
	longest     = 60 * time.Second
)

// crashes counts exits in a row without an answer.
type crashes struct {
	exits      int
	unanswered int // of which without even a manifest
}

// delay is how long to wait before the next start: 0, 0.5, 1, 2 … 60 s, with jitter of up to half, so that many plugins felled by one cause do
// not come back in step.
func (c *crashes) delay() time.Duration {
	c.exits++
	if c.exits == 1 {
		return 0
	}
	d := longest
	if shift := c.exits - 2; shift < 7 {
		d = min(longest, firstDelay<<shift)
	}
	return d - rand.N(d/2) // #nosec G404 -- jitter
}
