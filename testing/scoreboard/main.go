// Command scoreboard runs every test that reports figures and prints what the product promises about security beside what was measured. With
// -read it prints what an earlier run reported, without the long tests; with -fuzz it only fuzzes, with -soak it only soaks, with
// -plugins it only breaks plugins, and sums up what was tried.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/idplug/idplug/testing/need"
	"github.com/idplug/idplug/testing/program"
	"github.com/idplug/idplug/testing/score"
)

// options are the flags.
type options struct {
	read    string
	each    time.Duration
	quick   bool
	count   bool
	workers int
	soak    time.Duration
	plugins bool
}

func main() {
	var o options
	flag.StringVar(&o.read, "read", "", "file of figures to print, instead of running tests; times do not count then")
	flag.DurationVar(&o.each, "fuzz", 0, "fuzz every target for so long, instead of running tests")
	flag.BoolVar(&o.quick, "quick", false, "with -fuzz: only the parsers of what strangers send")
	flag.DurationVar(&o.soak, "soak", 0, "soak a server for so long, instead of running tests")
	flag.BoolVar(&o.plugins, "plugins", false, "kill, exchange and break plugins, instead of running tests")
	flag.BoolVar(&o.count, "count", false, "with -fuzz, -soak and -plugins: add what was tried to "+countedFile)
	flag.IntVar(&o.workers, "workers", 2, "with -fuzz: targets at a time, each on one core")
	flag.Parse()
	if err := o.run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "scoreboard:", err)
		os.Exit(1)
	}
}

func (o options) run(ctx context.Context) error {
	root, err := program.Root(ctx)
	switch {
	case err != nil:
		return err
	case o.each > 0:
		return o.fuzz(ctx, root)
	case o.soak > 0:
		return o.rain(ctx, root)
	case o.plugins:
		return o.abuse(ctx, root)
	case o.read != "":
		return board(root, o.read, false)
	}
	return measure(ctx, root)
}

func (o options) fuzz(ctx context.Context, root string) error {
	list, err := targets(root, o.quick)
	if err != nil {
		return err
	}
	tried, failed := fuzzing{root, o.each, o.workers}.run(ctx, list)
	all := counted{Fuzz: tried, targets: list}
	sum, _ := all.inputs()
	least, name := all.least()
	fmt.Printf("%d inputs in all; the fewest, %d, by %s\n", sum, least, name)
	if !o.count {
		return failed
	}
	return errors.Join(failed, count(root, func(c *counted) { c.tried(tried) }))
}

// measure runs the tests that report and prints the table.
func measure(ctx context.Context, root string) error {
	dir, err := os.MkdirTemp("", "scoreboard")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	figures := filepath.Join(dir, "figures")
	return errors.Join(run(ctx, root, figures), board(root, figures, true))
}

// board prints the table, and fails where a target is missed.
func board(root, figures string, complete bool) error {
	reported, err := score.Read(figures)
	if err != nil {
		return err
	}
	total, err := readCounted(filepath.Join(root, countedFile))
	if err != nil {
		return err
	}
	if total.targets, err = targets(root, false); err != nil {
		return err
	}
	t, err := newTable(reported, total)
	if err != nil {
		return err
	}
	t.complete, t.lenient = complete, !complete && !need.UnderCI()
	return t.print(os.Stdout)
}

// testOf runs tests of a package, which report to a file.
func testOf(ctx context.Context, root, figures string, t tests, env ...string) error {
	test := exec.CommandContext(ctx, "go", "test", "-trimpath", "-count=1", "-timeout=0", "-run", "^("+strings.Join(t.names, "|")+")$", t.dir)
	test.Dir, test.Env = root, append(append(os.Environ(), "CGO_ENABLED=0", score.Env+"="+figures), env...)
	if out, err := test.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", t.dir, err, out)
	}
	return nil
}

// run runs the tests that report, package by package, without anything beside them.
func run(ctx context.Context, root, figures string) error {
	all, err := find(root, reports, "Test")
	if err != nil {
		return err
	}
	var failed []error
	for _, t := range all {
		if t.dir == "./testing/score" {
			continue // its own
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", t.dir, strings.Join(t.names, ", "))
		if err := testOf(ctx, root, figures, t, score.FullEnv+"=1"); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}
