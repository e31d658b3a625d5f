package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin/runner"
)

// Limits of a process.
const (
	killGrace  = 2 * time.Second // between SIGTERM and SIGKILL
	killWait   = 2 * time.Second // for the kernel after SIGKILL
	memoryHint = "GOMEMLIMIT=192MiB"
)

// process runs one plugin binary; it is go-plugin's runner. go-plugin's own would give the plugin our standard input and environment, dial
// whatever address it prints, and has no deadline for killing.
type process struct {
	cmd    *exec.Cmd
	path   string
	env    []string
	dir    string // of the socket
	logs   *logs
	stdout *os.File
	stderr *os.File
	exited chan struct{} // closed when the process is gone
	err    error         // of the exit, readable once exited is closed
}

var _ runner.Runner = (*process)(nil)

// newProcess prepares the checked binary at path to run. wanted is what go-plugin needs in the environment.
func newProcess(path string, wanted *exec.Cmd, dir string, l *logs) *process {
	env := append([]string{memoryHint, "GOMAXPROCS=2", "LANG=C.UTF-8", "TMPDIR=" + dir}, wanted.Env...)
	return &process{path: path, env: env, dir: dir, logs: l, exited: make(chan struct{})}
}

// command is fresh for every try: an exec.Cmd cannot be started twice.
func (p *process) command(stdout, stderr *os.File) *exec.Cmd {
	cmd := exec.Command(p.path) // #nosec G204 -- the path is the vault's own
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = p.env, p.dir, stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	return cmd
}

// Start starts the process from a thread that stays locked until it exits: the parent-death signal is tied to the thread, not to us.
func (p *process) Start(context.Context) error {
	outR, outW, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("catalog: start: %w", err)
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		return errors.Join(fmt.Errorf("catalog: start: %w", err), outR.Close(), outW.Close())
	}
	p.stdout, p.stderr = outR, errR
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.startPatiently(outW, errW)
		_ = outW.Close()
		_ = errW.Close()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
			// Whatever it started goes with it; descendants would also keep the pipes open.
			_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		}
		close(p.exited)
	}()
	if err := <-started; err != nil {
		_ = outR.Close()
		_ = errR.Close()
		return fmt.Errorf("catalog: start: %w", err)
	}
	go p.logs.read(errR)
	return nil
}

// startPatiently tries again while another thread's fork still holds the freshly written copy open for writing (golang/go#22315).
func (p *process) startPatiently(stdout, stderr *os.File) error {
	for try := 0; ; try++ {
		cmd := p.command(stdout, stderr)
		err := cmd.Start()
		if err == nil {
			p.cmd = cmd
		}
		if !errors.Is(err, syscall.ETXTBSY) || try == 20 {
			return err
		}
		time.Sleep(10 * time.Millisecond)
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

// Kill ends the whole process group: politely, then not. It returns within killGrace and killWait whatever the process does.
func (p *process) Kill(context.Context) error {
	if p.cmd == nil {
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
		_ = syscall.Kill(-p.cmd.Process.Pid, step.signal)
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGCONT) // a stopped process receives nothing but SIGKILL
		select {
		case <-p.exited:
			return nil
		case <-time.After(step.wait):
		}
	}
	return errors.New("catalog: kill: process does not exit")
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
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Diagnose adds nothing: the last lines of the log are part of the reason already.
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost refuses every address but a socket in the folder made for this process: the host dials what the plugin prints.
func (p *process) PluginToHost(network, address string) (string, string, error) {
	if network != "unix" || filepath.Dir(filepath.Clean(address)) != filepath.Clean(p.dir) {
		return "", "", fmt.Errorf("catalog: handshake: the plugin listens on a %s address that is not its own socket", network)
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
