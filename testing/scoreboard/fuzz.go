package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
)

var (
	executions  = regexp.MustCompile(`execs: (\d+)`)
	interesting = regexp.MustCompile(`\(total: (\d+)\)`)
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
				n, corpus, err := f.one(ctx, t)
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

// one fuzzes one target. An input that fails was written to testdata/fuzz beside the target, to become a seed once the fault is mended.
func (f fuzzing) one(ctx context.Context, t target) (inputs int64, corpus int, err error) {
	// By itself it would minimize for a minute. A bound in time, however short, costs more than that time: go test kills the worker that reaches it,
	// loses what it tried, and waits for a new one to make its keys.
	run := exec.CommandContext(ctx, "go", "test", "-trimpath", "-run", "^$", "-timeout", "0",
		"-fuzz", "^"+t.name+"$", "-fuzztime", f.each.String(), "-fuzzminimizetime", "200x", "-parallel", "1", t.dir)
	run.Dir, run.Env = f.root, append(os.Environ(), "CGO_ENABLED=0")
	out, failed := run.CombinedOutput()
	if all := executions.FindAllSubmatch(out, -1); len(all) > 0 {
		inputs, err = strconv.ParseInt(string(all[len(all)-1][1]), 10, 64)
	}
	if all := interesting.FindAllSubmatch(out, -1); len(all) > 0 && err == nil {
		corpus, err = strconv.Atoi(string(all[len(all)-1][1]))
	}
	if failed != nil && !outOfTime(out) {
		err = errors.Join(err, fmt.Errorf("%w\n%s", failed, out))
	}
	if err == nil && inputs == 0 && !bytes.Contains(out, []byte("gathering baseline coverage")) { // of a slow machine the seeds take all the time
		err = fmt.Errorf("tried nothing:\n%s", out)
	}
	return inputs, corpus, err
}

// outOfTime tells whether a run ended with its time and nothing else: go test sometimes calls that a failure (golang.org/issue/75804).
func outOfTime(out []byte) bool {
	return bytes.Contains(out, []byte("context deadline exceeded")) && !bytes.Contains(out, []byte("Failing input written"))
}
