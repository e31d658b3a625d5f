package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

var (
	baseline    = regexp.MustCompile(`baseline coverage: \d+/(\d+) completed`)
	executions  = regexp.MustCompile(`execs: (\d+)`)
	interesting = regexp.MustCompile(`\(total: (\d+)\)`)
	failing     = regexp.MustCompile(`(?:Failing input written to testdata/fuzz/|failure while testing seed corpus entry: )(\w+/\w+)`)
)

// target is a fuzz function.
type target struct{ dir, name string }

func (t target) String() string { return t.dir + " " + t.name }

// parsers are the readers of what strangers send, each of which every check fuzzes: the gate before the verifier, the verifier, metadata, decryption,
// logouts, what plugins say, what clients of the API say, and the evidence that mappings judge.
func parsers() []target {
	return []target{
		{"./host/saml/signedxml", "FuzzParse"},
		{"./host/saml", "FuzzVerify"},
		{"./host/saml", "FuzzMetadata"},
		{"./host/saml", "FuzzDecrypted"},
		{"./host/saml", "FuzzLogout"},
		{"./sdk/wire", "FuzzDecode"},
		{"./host/web", "FuzzDecode"},
		{"./core/sso", "FuzzRule10_Resolve"},
	}
}

// targets are all fuzz functions of the tree, or the parsers alone.
func targets(root string, quick bool) ([]target, error) {
	if quick {
		return parsers(), nil
	}
	found, err := find(root, fuzzes, "Fuzz")
	var out []target
	for _, t := range found {
		for _, name := range t.names {
			out = append(out, target{t.dir, name})
		}
	}
	return out, err
}

// fuzzing is what is fuzzed, and how.
type fuzzing struct {
	root    string
	each    time.Duration // of a target
	workers int           // targets at a time, each on one core
}

// run fuzzes every target and says how many inputs each tried.
func (f fuzzing) run(ctx context.Context, list []target) (tried map[string]int64, err error) {
	tried = map[string]int64{}
	todo := make(chan target)
	var failed []error
	var mu sync.Mutex
	var all sync.WaitGroup
	for range f.workers {
		all.Go(func() {
			for t := range todo {
				n, corpus, err := f.one(ctx, t, f.each)
				if errors.Is(err, errSeeds) { // on a machine with much else to do
					n, corpus, err = f.one(ctx, t, patience*f.each)
				}
				mu.Lock()
				tried[t.String()] = n
				if err != nil {
					failed = append(failed, fmt.Errorf("%s: %w", t, err))
				}
				fmt.Printf("%-28s %-24s %10d inputs, %4d worth keeping\n", t.dir, t.name, n, corpus)
				mu.Unlock()
			}
		})
	}
	for _, t := range slices.Backward(list) { // the slowest to compile, those of the host, do not come last
		todo <- t
	}
	close(todo)
	all.Wait()
	return tried, errors.Join(failed...)
}

// errSeeds is told of a target that came to no input of its own. Its seeds are tried by every run of the tests: such a run proves nothing.
var errSeeds = errors.New("tried no input: its seeds took all the time; FUZZTIME gives it more")

// patience is how many times as long a target gets whose seeds took all the time.
const patience = 5

// one fuzzes one target for so long. An input that fails was written to testdata/fuzz beside the target, to become a seed once the fault is mended. The
// error shows it, too: the machine that found it may be gone by then.
func (f fuzzing) one(ctx context.Context, t target, long time.Duration) (inputs int64, corpus int, err error) {
	// By itself it would minimize for a minute. A bound in time, however short, costs more than that time: go test kills the worker that reaches it,
	// loses what it tried, and waits for a new one to make its keys.
	run := exec.CommandContext(ctx, "go", "test", "-trimpath", "-run", "^$", "-timeout", "0",
		"-fuzz", "^"+t.name+"$", "-fuzztime", long.String(), "-fuzzminimizetime", "200x", "-parallel", "1", t.dir)
	run.Dir, run.Env = f.root, append(os.Environ(), "CGO_ENABLED=0")
	out, failed := run.CombinedOutput()
	inputs, corpus, err = outcome(out)
	if failed != nil && !outOfTime(out) { // however much it tried before
		err = fmt.Errorf("%w\n%s%s", failed, out, found(ctx, filepath.Join(f.root, t.dir), out))
	}
	return inputs, corpus, err
}

// found is the input that failed, as text, one line for each argument: what go test wrote below the package, or began with out of its cache.
func found(ctx context.Context, pkg string, out []byte) string {
	at := failing.FindSubmatch(out)
	if at == nil {
		return ""
	}
	entry := filepath.FromSlash(string(at[1]))
	input, err := os.ReadFile(filepath.Join(pkg, "testdata", "fuzz", entry))
	if errors.Is(err, os.ErrNotExist) {
		var cache string
		if cache, err = fuzzCache(ctx, pkg); err == nil {
			input, err = os.ReadFile(filepath.Join(cache, entry))
		}
	}
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s:\n%s", at[1], input)
}

// fuzzCache is where go test keeps the inputs worth keeping of the package in this folder.
func fuzzCache(ctx context.Context, pkg string) (string, error) {
	run := exec.CommandContext(ctx, "sh", "-c", `echo "$(go env GOCACHE)/fuzz/$(go list)"`)
	run.Dir = pkg
	out, err := run.Output()
	return strings.TrimSpace(string(out)), err
}

// outcome reads what go test printed. What it tried counts without the seeds, with which it begins; no other input is an error.
func outcome(out []byte) (inputs int64, corpus int, err error) {
	seeds := last(baseline, out)
	inputs = max(0, last(executions, out)-seeds)
	switch {
	case inputs == 0 && seeds > 0:
		err = errSeeds
	case inputs == 0:
		err = fmt.Errorf("tried no input:\n%s", out)
	}
	return inputs, int(last(interesting, out)), err
}

// last is the number in the last place that matches, 0 where there is none.
func last(number *regexp.Regexp, in []byte) (n int64) {
	if all := number.FindAllSubmatch(in, -1); len(all) > 0 {
		n, _ = strconv.ParseInt(string(all[len(all)-1][1]), 10, 64) // digits
	}
	return n
}

// outOfTime tells whether a run ended with its time and nothing else: go test sometimes calls that a failure (golang.org/issue/75804).
func outOfTime(out []byte) bool {
	return bytes.Contains(out, []byte("context deadline exceeded")) && !bytes.Contains(out, []byte("Failing input written"))
}
