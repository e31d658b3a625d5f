package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/plugins"
)

// modes puts every bad plugin beside a good one, and looks at what those who sign in with the good one notice. Somebody signs in with the bad one all
// the while; what that alone costs is taken with a good plugin in its place, in turns (A B A B …), so that what else the machine does falls on both.
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
	turns, all := min(4, b.times(8)), badplugin.Modes()
	each := b.times(200) / turns
	every := max(1, int(1/(4*b.scale))) // a short run takes some of them: testing/plugins goes through them all
	b.title(fmt.Sprintf("Modes: the slowest answer to who signs in with the bad plugin; p99 of %d × %d first sign-ins with another provider", turns, each))
	harmed, unshown, unexpected := 0, 0, 0
	var own time.Duration
	var beside, before []time.Duration
	for i := 0; i < len(all); i += every {
		b.step("modes", i, len(all))
		m, err := b.mode(ctx, s, all[i], turns, each)
		if err != nil {
			return fmt.Errorf("%s: %w", all[i], err)
		}
		harmed += m.harmed
		unshown += m.unshown
		unexpected += m.unexpected
		b.did("misbehaviours", m.asked)
		own, beside, before = max(own, m.own), append(beside, m.beside...), append(before, m.before...)
		with, without := quantile(m.beside, 0.99), quantile(m.before, 0.99)
		b.line(string(all[i]), m.own.Round(time.Millisecond).String(), fmt.Sprintf("p99 of the other %s, beside a good one %s: %.1fx",
			with.Round(100*time.Microsecond), without.Round(100*time.Microsecond), float64(with)/float64(without)))
	}
	b.line("target", "≤ 2s", "≤ 2x")
	b.figure("slowest answer with a plugin that misbehaves (s)", own.Seconds(), "<= 2")
	b.figure("p99 of the others beside one, over beside a good one (x)", float64(quantile(beside, 0.99))/float64(quantile(before, 0.99)), "<= 2")
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
	before, beside              []time.Duration // answers of the other provider's sign-ins
	own                         time.Duration   // the slowest answer of the bad one's
	harmed, unshown, unexpected int
	asked                       int // sign-ins with the bad one
}

func (b *bench) mode(ctx context.Context, s *plugins.Site, mode badplugin.Mode, turns, n int) (*measured, error) {
	bad, good := badplugin.Binary{Key: "x-" + string(mode), Mode: mode, Address: "127.0.0.1:1"}, badplugin.Binary{Key: "x-" + string(mode)}
	want, ok := plugins.Expected(mode)
	if !ok {
		return nil, errors.New("nobody has said what to expect")
	}
	if err := ready(ctx, s, bad.Key); err != nil {
		return nil, err
	}
	m := &measured{}
	for range turns {
		before, _, err := m.turn(ctx, s, good, plugins.Expectation{States: []string{"ready"}}, n)
		if err != nil {
			return nil, err
		}
		beside, own, err := m.turn(ctx, s, bad, want, n)
		if err != nil {
			return nil, err
		}
		m.before, m.beside, m.own = append(m.before, before...), append(m.beside, beside...), max(m.own, own)
	}
	return m, nil
}

// turn has one person after the other sign in with the other provider while a plugin is there and somebody signs in with that. took are the answers
// with the other, own is the slowest of this one.
func (m *measured) turn(ctx context.Context, s *plugins.Site, p badplugin.Binary, want plugins.Expectation, n int) (took []time.Duration, own time.Duration, err error) {
	if err := s.Install(p); err != nil {
		return nil, 0, err
	}
	if _, err := s.Await(ctx, p.Key, "as it should be", want.Settled); err != nil {
		m.unshown++
	}
	c := gather(ctx, s, p.Key, 1)
	for range n {
		o, err := s.SignIn(ctx, "other")
		if err != nil || !o.SignedIn() {
			m.harmed++
		}
		took = append(took, o.Took)
	}
	c.leave()
	if p.Mode != "" {
		m.asked += len(c.took)
	}
	for o, times := range c.outcomes {
		if o.code != want.Code || o.wrong != "" || o.lost != "" {
			m.unexpected += times
		}
	}
	if err := s.Remove(p.Key); err != nil {
		return nil, 0, err
	}
	_, err = s.AwaitState(ctx, p.Key, "stopped")
	return took, quantile(c.took, 1), err
}
