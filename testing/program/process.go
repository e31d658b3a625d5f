package program

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
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

// Command is a program to start.
type Command struct {
	Path string
	Args []string
	Env  []string // the whole environment
	Log  string   // file to which both streams are appended
	// Ready is what the line on standard output begins with that ends in the URL; empty: "listening on ", in the first line.
	Ready string
	// Addr is where a program listens that does not say so, "127.0.0.1:40123": it is ready when somebody answers there.
	Addr string
}

// listening begins the first line of every server here.
const listening = "listening on "

// Start starts a program and waits until it says where it listens.
func Start(c Command) (*Process, error) {
	out, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env, cmd.Stderr = c.Env, out
	// Its own group, so that a Ctrl-C meant for the tests does not reach it before they stop it; it dies with them all the same.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
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
		p.follow(stdout, out, c, first)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Path, err)
	}
	if c.Addr != "" {
		go p.knock(c.Addr, first)
	}
	select {
	case p.URL = <-first:
		if p.URL == "" {
			return nil, errors.Join(fmt.Errorf("%s did not say where it listens, see its log", c.Path), p.Kill())
		}
		_, p.Addr, _ = strings.Cut(p.URL, "://")
		return p, nil
	case <-time.After(startTime):
		return nil, errors.Join(fmt.Errorf("%s did not start within %s", c.Path, startTime), p.Kill())
	}
}

// knock sends the URL of an address when somebody answers there, and "" when the program has ended before.
func (p *Process) knock(addr string, first chan<- string) {
	for p.Running() {
		if c, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
			_ = c.Close()
			first <- "http://" + addr
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	first <- ""
}

// follow reads what the program says until its end, and sends the URL of the ready line, "" where there is none. Who listens at a known address need
// not say it.
func (p *Process) follow(stdout io.Reader, out io.WriteCloser, c Command, first chan<- string) {
	lines, ready := bufio.NewReader(io.TeeReader(stdout, out)), c.Ready
	for c.Addr == "" {
		line, err := lines.ReadString('\n')
		if url, ok := strings.CutPrefix(line, cmp.Or(ready, listening)); ok {
			first <- strings.TrimSpace(url)
			break
		}
		if err != nil || ready == "" {
			first <- ""
			break
		}
	}
	_, _ = io.Copy(io.Discard, lines)
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

// Exited is closed when the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

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
