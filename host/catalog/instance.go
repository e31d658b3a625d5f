package catalog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

// Deadlines of a process's life.
const (
	startTimeout = 5 * time.Second
	drainTimeout = 10 * time.Second
	tidyTimeout  = 5 * time.Second
)

// instance is one running process of a plugin that has told its manifest.
type instance struct {
	sum      string // SHA-256 of the bytes that run
	client   *plugin.Client
	process  *process
	provider sdk.Provider
	manifest sso.Manifest
	since    time.Time
	answered atomic.Bool // it answered a call after its manifest

	mu    sync.Mutex
	calls int
	idle  chan struct{} // made by drain, closed when the last call ends
}

// launch starts the checked bytes at path and asks for the manifest. Its error is fit to show to an operator.
func launch(path, sum, runDir string, key sso.ProviderKey, log *slog.Logger) (*instance, error) {
	i := &instance{sum: sum, since: time.Now()}
	output := newLogs(log)
	i.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  wire.Handshake(),
		VersionedPlugins: wire.VersionedPlugins(nil),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     startTimeout,
		Logger:           quiet(),
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: runDir},
		GRPCDialOptions:  wire.DialOptions(),
		RunnerFunc: func(_ hclog.Logger, wanted *exec.Cmd, dir string) (runner.Runner, error) {
			i.process = newProcess(path, wanted, dir, output)
			return i.process, nil
		},
	})
	if err := i.shakeHands(key); err != nil {
		i.stop()
		if said := output.tail(); said != "" {
			return nil, fmt.Errorf("%w; its last output: %s", err, said)
		}
		return nil, err
	}
	return i, nil
}

// shakeHands connects, reads the manifest and judges it.
func (i *instance) shakeHands(key sso.ProviderKey) error {
	protocol, err := i.client.Client()
	if err != nil {
		return fmt.Errorf("it does not start: %w", err)
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
	if i.manifest.Name == "" || i.manifest.Version == "" {
		return errors.New("its manifest lacks a name or a version")
	}
	return nil
}

// begin counts a call in; ok is false once the instance drains.
func (i *instance) begin() (ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.idle != nil {
		return false
	}
	i.calls++
	return true
}

func (i *instance) end() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.calls--; i.calls == 0 && i.idle != nil {
		close(i.idle)
	}
}

// drain lets no call in and waits for those under way, at most drainTimeout.
func (i *instance) drain(ctx context.Context) {
	i.mu.Lock()
	if i.idle == nil {
		i.idle = make(chan struct{})
		if i.calls == 0 {
			close(i.idle)
		}
	}
	idle := i.idle
	i.mu.Unlock()
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
	tidied := make(chan struct{})
	go func() {
		defer close(tidied)
		i.client.Kill()
	}()
	if i.process != nil && i.process.cmd != nil {
		select {
		case <-i.process.exited: // it went when it was asked
		case <-time.After(killGrace):
			_ = i.process.Kill(context.Background())
		}
	}
	select {
	case <-tidied:
	case <-time.After(tidyTimeout):
	}
}
