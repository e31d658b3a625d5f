package catalog

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"

	"github.com/idplug/idplug/host/sandbox"
)

// Limits of a process.
const (
	killGrace  = 2 * time.Second // between SIGTERM and SIGKILL
	killWait   = 2 * time.Second // for the kernel after SIGKILL
	lastWords  = time.Second     // to read what a process has written, once it is gone
	maxGreet   = 8 << 10         // bytes of the handshake line; it holds a certificate, and ours have 1 KiB
	memoryHint = "GOMEMLIMIT=192MiB"
)

// process runs one plugin binary; it is go-plugin's runner. go-plugin's own would give the plugin our standard input and environment, dial
// whatever address it prints, and has no deadline for killing.
type process struct {
	box     sandbox.Box
	cell    *sandbox.Cell // once started
	path    string
	name    string
	env     []string
	dir     string // of the socket
	logs    *logs
	stdout  *io.PipeReader // the handshake
	started chan struct{}  // closed when Start has done what it can
	exited  chan struct{}  // closed when the process is gone
	err     error          // of the exit, readable once exited is closed
	told    atomic.Bool    // it was told to end by us
}

var _ runner.Runner = (*process)(nil)

// newProcess prepares the checked binary at path to run, which others see as name. wanted is what go-plugin needs in the environment. The process
// starts in dir and knows it as "."; shut in, it knows no other path.
func newProcess(box sandbox.Box, name, path string, wanted *exec.Cmd, dir string, l *logs) *process {
	env := append([]string{memoryHint, "GOMAXPROCS=2", "LANG=C.UTF-8"}, wanted.Env...)
	env = append(env, "TMPDIR=.", "HOME=.", plugin.EnvUnixSocketDir+"=.")
	return &process{box: box, name: name, path: path, env: env, dir: dir, logs: l, started: make(chan struct{}), exited: make(chan struct{})}
}

// start starts it, once.
func (p *process) start(stdout, stderr *os.File) error {
	cell, err := p.box.Start(sandbox.Program{
		Path: p.path, Name: p.name, Env: p.env, Dir: p.dir, Stdout: stdout, Stderr: stderr, Refused: p.logs.refused,
	})
	if err == nil {
		p.cell = cell
	}
	return err
}

// Start starts the process. go-plugin's context is of no use: it ends with the start.
func (p *process) Start(context.Context) error {
	defer close(p.started)
	outR, outW, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("catalog: start: %w", err)
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		return errors.Join(fmt.Errorf("catalog: start: %w", err), outR.Close(), outW.Close())
	}
	started := make(chan error, 1)
	go func() {
		defer close(p.exited)
		p.err = p.live(outW, errW, started)
		time.AfterFunc(lastWords, func() { // the readers are done, or a descendant that got away holds the other ends
			_ = outR.Close()
			_ = errR.Close()
		})
	}()
	if err := <-started; err != nil {
		return errors.Join(fmt.Errorf("catalog: start: %w", err), outR.Close(), errR.Close())
	}
	greeting, greet := io.Pipe()
	p.stdout = greeting
	go p.greet(outR, greet)
	go p.logs.read(errR)
	return nil
}

// live is the process's life, on a thread that does nothing else until it ends: the parent-death signal is tied to the thread that started the
// process (golang/go#27505).
func (p *process) live(stdout, stderr *os.File, started chan<- error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.startPatiently(stdout, stderr)
	_ = stdout.Close()
	_ = stderr.Close()
	started <- err
	if err != nil {
		return err
	}
	return p.cell.Wait()
}

// greet passes the first line on and throws the rest away: go-plugin stops reading at a line that is too long, and the process would then stop at
// a full pipe.
func (p *process) greet(from io.ReadCloser, to *io.PipeWriter) {
	defer func() { _ = from.Close() }()
	in := bufio.NewReaderSize(from, maxGreet)
	line, _ := in.ReadSlice('\n')
	p.cell.Serving()
	if len(line) == 0 { // its output ends a moment before its death is known, and how it died tells more than that it is silent
		select {
		case <-p.exited:
		case <-time.After(lastWords):
		}
	}
	_, _ = to.Write(line)
	_ = to.Close()
	_, _ = io.Copy(io.Discard, in)
}

// startPatiently tries again while another thread's fork still holds the freshly written copy open for writing (golang/go#22315).
func (p *process) startPatiently(stdout, stderr *os.File) error {
	for try := 0; ; try++ {
		err := p.start(stdout, stderr)
		if !errors.Is(err, syscall.ETXTBSY) || try == 100 {
			return err
		}
		time.Sleep(10 * time.Millisecond) //nolint:forbidigo // nothing tells when the other thread is through
	}
}

// Wait waits for the exit.
func (p *process) Wait(ctx context.Context) error {
	select {
	case <-p.exited:
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Kill ends the process. go-plugin does so when its output ends, which is a moment before its death is known; who died alone was not told to.
func (p *process) Kill(context.Context) error {
	const moment = 50 * time.Millisecond
	select {
	case <-p.exited:
	case <-time.After(moment):
	}
	return p.end()
}

// end ends the whole process group: politely, then not. It returns within killGrace and killWait whatever the process does.
func (p *process) end() error {
	if p.cell == nil {
		return nil
	}
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGTERM, killGrace}, {syscall.SIGKILL, killWait}} {
		select {
		case <-p.exited:
			return nil
		default:
		}
		p.told.Store(true)
		_ = syscall.Kill(-p.cell.PID(), step.signal)
		_ = syscall.Kill(-p.cell.PID(), syscall.SIGCONT) // a stopped process receives nothing but SIGKILL
		select {
		case <-p.exited:
			return nil
		case <-time.After(step.wait):
		}
	}
	return errors.New("catalog: kill: process does not exit")
}

// abort ends the process as soon as it is started, if it is.
func (p *process) abort() {
	<-p.started
	_ = p.end()
}

// exitCode is that of a process that ended by itself; -1 for one that a signal ended, or that runs.
func (p *process) exitCode() int {
	s, known := p.status()
	if !known {
		return -1
	}
	return s.ExitStatus()
}

// Stdout carries the handshake line.
func (p *process) Stdout() io.ReadCloser { return p.stdout }

// Stderr gives go-plugin nothing to read: a crafted line would panic its parser, and with it the host. Our own reader has the pipe.
func (p *process) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name is the binary's path.
func (p *process) Name() string { return p.path }

// ID is the process ID.
func (p *process) ID() string { return strconv.Itoa(p.pid()) }

func (p *process) pid() int {
	if p.cell == nil {
		return 0
	}
	return p.cell.PID()
}

// Diagnose adds nothing: the last lines of the log are part of the reason already.
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost refuses every address but a socket in the folder made for this process: the host dials what the plugin prints. To the plugin that
// folder is "." and may be the root of all files.
func (p *process) PluginToHost(network, address string) (string, string, error) {
	folder, name := filepath.Split(filepath.Clean(address))
	own := folder == "" || folder == "/" || filepath.Clean(folder) == filepath.Clean(p.dir)
	if network != "unix" || !own || name == "" {
		return "", "", fmt.Errorf("it says that it listens on a %s address, which is not its own socket", network)
	}
	address = filepath.Join(p.dir, name)
	if info, err := os.Lstat(address); err != nil || info.Mode().Type() != fs.ModeSocket {
		return "", "", errors.New("it says that it listens on a socket, and there is none")
	}
	return network, address, nil
}

// HostToPlugin passes addresses on; none are sent.
func (p *process) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

// quiet is the logger given to go-plugin; at Off it parses nothing.
func quiet() hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Level: hclog.Off, Output: io.Discard})
}
