package catalog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"golang.org/x/sys/unix"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

// Deadlines of a process's life.
const (
	startTimeout  = 5 * time.Second                     // to the handshake
	launchTimeout = startTimeout + wire.ManifestTimeout // to the manifest
	drainTimeout  = 10 * time.Second
	tidyTimeout   = 5 * time.Second
)

// instance is one running process of a plugin that has told its manifest.
type instance struct {
	sum      string // SHA-256 of the bytes that run
	client   *plugin.Client
	process  *process
	provider sdk.Provider
	manifest sso.Manifest
	answered atomic.Bool // it answered a call after its manifest
	hangUp   func()      // leaves a process that is not ours; nil for one that is

	leaving chan struct{} // closed by leave

	mu     sync.Mutex
	calls  int
	begun  int
	broken bool          // a call found it dead; maybe nobody else has noticed yet
	idle   chan struct{} // made by leave, closed when the last call ends
}

func newInstance(sum string) *instance { return &instance{sum: sum, leaving: make(chan struct{})} }

// launch starts the checked bytes and asks for the manifest. It returns within launchTimeout and the time for killing, and soon after ctx has
// ended. Its error, if the plugin is to blame, is a *fault.
func (u *unit) launch(ctx context.Context, w wanted) (*instance, error) {
	if w.attach != (attachment{}) {
		return attach(ctx, w, u.key)
	}
	ctx, cancel := context.WithTimeout(ctx, launchTimeout)
	defer cancel()
	i := newInstance(w.sum)
	output := newLogs(u.log, &u.dropped)
	spare := func() bool { return true }
	i.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  wire.Handshake(),
		VersionedPlugins: wire.VersionedPlugins(nil),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     startTimeout,
		Logger:           quiet(),
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: u.runDir},
		GRPCDialOptions:  wire.DialOptions(),
		RunnerFunc: func(_ hclog.Logger, spec *exec.Cmd, dir string) (runner.Runner, error) {
			i.process = newProcess(u.box, prefix+string(u.key), w.path, spec, dir, output)
			u.follow(w.sum, i.process)
			// go-plugin waits without a deadline in places; all of them end when the process does.
			spare = context.AfterFunc(ctx, i.process.abort)
			return i.process, nil
		},
	})
	err := i.shakeHands(u.key)
	if !spare() && err == nil {
		err = ctx.Err()
	}
	if err == nil {
		return i, nil
	}
	killed := i.process != nil && i.process.felled()
	i.stop()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("it does not answer within %s", launchTimeout)
	}
	if said := output.tail(); said != "" {
		err = fmt.Errorf("%w; its last output: %s", err, said)
	}
	f := faultOf(err)
	f.killed = killed
	if says := i.manifest.Key; says != "" && says != u.key {
		f.fix = u.renamed(says)
	}
	return nil, f
}

// fault is why a plugin cannot serve, fit to show to an operator.
type fault struct {
	refusal
	killed bool // somebody ended the process; that says nothing about the bytes
}

// fixBinary is what helps when the bytes themselves are at fault.
const fixBinary = "install a binary that runs: install -m 0755 <binary> <plugin folder>"

// renamed is the command that gives a file the name of the key in its manifest, or removes it where that key has a file already.
func (u *unit) renamed(key sso.ProviderKey) string {
	u.mu.Lock()
	shown := filepath.Join(u.dir, u.status.File)
	u.mu.Unlock()
	right := filepath.Join(u.dir, prefix+string(key))
	if _, err := os.Lstat(right); err == nil || !key.Valid() {
		return "rm " + quote(shown)
	}
	return "mv " + quote(shown) + " " + quote(right)
}

// faultOf is the fault in err, or err as one.
func faultOf(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	return &fault{refusal: refusal{printable(err.Error()), fixBinary}}
}

// shakeHands connects, reads the manifest and judges it.
func (i *instance) shakeHands(key sso.ProviderKey) error {
	protocol, err := i.client.Client()
	if err != nil {
		return i.whyNot(key, err)
	}
	raw, err := protocol.Dispense(wire.Name)
	if err != nil {
		return fmt.Errorf("it gives no manifest: %w", err)
	}
	provider, ok := raw.(sdk.Provider)
	if !ok {
		return errors.New("it serves something else than a provider")
	}
	i.provider, i.manifest = provider, manifestOf(provider)
	if i.manifest.Key != key {
		return fmt.Errorf("its file is named after %q, its manifest says %q", key, i.manifest.Key)
	}
	if err := provider.Manifest().Check(); err != nil {
		return fmt.Errorf("its manifest is not in order: %w", err)
	}
	return nil
}

// whyNot prefers what the process did by itself to what go-plugin made of it. A sandboxed one that is told to end does so with a code: no signal
// kills the first process of a namespace.
func (i *instance) whyNot(key sso.ProviderKey, err error) error {
	if i.process != nil && !i.process.told.Load() {
		if code := i.process.exitCode(); code > 0 {
			return fmt.Errorf("it ends with exit code %d before it serves", code)
		}
	}
	if errors.Is(err, fs.ErrPermission) && i.process != nil && unix.Access(i.process.path, unix.X_OK) != nil {
		return noexec(filepath.Dir(i.process.path), key)
	}
	return fmt.Errorf("it does not start: %w", err)
}

// noexec is the fault of the folder of checked copies: they are executable, so its file system forbids it.
func noexec(vault string, key sso.ProviderKey) *fault {
	return &fault{refusal: *refuse(
		`mount -o remount,exec "$(findmnt --noheadings --output TARGET --target `+quote(vault)+`)" && idplug plugin restart `+string(key),
		"it does not start: nothing in %s can run, the file system of the data folder is mounted noexec", vault,
	)}
}

// visit is one call's stay in an instance.
type visit struct {
	number int
	first  bool // nobody else was there
}

// begin counts a call in; ok is false once the instance leaves, and for a suspect already when it is found dead: it must not be blamed for a death
// that came before it.
func (i *instance) begin(suspect bool) (v visit, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.idle != nil || suspect && i.broken {
		return visit{}, false
	}
	i.begun++
	v = visit{number: i.begun, first: i.calls == 0}
	i.calls++
	return v, true
}

// end counts it out, and reports whether it was alone all the time.
func (i *instance) end(v visit, broken bool) (alone bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.broken = i.broken || broken
	if i.calls--; i.calls == 0 && i.idle != nil {
		close(i.idle)
	}
	return v.first && i.begun == v.number
}

// asked reports whether it was asked anything but its manifest.
func (i *instance) asked() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.begun > 0
}

// death waits until it is known what becomes of an instance whose connection is gone.
func (i *instance) death(ctx context.Context) death {
	select {
	case <-i.process.exited:
	case <-i.leaving:
	case <-ctx.Done():
	}
	select {
	case <-i.process.exited:
		return i.process.death()
	default:
		return wentAway
	}
}

// leave lets no more calls in. The returned channel is closed when those under way have ended.
func (i *instance) leave() <-chan struct{} {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.idle == nil {
		i.idle = make(chan struct{})
		close(i.leaving)
		if i.calls == 0 {
			close(i.idle)
		}
	}
	return i.idle
}

// drain lets no more calls in and waits for those under way, at most drainTimeout.
func (i *instance) drain(ctx context.Context) {
	idle := i.leave()
	select {
	case <-idle:
	case <-i.process.exited:
	case <-ctx.Done():
	case <-time.After(drainTimeout):
	}
}

// stop ends the process and tidies go-plugin's side. go-plugin's Kill asks the plugin first, without a deadline; so the process gets ours, and
// once it is gone Kill returns by itself.
func (i *instance) stop() {
	if i.hangUp != nil {
		i.hangUp()
		return
	}
	tidied := make(chan struct{})
	go func() {
		defer close(tidied)
		i.client.Kill()
	}()
	if i.process != nil && i.process.cell != nil {
		select {
		case <-i.process.exited: // it went when it was asked
		case <-time.After(killGrace):
			_ = i.process.end()
		}
	}
	select {
	case <-tidied:
	case <-time.After(tidyTimeout):
	}
}
