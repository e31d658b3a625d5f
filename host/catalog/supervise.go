package catalog

import (
	"context"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// run is the life of the unit. It returns when ctx ends, with no process left.
func (u *unit) run(ctx context.Context) {
	defer close(u.done)
	defer u.tidying.Wait()
	var crash crashes
	var retry <-chan time.Time
	for {
		var exited <-chan struct{}
		if i := u.current; i != nil { // only this goroutine writes current
			exited = i.process.exited
		}
		select {
		case <-ctx.Done():
			u.retire(ctx)
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

// replace brings up what should run beside what does, then swaps. A version that does not come up leaves the one before it in charge.
func (u *unit) replace(ctx context.Context, crash *crashes) (retry <-chan time.Time) {
	u.mu.Lock()
	target, old := u.want, u.current
	if u.standIn {
		target = u.good
	}
	u.mu.Unlock()
	switch {
	case target == (wanted{}):
		u.retire(ctx)
		return nil
	case old != nil && old.sum == target.sum:
		return nil
	}
	if old == nil {
		u.update(func(s *sso.PluginStatus) { s.State, s.SHA256 = sso.PluginStarting, target.sum })
	}
	fresh, err := launch(ctx, target, u.runDir, u.key, u.log)
	switch {
	case err == nil:
		u.swap(ctx, fresh, target, old)
		return nil
	case ctx.Err() != nil: // told to end
		return nil
	default:
		return u.notStarted(err, target, crash)
	}
}

// swap puts the new process in charge. The old one finishes its calls and ends in the background: the unit must notice at once if the new one dies.
func (u *unit) swap(ctx context.Context, fresh *instance, served wanted, old *instance) {
	u.update(func(s *sso.PluginStatus) {
		u.current, u.manifest, u.good, u.ready = fresh, &fresh.manifest, served, u.now()
		s.State, s.Reason, s.Fix = sso.PluginReady, "", ""
		s.SHA256, s.Version, s.PID = fresh.sum, fresh.manifest.Version, fresh.process.pid()
	})
	if old != nil {
		u.tidying.Go(func() {
			old.drain(ctx)
			old.stop()
		})
	}
}

// fixBinary is what helps when the bytes themselves are at fault.
const fixBinary = "install a binary that runs: install -m 0755 <binary> <plugin folder>"

// notStarted: if an earlier version served, it stays, or is started again, and the failure is only shown. Else the start is tried again, and given
// up when that is hopeless.
func (u *unit) notStarted(err error, tried wanted, crash *crashes) (retry <-chan time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.standIn && u.good.sum != "" && u.good.sum != tried.sum {
		u.change(func(*sso.PluginStatus) {
			if u.want != tried { // something newer waits
				return
			}
			u.standIn = true
			if !u.rejected {
				u.fault = refusal{"the new file does not run, the version before it serves on: " + err.Error(), fixBinary}
			}
		})
		return time.After(0)
	}
	crash.mute++
	wait := crash.delay()
	u.change(func(s *sso.PluginStatus) {
		s.State, s.Reason, s.Fix, s.PID = sso.PluginBackingOff, err.Error(), fixBinary, 0
		if crash.hopeless() {
			s.State = sso.PluginFailed
		}
	})
	if crash.hopeless() {
		return nil
	}
	return time.After(wait)
}

// crashed tidies after a process that died by itself and says when to start the next.
func (u *unit) crashed(crash *crashes) (retry <-chan time.Time) {
	died := u.current
	if died.answered.Load() || u.now().Sub(u.ready) >= steadyAfter {
		*crash = crashes{}
	}
	crash.mute = 0 // it gave a manifest
	wait := crash.delay()
	u.update(func(s *sso.PluginStatus) {
		u.current = nil
		s.State, s.Reason, s.Fix, s.PID = sso.PluginBackingOff, "the process died", "", 0
		s.Restarts++
	})
	died.leave() // nobody begins a call while its connection is closed
	u.tidying.Go(died.stop)
	return time.After(wait)
}

// retire drains and stops what serves. Nothing of the past stands in for what may be put into the folder later.
func (u *unit) retire(ctx context.Context) {
	old := u.current
	u.update(func(s *sso.PluginStatus) {
		u.current, u.good = nil, wanted{}
		if old != nil {
			s.State = sso.PluginDraining
		}
	})
	if old != nil {
		old.drain(ctx)
		old.stop()
	}
	u.update(func(s *sso.PluginStatus) {
		s.State, s.Reason, s.Fix, s.PID = sso.PluginStopped, "", "", 0
		if u.rejected {
			s.State = sso.PluginRejected
		}
	})
}
