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

	"github.com/idplug/idplug/testing/program"
)

// bench is the verifier compiled with its switches.
type bench struct {
	root, dir, overlay string
	checks             []Check
}

// newBench writes the sources and compiles the tests of host/saml.
func newBench(ctx context.Context, dir string) (*bench, error) {
	root, err := root(ctx)
	if err != nil {
		return nil, err
	}
	b := &bench{root: root, dir: dir}
	if b.overlay, b.checks, err = overlay(root, dir); err != nil {
		return nil, fmt.Errorf("overlay: %w", err)
	}
	return b, b.compile(ctx, "host/saml")
}

func root(ctx context.Context) (string, error) { return program.Root(ctx) }

func (b *bench) binary(room string) string { return filepath.Join(b.dir, filepath.Base(room)+".test") }

func (b *bench) compile(ctx context.Context, room string) error {
	build := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", b.overlay, "-o", b.binary(room), "./"+room)
	build.Dir, build.Env = b.root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("compile %s: %w\n%s", room, err, out)
	}
	return nil
}

// unmissed are the checks of a list without which every vector is judged as before.
func (b *bench) unmissed(ctx context.Context, list []Check) ([]Check, error) {
	var left []string
	byID := map[string]Check{}
	for _, c := range list {
		id := strconv.Itoa(c.ID)
		left, byID[id] = append(left, id), c
	}
	var out []Check
	for len(left) > 0 {
		run := exec.CommandContext(ctx, b.binary("host/saml"), "-test.run=^TestNeeded$", "-test.timeout=20m")
		run.Dir, run.Env = filepath.Join(b.root, "host/saml"), append(os.Environ(), "IDPLUG_CHECKS="+strings.Join(left, " "))
		said, err := run.CombinedOutput()
		if failed := new(exec.ExitError); err != nil && !errors.As(err, &failed) {
			return nil, err
		}
		before := len(left)
		for line := range bytes.Lines(said) {
			f := strings.Fields(string(line))
			if len(f) != 3 || f[0] != "CHECK" {
				continue
			}
			left = slices.DeleteFunc(left, func(id string) bool { return id == f[1] })
			if f[2] == "false" {
				out = append(out, byID[f[1]])
			}
		}
		if len(left) == before {
			return nil, fmt.Errorf("tests without checks: %w\n%s", err, said)
		}
	}
	return out, nil
}

// slow are tests that take seconds and hold many messages to another library. What they alone notice has no test of its own.
const slow = "^(TestNeeded|TestVectors|TestFlips|TestMutations|TestOracle|FuzzVerify|FuzzMutation|TestXMLSecAgrees|TestGoxmldsigAgrees|TestVerifyAcceptsWhatOraclesAccept)$"

// survives tells whether the tests of its room, and of the verifier as a whole, pass without a check.
func (b *bench) survives(ctx context.Context, c Check) (bool, error) {
	for _, room := range []string{c.room, "host/saml"} {
		if _, err := os.Stat(b.binary(room)); err != nil {
			if err := b.compile(ctx, room); err != nil {
				return false, err
			}
		}
		run := exec.CommandContext(ctx, b.binary(room), "-test.failfast", "-test.timeout=1m", "-test.skip="+slow)
		run.Dir, run.Env = filepath.Join(b.root, room), append(os.Environ(), Env+"="+strconv.Itoa(c.ID))
		if err := run.Run(); err != nil {
			return false, ctx.Err()
		}
	}
	return true, nil
}
