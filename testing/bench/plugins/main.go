// Command plugins prints what plugins cost and what breaking them costs, on a real server with real plugins and people who sign in for the first
// time. Counts are asserted: a login lost, a wrong person let in, bytes run that nobody checked, or something that grows makes it end with code 1.
// Times are printed beside their targets and never asserted here; the scoreboard shows those that it promises. `make bench-plugins` runs it, for about
// a quarter of an hour; -scale 0.1 takes a tenth of the repetitions.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/idplug/idplug/testing/plugins"
)

func main() {
	scale := flag.Float64("scale", 1, "share of the repetitions, above 0")
	only := flag.String("only", "", "one part: "+strings.Join(names(), ", "))
	tried := flag.String("tried", "", "file for what was done to plugins, as JSON, once every count has held")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, os.Stderr, options{*scale, *only, *tried})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "plugins:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	scale       float64
	only, tried string
}

// part is one question.
type part struct {
	name string
	ask  func(context.Context, *bench) error
}

func parts() []part {
	return []part{{"install", install}, {"storm", storm}, {"swap", swap}, {"modes", modes}, {"cost", cost}}
}

func names() (all []string) {
	for _, p := range parts() {
		all = append(all, p.name)
	}
	return all
}

// bench is what all parts share.
type bench struct {
	report
	dir      string // one folder per site is made in it
	scale    float64
	programs plugins.Programs
}

func run(ctx context.Context, out, progress io.Writer, o options) error {
	scale, only := o.scale, o.only
	if scale <= 0 || only != "" && !slices.Contains(names(), only) {
		return fmt.Errorf("-scale must be above 0, -only one of %s", strings.Join(names(), ", "))
	}
	dir, err := os.MkdirTemp("", "idplug-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{report: report{out: out, progress: progress}, dir: dir, scale: scale}
	b.step("building", 0, 1)
	if b.programs, err = plugins.Build(ctx, dir); err != nil {
		return err
	}
	for _, p := range parts() {
		if only != "" && only != p.name {
			continue
		}
		if err := p.ask(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if err := b.verdict(); err != nil || o.tried == "" {
		return err
	}
	text, err := json.Marshal(b.tried)
	if err != nil {
		return err
	}
	return os.WriteFile(o.tried, text, 0o600)
}

// times is n repetitions, scaled; at least two.
func (b *bench) times(n int) int { return max(2, int(float64(n)*b.scale)) }

// site opens a server in a folder of its own.
func (b *bench) site(ctx context.Context, name string, env ...string) (*plugins.Site, error) {
	dir := filepath.Join(b.dir, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	return plugins.Open(ctx, b.programs, dir, env...)
}

// pause waits, and not longer than ctx.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
