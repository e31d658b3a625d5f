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
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/idplug/idplug/testing/program"
	"github.com/idplug/idplug/testing/score"
)

// judge is the package whose test tries every vector.
const judge = "host/saml"

// workers is how many mutants live at a time, each in a process.
const workers = 2

// atOnce is how many mutants a process tries on the vectors: it makes those first, and the last process should not keep the others waiting.
const atOnce = 150

// bench are rooms with switches, and their tests.
type bench struct {
	root, dir, overlay string
	mutants            []Mutant
	log                func(format string, args ...any)
	compiling          sync.Mutex
	compiled           map[string]tests
}

// tests is the compiled test of a package, and how long it may take before a mutant in it counts as one that runs for ever.
type tests struct {
	program string
	args    []string
	limit   time.Duration
}

// newBench writes the sources. Tests are compiled when they are first wanted; log is told how far it is.
func newBench(t testing.TB, rooms []room, with instrument) (*bench, error) {
	root, err := program.Root(t.Context())
	if err != nil {
		return nil, err
	}
	b := &bench{root: root, dir: t.TempDir(), log: t.Logf, compiled: map[string]tests{}}
	if b.overlay, b.mutants, err = overlay(root, b.dir, rooms, with); err != nil {
		return nil, fmt.Errorf("overlay: %w", err)
	}
	return b, nil
}

// tests compiles the tests of a package, once, and sees that they pass while no mutant lives.
func (b *bench) tests(ctx context.Context, dir string) (tests, error) {
	b.compiling.Lock()
	defer b.compiling.Unlock()
	if done, ok := b.compiled[dir]; ok {
		return done, nil
	}
	made := tests{filepath.Join(b.dir, filepath.Base(dir)+".test"), []string{"-test.failfast", "-test.skip=" + slow}, time.Minute}
	if b.usesRapid(dir) {
		made.args = append(made.args, "-rapid.nofailfile") // it would write down what fails, for later runs
	}
	build := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", b.overlay, "-o", made.program, "./"+dir)
	build.Dir, build.Env = b.root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return tests{}, fmt.Errorf("compile %s: %w\n%s", dir, err, out)
	}
	begun := time.Now()
	if out, err := b.run(ctx, dir, made, 0).CombinedOutput(); err != nil {
		return tests{}, fmt.Errorf("tests of %s without any mutant: %w\n%s", dir, err, out)
	}
	took := time.Since(begun)
	made.limit = 5*time.Second + 5*took
	b.log("tests of %s take %v", dir, took.Round(time.Millisecond))
	b.compiled[dir] = made
	return made, nil
}

// run are the tests of a package while a mutant lives; none has the number 0.
func (b *bench) run(ctx context.Context, dir string, with tests, mutant int) *exec.Cmd {
	run := exec.CommandContext(ctx, with.program, append(slices.Clip(with.args), "-test.timeout="+with.limit.String())...)
	run.Dir, run.Env = filepath.Join(b.root, dir), environment(Env+"="+strconv.Itoa(mutant))
	return run
}

func (b *bench) usesRapid(dir string) bool {
	files, _ := filepath.Glob(filepath.Join(b.root, dir, "*_test.go"))
	return slices.ContainsFunc(files, func(name string) bool {
		text, _ := os.ReadFile(name)
		return bytes.Contains(text, []byte(`"pgregory.net/rapid"`))
	})
}

// environment is this process's with more. A test with a mutant in it reports no figures, and is content with samples.
func environment(more string) []string {
	own := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, score.Env+"=") || strings.HasPrefix(v, score.FullEnv+"=")
	})
	return append(own, more)
}

// alive are those of a list that no test misses, in its order.
func (b *bench) alive(ctx context.Context, list []Mutant) ([]Mutant, error) {
	judged := slices.DeleteFunc(slices.Clone(list), func(m Mutant) bool { return !m.room.judged() })
	left := slices.DeleteFunc(slices.Clone(list), func(m Mutant) bool { return m.room.judged() })
	if len(judged) > 0 {
		b.log("%d mutants before the vectors", len(judged))
	}
	unmissed, err := sift(ctx, slices.Collect(slices.Chunk(judged, atOnce)), b.unmissed)
	if err != nil {
		return nil, err
	}
	b.log("%d mutants before the other tests", len(slices.Concat(unmissed...))+len(left))
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
		run := exec.CommandContext(ctx, test.program, "-test.run=^TestNeeded$", "-test.timeout=20m")
		run.Dir, run.Env = filepath.Join(b.root, judge), environment("IDPLUG_MUTANTS="+strings.Join(left, " "))
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

// slow are tests that take seconds: that hold many messages or mappings to another library or to the rule said slowly, or compare times. What they
// alone notice has no test of its own.
const slow = "^(TestNeeded|TestVectors|TestFlips|TestMutations|TestOracle|Fuzz.*|TestXMLSec.*|TestGoxmldsigAgrees|TestVerifyAcceptsWhatOraclesAccept|" +
	"TestNobodyOutsideCanTellWhyNothingOpens|TestRule10_NothingUnmappedIsEverGranted|TestRule10_NobodyIsGrantedWhatNoRowNames|" +
	"TestUnfinishedBodies.*|TestJudging.*|TestThePaceOfAPasswordTellsNothing|TestTheResetPageTellsNothing|TestResetsAreLimited|" +
	"TestTheMatrixOfHandWrittenRoutesAndCallers|TestAPanicBesideARequestEndsNothing|TestSlowBodiesKeepNobodyWaiting|TestBodiesThatLie|TestFiveHundredRowsAndAFileInOneForm)$"

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
			if missed = b.run(ctx, dir, test, m.ID).Run() != nil; missed {
				break
			}
		}
		if !missed {
			out = append(out, m)
		}
	}
	return out, ctx.Err()
}
