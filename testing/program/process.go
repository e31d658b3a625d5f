package program

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// How long a program may take to say where it listens, and to end.
const (
	startTime = 30 * time.Second
	stopTime  = 30 * time.Second
)

// Process is a running program that said where it listens.
type Process struct {
	URL  string // "http://127.0.0.1:40123"
	Addr string // "127.0.0.1:40123"

	cmd    *exec.Cmd
	exited chan struct{}
}

// Start starts a program whose first line on standard output is "listening on <url>". The rest of what it says, on both streams, is appended to
// the file log. env is the whole environment.
func Start(log string, env []string, name string, args ...string) (*Process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Stderr = env, out
	// Its own group, so that a Ctrl-C meant for the tests does not reach it before they stop it; it dies with them all the same.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start: %w", err), out.Close())
	}
	p := &Process{cmd: cmd, exited: make(chan struct{})}
	first := make(chan string, 1)
	started := make(chan error, 1)
	go func() {
		// The kernel ends the child with the thread that started it, so this goroutine keeps its thread until the child is gone.
		runtime.LockOSThread()
		if err := cmd.Start(); err != nil {
			started <- errors.Join(err, out.Close())
			return
		}
		started <- nil
		p.follow(stdout, out, first)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	select {
	case line := <-first:
		p.URL = strings.TrimPrefix(line, "listening on ")
		if p.URL == line {
			return nil, errors.Join(fmt.Errorf("%s did not say where it listens: %q, see its log", name, line), p.Kill())
		}
		_, p.Addr, _ = strings.Cut(p.URL, "://")
		return p, nil
	case <-time.After(startTime):
		return nil, errors.Join(fmt.Errorf("%s did not start within %s", name, startTime), p.Kill())
	}
}

func (p *Process) follow(stdout io.Reader, out *os.File, first chan<- string) {
	lines := bufio.NewReader(stdout)
	line, _ := lines.ReadString('\n')
	first <- strings.TrimSpace(line)
	_, _ = io.Copy(out, lines)
	_ = p.cmd.Wait()
	_ = out.Close()
	close(p.exited)
}

// PID is the process ID, also after the end.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Running tells whether the process has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// Stop asks the program to end with SIGTERM, waits and returns its exit code. One that does not end is killed, which is an error.
func (p *Process) Stop() (int, error) {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	return p.Wait()
}

// Signal sends a signal; to a process that has ended, none.
func (p *Process) Signal(s syscall.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal: %w", err)
	}
	return nil
}

// Wait waits for the end and returns the exit code, -1 after a signal.
func (p *Process) Wait() (int, error) {
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(stopTime):
		return 0, errors.Join(fmt.Errorf("process %d did not end within %s", p.PID(), stopTime), p.Kill())
	}
}

// Kill ends the program at once (SIGKILL).
func (p *Process) Kill() error {
	if err := p.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.exited
	return nil
}
