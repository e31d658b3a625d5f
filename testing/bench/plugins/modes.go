package main

import (
	"context"
	"fmt"
	"time"

	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/plugins"
)

// modes puts every bad plugin beside a good one, and looks at what those who sign in with the good one notice.
func modes(ctx context.Context, b *bench) (err error) {
	s, err := b.site(ctx, "modes")
	if err != nil {
		return err
	}
	defer func() { err = closed(ctx, s, err) }()
	if err := ready(ctx, s, "other"); err != nil {
		return err
	}
	pid := s.Host.PID()
	each, all := b.times(200), badplugin.Modes()
	every := max(1, int(1/(4*b.scale))) // a short run takes some of them: testing/plugins goes through them all
	b.title(fmt.Sprintf("Modes: p99 of %d first sign-ins with another provider, before the bad plugin and beside it, and the slowest answer of its own", each))
	harmed, unshown, unexpected := 0, 0, 0
	for i := 0; i < len(all); i += every {
		b.step("modes", i, len(all))
		m, err := b.mode(ctx, s, all[i], each)
		if err != nil {
			return fmt.Errorf("%s: %w", all[i], err)
		}
		harmed += m.harmed
		unshown += m.unshown
		unexpected += m.unexpected
		b.line(string(all[i]), m.own.Round(time.Millisecond).String(), fmt.Sprintf("p99 of the other %s / %s = %.1fx",
			m.with.Round(100*time.Microsecond), m.without.Round(100*time.Microsecond), float64(m.with)/float64(m.without)))
	}
	b.line("target", "≤ 2s", "≤ 2x")
	b.none("sign-ins with the other provider that failed", harmed)
	b.none("bad plugins whose reason is not shown", unshown)
	b.none("sign-ins with a bad plugin that ended in another answer than expected", unexpected)
	died := 0
	if !s.Host.Running() || s.Host.PID() != pid {
		died = 1
	}
	b.none("deaths of the server", died)
	return nil
}

// measured is what one mode did.
type measured struct {
	with, without, own          time.Duration
	harmed, unshown, unexpected int
}

func (b *bench) mode(ctx context.Context, s *plugins.Site, mode badplugin.Mode, n int) (m measured, err error) {
	key := "x-" + string(mode)
	want, ok := plugins.Expected(mode)
	if !ok {
		return m, fmt.Errorf("nobody has said what to expect")
	}
	if err := ready(ctx, s, key); err != nil {
		return m, err
	}
	if err := s.Remove(key); err != nil {
		return m, err
	}
	if _, err := s.AwaitState(ctx, key, "stopped"); err != nil {
		return m, err
	}
	if m.without, err = m.visits(ctx, s, n); err != nil {
		return m, err
	}
	if err := s.Install(badplugin.Binary{Key: key, Mode: mode, Address: "127.0.0.1:1"}); err != nil {
		return m, err
	}
	if _, err := s.Await(ctx, key, "as it should be", want.Settled); err != nil {
		m.unshown++
	}
	bad := gather(ctx, s, key, 1)
	m.with, err = m.visits(ctx, s, n)
	bad.leave()
	m.own = quantile(bad.took, 1)
	for outcome, times := range bad.outcomes {
		if outcome.code != want.Code {
			m.unexpected += times
		}
	}
	if err != nil {
		return m, err
	}
	return m, s.Remove(key)
}

// visits signs n people in with the other provider, one after the other.
func (m *measured) visits(ctx context.Context, s *plugins.Site, n int) (p99 time.Duration, err error) {
	var took []time.Duration
	for range n {
		o, err := s.SignIn(ctx, "other")
		if err != nil {
			return 0, err
		}
		if !o.SignedIn() {
			m.harmed++
		}
		took = append(took, o.Took)
	}
	return quantile(took, 0.99), nil
}
