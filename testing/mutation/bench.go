package mutation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/idplug/idplug/testing/program"
)

// judge is the package whose test tries every vector.
const judge = "host/saml"

// workers is how many mutants live at a time, each in a process.
const workers = 2

// bench are rooms with switches, and their tests.
type bench struct {
	root, dir, overlay string
	mutants            []Mutant
	compiling          sync.Mutex
}

// newBench writes the sources. Tests are compiled when they are first wanted.
func newBench(ctx context.Context, dir string, rooms []room, with instrument) (*bench, error) {
	root, err := program.Root(ctx)
	if err != nil {
		return nil, err
	}
	b := &bench{root: root, dir: dir}
	if b.overlay, b.mutants, err = overlay(root, dir, rooms, with); err != nil {
		return nil, fmt.Errorf("overlay: %w", err)
	}
	return b, nil
}

// tests compiles the tests of a package, once, and gives the program.
func (b *bench) tests(ctx context.Context, dir string) (program string, err error) {
	b.compiling.Lock()
	defer b.compiling.Unlock()
	program = filepath.Join(b.dir, filepath.Base(dir)+".test")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	build := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", b.overlay, "-o", program, "./"+dir)
	build.Dir, build.Env = b.root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile %s: %w\n%s", dir, err, out)
	}
	return program, nil
}

// alive are those of a list that no test misses, in its order.
func (b *bench) alive(ctx context.Context, list []Mutant) ([]Mutant, error) {
	judged := slices.DeleteFunc(slices.Clone(list), func(m Mutant) bool { return !m.room.judged() })
	left := slices.DeleteFunc(slices.Clone(list), func(m Mutant) bool { return m.room.judged() })
	unmissed, err := sift(ctx, slices.Collect(slices.Chunk(judged, max(1, (len(judged)+workers-1)/workers))), b.unmissed)
	if err != nil {
		return nil, err
	}
	single := slices.Collect(slices.Chunk(slices.Concat(slices.Concat(unmissed...), left), 1))
	survivors, err := sift(ctx, single, b.survivors)
	return slices.Concat(survivors...), err
}

// sift works through parts of a list, as many at a time as there are workers.
func sift(ctx context.Context, parts [][]Mutant, by func(context.Context, []Mutant) ([]Mutant, error)) ([][]Mutant, error) {
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(workers)
	out := make([][]Mutant, len(parts))
	for i, part := range parts {
		all.Go(func() (err error) {
			out[i], err = by(ctx, part)
			return err
		})
	}
	return out, all.Wait()
}

// unmissed are the mutants of a list with which every vector is judged as before.
func (b *bench) unmissed(ctx context.Context, list []Mutant) ([]Mutant, error) {
	test, err := b.tests(ctx, judge)
	if err != nil {
		return nil, err
	}
	var left []string
	byID := map[string]Mutant{}
	for _, m := range list {
		id := strconv.Itoa(m.ID)
		left, byID[id] = append(left, id), m
	}
	var out []Mutant
	for len(left) > 0 {
		run := exec.CommandContext(ctx, test, "-test.run=^TestNeeded$", "-test.timeout=20m")
		run.Dir, run.Env = filepath.Join(b.root, judge), append(os.Environ(), "IDPLUG_MUTANTS="+strings.Join(left, " "))
		said, err := run.CombinedOutput()
		if failed := new(exec.ExitError); err != nil && !errors.As(err, &failed) {
			return nil, err
		}
		before, last := len(left), ""
		for line := range bytes.Lines(said) {
			switch f := strings.Fields(string(line)); {
			case len(f) == 2 && f[0] == "TRY":
				last = f[1]
			case len(f) == 3 && f[0] == "MUTANT":
				last = ""
				left = slices.DeleteFunc(left, func(id string) bool { return id == f[1] })
				if f[2] == "false" {
					out = append(out, byID[f[1]])
				}
			}
		}
		left = slices.DeleteFunc(left, func(id string) bool { return id == last }) // the process ended with it: that is noticed
		if len(left) == before {
			return nil, fmt.Errorf("tests without mutants: %w\n%s", err, said)
		}
	}
	return out, nil
}

// slow are tests that take seconds and hold many messages to another library. What they alone notice has no test of its own.
const slow = "^(TestNeeded|TestVectors|TestFlips|TestMutations|TestOracle|FuzzVerify|FuzzMutation|TestXMLSecAgrees|TestGoxmldsigAgrees|TestVerifyAcceptsWhatOraclesAccept)$"

// survivors are those with which the tests of their room, and of what is built on it, pass.
func (b *bench) survivors(ctx context.Context, list []Mutant) ([]Mutant, error) {
	var out []Mutant
	for _, m := range list {
		missed := false
		for _, dir := range append([]string{m.room.dir}, m.room.tests...) {
			test, err := b.tests(ctx, dir)
			if err != nil {
				return nil, err
			}
			run := exec.CommandContext(ctx, test, "-test.failfast", "-test.timeout=1m", "-test.skip="+slow)
			run.Dir, run.Env = filepath.Join(b.root, dir), append(os.Environ(), Env+"="+strconv.Itoa(m.ID))
			if missed = run.Run() != nil; missed {
				break
			}
		}
		if !missed {
			out = append(out, m)
		}
	}
	return out, ctx.Err()
}
