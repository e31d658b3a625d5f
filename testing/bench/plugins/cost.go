package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/plugins"
)

// cost: what a plugin costs the server while it serves, and what is left of it after many deaths.
func cost(ctx context.Context, b *bench) (err error) {
	s, err := b.site(ctx, "cost")
	if err != nil {
		return err
	}
	defer func() { err = closed(ctx, s, err) }()
	const several = 10
	b.title(fmt.Sprintf("Cost: in the server, per plugin, with %d of them", several))
	without, err := s.Resources(ctx)
	if err != nil {
		return err
	}
	for i := range several {
		key := fmt.Sprintf("plugin-%d", i)
		if err := s.Install(badplugin.Binary{Key: key}); err != nil {
			return err
		}
		if _, err := s.AwaitState(ctx, key, "ready"); err != nil {
			return err
		}
	}
	with, err := s.Resources(ctx)
	if err != nil {
		return err
	}
	b.line("memory", kib((with.Memory-without.Memory)/several), "resident")
	b.line("goroutines", fmt.Sprintf("%.1f", float64(with.Goroutines-without.Goroutines)/several), "")
	b.line("file descriptors", fmt.Sprintf("%.1f", float64(with.Files-without.Files)/several), "")
	p, err := s.Plugin(ctx, "plugin-0")
	if err != nil {
		return err
	}
	own, err := plugins.Resident(p.PID)
	if err != nil {
		return err
	}
	b.line("memory of the plugin's own process", kib(own), "resident, most of it the program's text, shared")
	return b.flat(ctx, s)
}

// flat kills the plugin again and again, lets each process answer one login, and compares the server before and after.
func (b *bench) flat(ctx context.Context, s *plugins.Site) error {
	if err := ready(ctx, s, "bad"); err != nil {
		return err
	}
	n := b.times(1000)
	b.title(fmt.Sprintf("Flatness: %d deaths and restarts, after %d to warm up", n, max(1, n/10)))
	if err := b.deaths(ctx, s, max(1, n/10)); err != nil {
		return err
	}
	before, err := s.Resources(ctx)
	if err != nil {
		return err
	}
	// A leak is a slope; one reading before and one after cannot tell it from garbage not yet collected.
	memory, after := []string{kib(before.Memory)}, before
	for range quarters {
		if err := b.deaths(ctx, s, max(1, n/quarters)); err != nil {
			return err
		}
		if after, err = s.Resources(ctx); err != nil {
			return err
		}
		memory = append(memory, kib(after.Memory))
	}
	// What the last death left behind needs a moment to go.
	for deadline := time.Now().Add(20 * time.Second); err == nil && time.Now().Before(deadline); after, err = s.Resources(ctx) {
		if after.Goroutines <= before.Goroutines && after.Files <= before.Files {
			break
		}
		pause(ctx, 200*time.Millisecond)
	}
	if err != nil {
		return err
	}
	b.none("goroutines more than before", max(0, after.Goroutines-before.Goroutines))
	b.none("file descriptors more than before", max(0, after.Files-before.Files))
	b.line("memory before, and after each quarter", memory[0], strings.Join(memory[1:], ", "))
	return nil
}

const quarters = 4

func (b *bench) deaths(ctx context.Context, s *plugins.Site, n int) (err error) {
	last := 0
	for i := range n {
		if last, err = killNext(ctx, s, "bad", last); err != nil {
			return err
		}
		o, err := s.SignIn(ctx, "bad")
		if err != nil {
			return err
		}
		if !o.SignedIn() {
			return errors.New("a login after a restart: " + o.String())
		}
		b.did("kills", 1)
		b.step("restarts", i+1, n)
	}
	return nil
}

func kib(bytes int) string { return fmt.Sprintf("%d KiB", bytes>>10) }
