package sdktest

import (
	"bufio"
	"cmp"
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
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

const (
	startTimeout = 5 * time.Second * slowdown
	endTimeout   = 10 * time.Second // what the host gives a process to end
	killTimeout  = 5 * time.Second
	maxGreeting  = 8 << 10 // bytes of the handshake line
)

// process is one running plugin, started as a host does, and watched. It is go-plugin's runner.
type process struct {
	cmd    *exec.Cmd // what to start; who started it has the rest
	begin  func(*exec.Cmd) (Cell, error)
	cell   Cell   // once started
	dir    string // of its socket
	client *plugin.Client
	raw    plugin.ClientProtocol
	took   time.Duration // from the start to the manifest

	stdout, stderr *os.File       // the ends that we read
	greeting       *io.PipeReader // the handshake line
	out, log       written        // standard output after the handshake, standard error
	started        chan struct{}  // closed when Start has done what it can
	exited         chan struct{}  // closed when the process is gone
	silent         chan struct{}  // closed when nobody holds its standard output any more
	err            error          // of the exit, once exited
	killed         atomic.Bool    // by us
}

var _ runner.Runner = (*process)(nil)

// launch says how a process is started. Its zero value is how a host does.
type launch struct {
	version int                       // the only version of the protocol offered; 0 = all
	wrap    func(*exec.Cmd) *exec.Cmd // puts a process in between
}

// start starts the binary and asks for its manifest. The error says what the process did.
func (s *suite) start(ctx context.Context, how launch) (*process, sdk.Provider, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout+wire.ManifestTimeout*slowdown)
	defer cancel()
	p := &process{started: make(chan struct{}), exited: make(chan struct{}), silent: make(chan struct{})}
	spare := func() bool { return true }
	versions := s.versions
	if how.version != 0 {
		versions = map[int]plugin.PluginSet{how.version: versions[how.version]}
	}
	p.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: wire.Handshake(), VersionedPlugins: versions, AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS: true, SkipHostEnv: true, StartTimeout: startTimeout, GRPCDialOptions: wire.DialOptions(),
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Off, Output: io.Discard}),
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: s.dir},
		RunnerFunc: func(_ hclog.Logger, spec *exec.Cmd, dir string) (runner.Runner, error) {
			p.dir = dir
			s.prepare(p, spec.Env, how)
			spare = context.AfterFunc(ctx, p.abort) // go-plugin waits without a deadline in places; all of them end when the process does
			return p, nil
		},
	})
	began := time.Now() //nolint:forbidigo // how long it took is for people to read
	provider, err := p.shakeHands()
	p.took = time.Since(began) //nolint:forbidigo // the same
	if !spare() && ctx.Err() != nil {
		err = fmt.Errorf("it gave no manifest within %s", startTimeout+wire.ManifestTimeout*slowdown)
	}
	if err != nil {
		p.end()
		if said := lastWords(p.log.String()); said != "" {
			err = fmt.Errorf("%w\nits last words: %s", err, said)
		}
		return nil, nil, err
	}
	return p, provider, nil
}

// prepare makes the command as a host would: no environment of ours, no input, a folder of its own, which it knows as ".".
func (s *suite) prepare(p *process, env []string, how launch) {
	cmd := exec.Command(s.Path) //nolint:gosec,noctx // the binary under test, ended by process.end
	cmd.Dir = p.dir
	cmd.Env = append([]string{"GOMEMLIMIT=192MiB", "GOMAXPROCS=2", "LANG=C.UTF-8"}, env...)
	cmd.Env = append(cmd.Env, "TMPDIR=.", "HOME=.", plugin.EnvUnixSocketDir+"=.")
	if how.wrap != nil {
		cmd = how.wrap(cmd)
	}
	p.cmd, p.begin = cmd, s.Confine
	if p.begin == nil {
		p.begin = plainly
	}
}

func (p *process) shakeHands() (provider sdk.Provider, err error) {
	if p.raw, err = p.client.Client(); err != nil {
		return nil, p.whyNot(err)
	}
	return p.ask()
}

// ask asks for the manifest, again if it was asked before.
func (p *process) ask() (sdk.Provider, error) {
	raw, err := p.raw.Dispense(wire.Name)
	if err != nil {
		return nil, fmt.Errorf("it gives no manifest: %w", err)
	}
	provider, ok := raw.(sdk.Provider)
	if !ok {
		return nil, errors.New("it serves something else than a provider")
	}
	return provider, nil
}

// whyNot prefers what the process did to what go-plugin made of it.
func (p *process) whyNot(err error) error {
	select {
	case <-p.exited:
		if exit := new(exec.ExitError); p.err == nil || errors.As(p.err, &exit) && (exit.Exited() || !p.killed.Load()) {
			return fmt.Errorf("it ended (%s) before it served", cmp.Or(exit.ProcessState.String(), "exit status 0"))
		}
	case <-time.After(100 * time.Millisecond): // an exit and a closed pipe arrive in any order
	}
	if strings.Contains(err.Error(), "timeout while waiting for plugin to start") {
		return fmt.Errorf("it said nothing on standard output for %s", startTimeout)
	}
	return fmt.Errorf("it does not start: %s", few(err.Error()))
}

// Start starts the process. go-plugin's context ends with the start and is of no use.
func (p *process) Start(context.Context) error {
	defer close(p.started)
	stdout, stderr, err := p.pipes()
	if err != nil {
		return fmt.Errorf("sdktest: start: %w", err)
	}
	began := make(chan error, 1)
	go func() {
		defer close(p.exited)
		p.err = p.live(began)
	}()
	err = <-began
	_, _ = stdout.Close(), stderr.Close()
	if err != nil {
		return fmt.Errorf("sdktest: start: %w", err)
	}
	greeting, greet := io.Pipe()
	p.greeting = greeting
	go p.greet(greet)
	go func() { _, _ = io.Copy(&p.log, p.stderr) }()
	return nil
}

// pipes returns the ends that the process writes to.
func (p *process) pipes() (stdout, stderr *os.File, err error) {
	if p.stdout, stdout, err = os.Pipe(); err != nil {
		return nil, nil, err
	}
	if p.stderr, stderr, err = os.Pipe(); err != nil {
		return nil, nil, err
	}
	p.cmd.Stdout, p.cmd.Stderr = stdout, stderr
	return stdout, stderr, nil
}

// live is the process's life, on a thread that does nothing else: a sandbox may tie the process to the thread that starts it.
func (p *process) live(began chan<- error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cell, err := p.begin(p.cmd)
	p.cell = cell
	began <- err
	if err != nil {
		return err
	}
	return cell.Wait()
}

// greet passes the first line on and keeps the rest: there should be none.
func (p *process) greet(to *io.PipeWriter) {
	defer close(p.silent)
	in := bufio.NewReaderSize(p.stdout, maxGreeting)
	line, _ := in.ReadSlice('\n')
	p.cell.Serving()
	_, _ = to.Write(line)
	_ = to.Close()
	_, _ = io.Copy(&p.out, in)
}

// end ends the process and its group at once, and tidies go-plugin's side. It may be called again.
func (p *process) end() {
	if p.cell == nil {
		return
	}
	p.kill()
	select {
	case <-p.exited:
	case <-time.After(killTimeout):
	}
	tidied := make(chan struct{})
	go func() {
		defer close(tidied)
		p.client.Kill()
	}()
	select {
	case <-tidied:
	case <-time.After(killTimeout):
	}
	_ = p.stdout.Close() // a descendant that got away may hold the other ends
	_ = p.stderr.Close()
}

// abort ends the process as soon as it is started, if it is.
func (p *process) abort() {
	<-p.started
	if p.cell != nil {
		p.kill()
	}
}

func (p *process) kill() {
	p.killed.Store(true)
	killGroup(p.cell.PID())
}

// gone reports whether the process has ended.
func (p *process) gone() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// Wait waits for the exit.
func (p *process) Wait(ctx context.Context) error {
	select {
	case <-p.exited:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Kill ends the process.
func (p *process) Kill(context.Context) error {
	p.kill()
	return nil
}

// Stdout carries the handshake line.
func (p *process) Stdout() io.ReadCloser { return p.greeting }

// Stderr gives go-plugin nothing to read: we read it ourselves.
func (p *process) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name is the binary's path.
func (p *process) Name() string { return p.cmd.Path }

// ID is the process ID.
func (p *process) ID() string { return strconv.Itoa(p.cell.PID()) }

// Diagnose adds nothing.
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost takes no address but that of a socket in the folder made for this process, as the host does.
func (p *process) PluginToHost(network, address string) (string, string, error) {
	if network == "unix" && !filepath.IsAbs(address) {
		address = filepath.Join(p.dir, address)
	}
	if network != "unix" || filepath.Dir(filepath.Clean(address)) != filepath.Clean(p.dir) {
		return "", "", fmt.Errorf("it says that it listens on %s %s, which is no socket in the folder that PLUGIN_UNIX_SOCKET_DIR names", network, address)
	}
	if info, err := os.Lstat(address); err != nil || info.Mode().Type() != fs.ModeSocket {
		return "", "", errors.New("it says that it listens on a socket, and there is none")
	}
	return network, address, nil
}

// HostToPlugin passes addresses on; none are sent.
func (p *process) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

// lastWords are the last few lines of a log, on one line.
func lastWords(log string) string {
	lines := strings.FieldsFunc(log, func(r rune) bool { return r == '\n' })
	for i := range lines {
		lines[i] = clip(strings.TrimSpace(lines[i]), 300)
	}
	return strings.Join(lines[max(0, len(lines)-3):], " / ")
}
