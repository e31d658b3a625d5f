package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/idplug/idplug/host/sandbox"
	"github.com/idplug/idplug/sdk/sdktest"
)

// cell shows a process in the sandbox to the suite that checks it.
type cell struct{ *sandbox.Cell }

var _ sdktest.Cell = cell{}

// Level is how far it is shut in: basic, partial or full.
func (c cell) Level() string { return string(c.Report().Level) }

// Refused lists what it tried, with how often.
func (c cell) Refused() []string {
	var lines []string
	for _, a := range c.Report().Refused {
		lines = append(lines, fmt.Sprintf("%s (%d times)", a.What, a.Count))
	}
	return lines
}

// shutIn starts every process of a binary in the sandbox that the server has for plugins. What runs is a copy that others may execute, as the
// server's is, because a plugin of root's runs as nobody. remove takes the copy away.
func shutIn(binary string) (start func(*exec.Cmd) (sdktest.Cell, error), remove func() error, err error) {
	dir, err := os.MkdirTemp("", "idplug-check-")
	if err != nil {
		return nil, nil, fmt.Errorf("plugin check: %w", err)
	}
	remove = func() error { return os.RemoveAll(dir) }
	copied := filepath.Join(dir, filepath.Base(binary))
	if err := copyProgram(binary, copied); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("plugin check: %w", err), remove())
	}
	box := sandbox.Box{Shim: sandbox.Self}
	return func(cmd *exec.Cmd) (sdktest.Cell, error) {
		stdout, _ := cmd.Stdout.(*os.File)
		stderr, _ := cmd.Stderr.(*os.File)
		c, err := box.Start(sandbox.Program{Path: copied, Name: cmd.Args[0], Env: cmd.Env, Dir: cmd.Dir, Stdout: stdout, Stderr: stderr})
		if err != nil {
			return nil, err
		}
		return cell{c}, nil
	}, remove, nil
}

func copyProgram(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755) //nolint:gosec // a program that others may run
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(0o555), out.Close())
}
