package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

var (
	executions  = regexp.MustCompile(`execs: (\d+)`)
	interesting = regexp.MustCompile(`\(total: (\d+)\)`)
)

// fuzz runs every fuzz target of the tree for a while, one after the other on all cores, and says how many inputs each tried.
func fuzz(ctx context.Context, root string, each time.Duration) (tried map[string]int64, err error) {
	targets, err := find(root, fuzzes, "Fuzz")
	if err != nil {
		return nil, err
	}
	tried = map[string]int64{}
	var failed []error
	for _, t := range targets {
		for _, name := range t.names {
			n, corpus, err := fuzzOne(ctx, root, t.dir, name, each)
			if err != nil {
				failed = append(failed, fmt.Errorf("%s %s: %w", t.dir, name, err))
				continue
			}
			fmt.Printf("%-28s %-24s %10d inputs, %4d worth keeping\n", t.dir, name, n, corpus)
			tried[t.dir+" "+name] = n
		}
	}
	return tried, errors.Join(failed...)
}

// fuzzOne runs one target. An input that fails was written to testdata/fuzz beside the target, to become a seed once the fault is mended.
func fuzzOne(ctx context.Context, root, dir, name string, each time.Duration) (inputs int64, corpus int, err error) {
	run := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-fuzz", "^"+name+"$", "-fuzztime", each.String(), dir)
	run.Dir, run.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	out, err := run.CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("%w\n%s", err, out)
	}
	if all := executions.FindAllSubmatch(out, -1); len(all) > 0 {
		inputs, err = strconv.ParseInt(string(all[len(all)-1][1]), 10, 64)
	}
	if all := interesting.FindAllSubmatch(out, -1); len(all) > 0 && err == nil {
		corpus, err = strconv.Atoi(string(all[len(all)-1][1]))
	}
	return inputs, corpus, err
}
