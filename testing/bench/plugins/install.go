package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/plugins"
)

// install: how long from the moment a file is in the folder until the API says that it serves.
func install(ctx context.Context, b *bench) (err error) {
	s, err := b.site(ctx, "install")
	if err != nil {
		return err
	}
	defer func() { err = closed(ctx, s, err) }()
	n := b.times(100)
	b.title(fmt.Sprintf("Install: %d drops into an empty folder, %d replacements", n, n))
	drops, err := b.measure(n, "drops", func(i int) (time.Duration, error) {
		took, err := appears(ctx, s, fmt.Sprintf("1.0.%d", i))
		if err != nil {
			return 0, err
		}
		if err := s.Remove("bad"); err != nil {
			return 0, err
		}
		_, err = s.AwaitState(ctx, "bad", "stopped")
		return took, err
	})
	if err != nil {
		return err
	}
	replacements, err := b.measure(n, "replacements", func(i int) (time.Duration, error) {
		return appears(ctx, s, fmt.Sprintf("2.0.%d", i))
	})
	if err != nil {
		return err
	}
	b.duration("drop → selectable, p50", quantile(drops, 0.5), "")
	b.duration("drop → selectable, p99", quantile(drops, 0.99), "target ≤ 1s")
	b.duration("replace → new version serving, p50", quantile(replacements, 0.5), "")
	b.duration("replace → new version serving, p99", quantile(replacements, 0.99), "target ≤ 1s")
	return nil
}

func (b *bench) measure(n int, what string, once func(i int) (time.Duration, error)) ([]time.Duration, error) {
	all := make([]time.Duration, 0, n)
	for i := range n {
		took, err := once(i)
		if err != nil {
			return nil, err
		}
		all = append(all, took)
		b.step(what, i+1, n)
	}
	return all, nil
}

// appears installs a version of the plugin "bad" and waits until it serves.
func appears(ctx context.Context, s *plugins.Site, version string) (time.Duration, error) {
	if err := s.Install(badplugin.Binary{Version: version}); err != nil {
		return 0, err
	}
	begin := time.Now()
	_, err := s.AwaitVersion(ctx, "bad", version)
	return time.Since(begin), err
}

// closed closes the site and adds what was wrong with the server to what went wrong before.
func closed(ctx context.Context, s *plugins.Site, err error) error {
	return errors.Join(err, s.Close(ctx))
}

// ready installs a good plugin and a tenant of the same name.
func ready(ctx context.Context, s *plugins.Site, key string) error {
	if err := s.Install(badplugin.Binary{Key: key}); err != nil {
		return err
	}
	if _, err := s.AwaitState(ctx, key, "ready"); err != nil {
		return err
	}
	return s.Tenant(ctx, key, key)
}
