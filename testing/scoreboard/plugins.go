package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/idplug/idplug/testing/score"
)

// abuse runs the bench of plugins, which kills, exchanges and misbehaves for a quarter of an hour and fails where a count of it does not hold, and sums
// up what it did.
func (o options) abuse(ctx context.Context, root string) error {
	dir, err := os.MkdirTemp("", "scoreboard")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "tried")
	bench := exec.CommandContext(ctx, "go", "run", "./testing/bench/plugins", "-tried", file)
	bench.Dir, bench.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	bench.Stdout, bench.Stderr = os.Stdout, os.Stderr
	if err := bench.Run(); err != nil || !o.count {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var done score.Tried
	if err := json.Unmarshal(text, &done); err != nil {
		return err
	}
	return count(root, func(c *counted) { c.did(done) })
}

// did adds what was done to plugins. What was measured by it replaces what the run before measured.
func (c *counted) did(done score.Tried) {
	for what, n := range done.Counts {
		c.Plugins[what] += n
	}
	c.Figures = done.Figures
}

// ofPlugins is how often one thing was done to plugins.
func ofPlugins(what string) func(counted) (int64, string) {
	return func(c counted) (int64, string) { return c.Plugins[what], "" }
}
