package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/idplug/idplug/testing/plugins"
)

// storm replaces and kills the plugin under people who sign in for the first time, sixteen at once all the while.
func storm(ctx context.Context, b *bench) (err error) {
	s, err := b.site(ctx, "storm")
	if err != nil {
		return err
	}
	defer func() { err = closed(ctx, s, err) }()
	if err := ready(ctx, s, "bad"); err != nil {
		return err
	}
	replacements, kills := b.times(200), b.times(1000)
	b.title(fmt.Sprintf("Storm: %d replacements, then %d kill -9, under %d first sign-ins at once", replacements, kills, atOnce))
	err = b.under(ctx, s, "replacements", func(*crowd) error {
		_, err := b.measure(replacements, "replacements", func(i int) (time.Duration, error) { return appears(ctx, s, fmt.Sprintf("3.0.%d", i)) })
		return err
	})
	if err != nil {
		return err
	}
	b.did("replacements", replacements)
	b.did("kills", kills)
	return b.under(ctx, s, "kills", func(c *crowd) error {
		last := 0
		for i := range kills {
			if err := c.await(ctx, b.breath()); err != nil {
				return err
			}
			if last, err = killNext(ctx, s, "bad", last); err != nil {
				return err
			}
			b.step("kills", i+1, kills)
		}
		return nil
	})
}

// breath is how many logins must come through between two kills. A short run is part of the tests, which may share a machine that is ten times slower
// for it; a login that is struck again and again there runs out of its time, which is no fault of the server.
func (b *bench) breath() int {
	if b.scale < 0.1 {
		return atOnce
	}
	return 0
}

// atOnce is how many people sign in at once.
const atOnce = 16

// killNext waits for a process of the plugin other than the last, lets it serve for a moment, and kills it.
func killNext(ctx context.Context, s *plugins.Site, key string, last int) (int, error) {
	p, err := s.Await(ctx, key, "serving by a new process", func(p plugins.Plugin) bool { return p.State == "ready" && p.PID != 0 && p.PID != last })
	if err != nil {
		return 0, err
	}
	pause(ctx, rand.N(20*time.Millisecond))
	if err := s.Kill(p.PID, syscall.SIGKILL); err != nil {
		return 0, err
	}
	return p.PID, nil
}

// under does something to the plugin while people sign in, and counts what became of them.
func (b *bench) under(ctx context.Context, s *plugins.Site, what string, do func(*crowd) error) error {
	c := gather(ctx, s, "bad", atOnce)
	err := do(c)
	c.leave()
	if err != nil {
		return err
	}
	failed, wrong := 0, 0
	for o, n := range c.outcomes {
		switch {
		case o.wrong != "":
			wrong += n
		case o != outcome{}:
			failed += n
		default:
			continue
		}
		defer b.line("  "+strings.TrimSpace(o.code+" "+o.wrong+" "+o.lost), strconv.Itoa(n), "")
	}
	b.none(fmt.Sprintf("%s: failed logins of %d", what, len(c.took)), failed)
	b.none(what+": wrong results", wrong)
	b.duration(what+": login answer, p50", quantile(c.took, 0.5), "")
	b.figure("slowest answer under "+what+" of a plugin (s)", quantile(c.took, 1).Seconds(), "<= 2")
	if failed == 0 {
		return nil
	}
	calls, err := s.Metric(ctx, "idplug_plugin_calls_total")
	for name, n := range calls { // why: no time left is another matter than no answer
		b.line("  "+name, strconv.Itoa(int(n)), "")
	}
	return err
}
