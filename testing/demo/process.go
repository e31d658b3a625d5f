package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// process is a program that said where it listens.
type process struct {
	cmd    *exec.Cmd
	url    string
	log    string
	exited chan struct{}
}

// start starts a program whose first line on standard output is "listening on <url>"; what else it says goes to the log file.
func start(ctx context.Context, log, program string, args ...string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, args...) // #nosec G204 -- our own programs
	cmd.Stderr = out
	// Ctrl-C reaches the whole group of the terminal; these programs are stopped in order instead.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, out.Close())
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, out.Close())
	}
	p := &process{cmd: cmd, log: log, exited: make(chan struct{})}
	first := make(chan string, 1)
	go func() {
		lines := bufio.NewReader(stdout)
		line, _ := lines.ReadString('\n')
		first <- line
		_, _ = io.Copy(out, lines)
		_ = cmd.Wait()
		_ = out.Close()
		close(p.exited)
	}()
	select {
	case line := <-first:
		url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
		if !ok {
			p.stop()
			return nil, fmt.Errorf("%s did not start: see %s", program, log)
		}
		p.url = url
		return p, nil
	case <-ctx.Done():
	case <-time.After(startTime):
	}
	p.stop()
	return nil, fmt.Errorf("%s did not start in time: see %s", program, log)
}

// stop asks the program to end, and makes it after ten seconds.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
	}
}

// install copies a binary beside its place and renames it there, so that nobody sees half a file.
func install(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o755) // #nosec G302 -- a program
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(err, out.Close())
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Rename(to+".tmp", to)
}
