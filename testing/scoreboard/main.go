// Command scoreboard runs every test that reports figures and prints what the product promises about security beside what was measured. With
// -read it prints what an earlier run reported, without the long tests; with -fuzz it only fuzzes, and sums up what was tried.
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

	"github.com/idplug/idplug/testing/program"
	"github.com/idplug/idplug/testing/score"
)

func main() {
	read := flag.String("read", "", "file of figures to print, instead of running tests; times do not count then")
	each := flag.Duration("fuzz", 0, "fuzz every target for so long, instead of running tests")
	count := flag.Bool("count", false, "with -fuzz: add what was tried to "+countedFile)
	flag.Parse()
	var err error
	if *each > 0 {
		err = fuzzAll(context.Background(), *each, *count)
	} else {
		err = board(context.Background(), *read)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scoreboard:", err)
		os.Exit(1)
	}
}

func fuzzAll(ctx context.Context, each time.Duration, count bool) error {
	root, err := program.Root(ctx)
	if err != nil {
		return err
	}
	tried, failed := fuzz(ctx, root, each)
	if !count {
		return failed
	}
	total, err := readCounted(filepath.Join(root, countedFile))
	if err != nil {
		return err
	}
	return errors.Join(failed, total.add(filepath.Join(root, countedFile), tried, time.Now()))
}

// board prints the table, and fails where a target is missed. Of an earlier run times are no misses: it may have had the race detector in it and
// other tests beside it.
func board(ctx context.Context, read string) error {
	root, err := program.Root(ctx)
	if err != nil {
		return err
	}
	var failed error
	path := read
	if read == "" {
		dir, err := os.MkdirTemp("", "scoreboard")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		path = filepath.Join(dir, "figures")
		failed = run(ctx, root, path)
	}
	figures, err := score.Read(path)
	if err != nil {
		return err
	}
	total, err := readCounted(filepath.Join(root, countedFile))
	if err != nil {
		return err
	}
	t, err := newTable(figures, total)
	if err != nil {
		return err
	}
	missed, err := t.print(os.Stdout)
	if err != nil {
		return err
	}
	for _, f := range missed {
		if read == "" || !f.Timed() {
			failed = errors.Join(failed, fmt.Errorf("missed: %s is %v, not %s", f.Metric, f.Measured, f.Target))
		}
	}
	return failed
}

// run runs the tests that report, package by package, without anything beside them.
func run(ctx context.Context, root, figures string) error {
	all, err := find(root, reports, "Test")
	if err != nil {
		return err
	}
	var failed []error
	for _, t := range all {
		if strings.HasPrefix(t.dir, "./testing/score") {
			continue // its own
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", t.dir, strings.Join(t.names, ", "))
		test := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout=30m", "-run", "^("+strings.Join(t.names, "|")+")$", t.dir)
		test.Dir, test.Env = root, append(os.Environ(), "CGO_ENABLED=0", score.Env+"="+figures, score.FullEnv+"=1")
		if out, err := test.CombinedOutput(); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w\n%s", t.dir, err, out))
		}
	}
	return errors.Join(failed...)
}
