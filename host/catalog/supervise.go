package catalog

import (
	"context"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// life is what the one goroutine of a unit knows beyond what everybody may read.
type life struct {
	*unit
	crash   crashes
	retry   <-chan time.Time
	trial   *start // of what is wanted and does not serve
	revival *start // of what served and died
	started chan *start
	kept    string // SHA-256 of what was remembered last as serving
}

// start is a process on its way up.
type start struct {
	target wanted
	cancel context.CancelFunc
	fresh  *instance // when it came up
	err    error     // when it did not
}

// run is the life of the unit. It returns when ctx ends, with no process left. It never waits for anything but the next event: while a new version
// comes up and is tried, the death of the one that serves is noticed and mended at once.
func (u *unit) run(ctx context.Context) {
	defer close(u.done)
	l := life{unit: u, started: make(chan *start)}
	for {
		var exited <-chan struct{}
		if i := u.current; i != nil { // only this goroutine writes current
			exited = i.process.exited
		}
		select {
		case <-ctx.Done():
			l.give(&l.trial)
			l.give(&l.revival)
			l.retire(ctx)
			u.tidying.Wait()
			u.update(func(s *sso.PluginStatus) { s.State, u.over = sso.PluginStopped, true })
			return
		case <-u.wake:
			l.pursue(ctx)
		case <-exited:
			l.crashed(u.current.process.obituary())
		case d := <-u.sick:
			if d.instance == u.current {
				l.crashed(d.reason)
			}
		case <-l.retry:
			l.retry = nil
			l.again(ctx)
		case s := <-l.started:
			l.arrived(ctx, s)
		}
	}
}

// begin brings up a process of the target in the background.
func (l *life) begin(ctx context.Context, place **start, target wanted, try func(context.Context, *instance) error) {
	l.give(place)
	if l.current == nil {
		l.update(func(s *sso.PluginStatus) { s.State, s.SHA256 = sso.PluginStarting, target.sum })
	}
	own, cancel := context.WithCancel(ctx)
	s := &start{target: target, cancel: cancel}
	*place = s
	l.tidying.Go(func() {
		s.fresh, s.err = l.launch(own, target)
		if s.err == nil {
			if s.err = try(own, s.fresh); s.err != nil {
				l.tidying.Go(s.fresh.stop)
			}
		}
		select {
		case l.started <- s:
		case <-ctx.Done():
			if s.err == nil {
				s.fresh.stop()
			}
		}
	})
}

// give gives a start up. If it comes up nevertheless, it is ended when it arrives.
func (l *life) give(place **start) {
	if *place != nil {
		(*place).cancel()
		*place = nil
	}
}

func untried(context.Context, *instance) error { return nil }

// pursue goes after what is wanted now.
func (l *life) pursue(ctx context.Context) {
	l.mu.Lock()
	target, again := l.want, l.unit.again
	if l.standIn {
		target = l.good
	}
	l.unit.again = false
	l.mu.Unlock()
	l.crash, l.retry = crashes{}, nil
	switch {
	case target == (wanted{}):
		l.give(&l.trial)
		l.give(&l.revival)
		l.retire(ctx)
		l.kept = ""
		if err := l.shelf.removed(l.key); err != nil {
			l.log.Warn("removal not remembered", "err", err)
		}
	case l.current != nil && l.current.sum == target.sum && !again:
		l.give(&l.trial)
	case target.sum == l.good.sum || target.pinned: // it served before, or an operator wants it whatever it is like
		l.begin(ctx, &l.trial, target, untried)
	default:
		l.begin(ctx, &l.trial, target, l.rehearse)
	}
}

// again starts what did not come up, or died, once more.
func (l *life) again(ctx context.Context) {
	l.mu.Lock()
	want := l.want
	l.mu.Unlock()
	switch {
	case l.current != nil:
	case l.good.sum != "":
		l.begin(ctx, &l.revival, l.good, untried)
	case want.pinned:
		l.begin(ctx, &l.trial, want, untried)
	case want != (wanted{}):
		l.begin(ctx, &l.trial, want, l.rehearse)
	}
}

// arrived takes in how a start ended.
func (l *life) arrived(ctx context.Context, s *start) {
	trial := s == l.trial
	switch {
	case trial:
		l.trial = nil
	case s == l.revival:
		l.revival = nil
	default: // given up meanwhile
		if s.err == nil {
			l.tidying.Go(s.fresh.stop)
		}
		return
	}
	s.cancel()
	if s.err != nil {
		l.notStarted(s, trial)
		return
	}
	l.give(&l.revival)
	l.swap(ctx, s.fresh, s.target)
}

// swap puts the new process in charge. The old one finishes its calls and ends in the background.
func (l *life) swap(ctx context.Context, fresh *instance, served wanted) {
	old := l.current
	if l.kept != fresh.sum {
		l.remember(fresh)
	}
	l.update(func(s *sso.PluginStatus) {
		l.unit.current, l.manifest, l.good, l.ready = fresh, &fresh.manifest, served, l.now()
		s.State, s.Reason, s.Fix = sso.PluginReady, "", ""
		s.SHA256, s.Version, s.PID = fresh.sum, fresh.manifest.Version, fresh.process.pid()
	})
	l.custody.follow(fresh.sum, fresh.process)
	l.retry = nil
	if old != nil {
		l.breaker.reset()
		l.tidying.Go(func() {
			old.drain(ctx)
			old.stop()
		})
	}
	l.tidying.Go(func() { l.watch(ctx, fresh) })
}

// remember keeps the version, which is about to serve, as one that can be gone back to.
func (l *life) remember(i *instance) {
	if l.shelf == nil {
		return
	}
	kept, err := l.shelf.served(l.key, sso.PluginVersion{Version: i.manifest.Version, SHA256: i.sum, ServedAt: l.now().UTC()})
	if err != nil {
		l.log.Warn("plugin version not remembered: it cannot be gone back to", "err", err)
		return
	}
	l.kept = i.sum
	l.update(func(s *sso.PluginStatus) { s.Versions = kept.Versions })
}

// notStarted: if an earlier version served, it stays, or is started again, and the failure is only shown. Else the start is tried again, and given
// up when that is hopeless.
func (l *life) notStarted(s *start, trial bool) {
	why := faultOf(s.err)
	l.mu.Lock()
	defer l.mu.Unlock()
	if trial && (l.current != nil || l.good.sum != "" && l.good.sum != s.target.sum) {
		l.change(func(*sso.PluginStatus) {
			if l.want != s.target { // something newer waits
				return
			}
			l.standIn = true
			if !l.rejected {
				l.fault = refusal{"the new file does not run, the version before it serves on: " + why.reason, why.fix}
			}
		})
		if l.current == nil && l.revival == nil && l.retry == nil {
			l.retry = time.After(0)
		}
		return
	}
	if !why.killed {
		l.crash.mute++
	}
	wait := l.crash.delay(why.killed)
	l.change(func(st *sso.PluginStatus) {
		st.State, st.Reason, st.Fix, st.PID = sso.PluginBackingOff, why.reason, why.fix, 0
		if l.crash.hopeless() {
			st.State = sso.PluginFailed
		}
	})
	l.retry = nil
	if !l.crash.hopeless() {
		l.retry = time.After(wait)
	}
}

// crashed tidies after a process that died by itself, or is to be ended, and says when to start the next.
func (l *life) crashed(reason string) {
	died := l.current
	if died.answered.Load() || l.now().Sub(l.ready) >= steadyAfter {
		l.crash = crashes{}
	}
	l.crash.mute = 0 // it gave a manifest
	wait := l.crash.delay(died.asked())
	l.update(func(s *sso.PluginStatus) {
		l.unit.current = nil
		s.State, s.Reason, s.Fix, s.PID, s.LastExit = sso.PluginBackingOff, reason, "", 0, reason
		s.Restarts++
	})
	died.leave() // nobody begins a call while its connection is closed
	l.tidying.Go(died.stop)
	l.retry = time.After(wait)
}

// retire drains and stops what serves. Nothing of the past stands in for what may be put into the folder later.
func (l *life) retire(ctx context.Context) {
	old := l.current
	l.update(func(s *sso.PluginStatus) {
		l.unit.current, l.good = nil, wanted{}
		s.State = sso.PluginDraining
	})
	ended := func() {
		if old != nil {
			old.drain(ctx)
			old.stop()
		}
		l.update(func(s *sso.PluginStatus) {
			if s.State != sso.PluginDraining {
				return // something runs again
			}
			s.State, s.Reason, s.Fix, s.PID = sso.PluginStopped, "", "", 0
			if l.rejected {
				s.State = sso.PluginRejected
			}
		})
	}
	if old == nil {
		ended()
		return
	}
	l.tidying.Go(ended)
}
