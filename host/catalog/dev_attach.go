package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/sdk/wire"
)

// attachment is a process that somebody else started, most likely a debugger. The zero value is none.
type attachment struct {
	network, address string
	pid              int
	protocol         int
}

// parseAttachment reads what a plugin prints for --debug: go-plugin's ReattachConfig, with its address as Terraform's plugins write it.
func parseAttachment(raw []byte) (attachment, error) {
	var doc struct {
		Protocol        plugin.Protocol
		ProtocolVersion int
		Pid             int
		Addr            struct{ Network, String string }
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return attachment{}, errors.New("what to attach to is not the JSON that a plugin prints for --debug")
	}
	_, known := wire.VersionedPlugins(nil)[doc.ProtocolVersion]
	switch {
	case doc.Protocol != plugin.ProtocolGRPC || !known:
		return attachment{}, fmt.Errorf("what to attach to speaks protocol %q, version %d, which is none of ours", doc.Protocol, doc.ProtocolVersion)
	case doc.Addr.Network != "unix" || doc.Addr.String == "" || doc.Pid <= 0:
		return attachment{}, errors.New("what to attach to has no process or no unix socket")
	}
	return attachment{network: doc.Addr.Network, address: doc.Addr.String, pid: doc.Pid, protocol: doc.ProtocolVersion}, nil
}

// sum stands where the hash of a started process's bytes does: nobody knows what a debugger runs.
func (a attachment) sum() string { return fmt.Sprintf("attached to process %d", a.pid) }

// debugTimeout bounds calls of an attached process, which may stand at a breakpoint.
const debugTimeout = 10 * time.Minute

// patience is how long a call may take that usually may take limit.
func (u *unit) patience(limit time.Duration) time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.want.attach != (attachment{}) {
		return debugTimeout
	}
	return limit * time.Duration(max(u.slack, 1))
}

// attach makes an instance of a process that runs already. Nothing here ends that process.
func attach(ctx context.Context, w wanted, key sso.ProviderKey) (*instance, error) {
	p := &process{exited: make(chan struct{})}
	watch := &attached{attachment: w.attach, exited: p.exited, left: make(chan struct{})}
	i := newInstance(w.sum)
	i.process = p
	i.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  wire.Handshake(),
		Plugins:          wire.VersionedPlugins(nil)[w.attach.protocol],
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Logger:           quiet(),
		GRPCDialOptions:  wire.DialOptions(),
		Reattach: &plugin.ReattachConfig{
			Protocol: plugin.ProtocolGRPC, ProtocolVersion: w.attach.protocol, Test: true, // Kill leaves the process alone
			Addr:         &net.UnixAddr{Net: w.attach.network, Name: w.attach.address},
			ReattachFunc: func() (runner.AttachedRunner, error) { return watch, watch.reach(ctx) },
		},
	})
	i.hangUp = func() {
		watch.leave()
		if protocol, err := i.client.Client(); err == nil {
			if c, ok := protocol.(*plugin.GRPCClient); ok {
				_ = c.Conn.Close() // its own Close would tell the plugin to end
			}
		}
	}
	if err := i.shakeHands(key); err != nil {
		i.stop()
		return nil, errors.New(printable(err.Error()))
	}
	return i, nil
}

// attached follows a process that is not our child.
type attached struct {
	attachment
	exited  chan struct{} // closed when it is gone
	left    chan struct{} // closed when nobody here speaks to it any more
	leaving sync.Once
}

var _ runner.AttachedRunner = (*attached)(nil)

// reach tells whether somebody listens.
func (a *attached) reach(ctx context.Context) error {
	conn, err := (&net.Dialer{Timeout: startTimeout}).DialContext(ctx, a.network, a.address)
	if err != nil {
		return fmt.Errorf("nobody listens at %s: start it again under the debugger", a.address)
	}
	return conn.Close()
}

// Wait returns when the process is gone, or was left.
func (a *attached) Wait(context.Context) error {
	look := time.NewTicker(poll)
	defer look.Stop()
	for {
		select {
		case <-a.left:
			return nil
		case <-look.C:
			if errors.Is(syscall.Kill(a.pid, 0), syscall.ESRCH) {
				close(a.exited)
				return nil
			}
		}
	}
}

func (a *attached) leave() { a.leaving.Do(func() { close(a.left) }) }

// Kill does nothing: the process is its debugger's.
func (a *attached) Kill(context.Context) error { return nil }

// ID is the process ID.
func (a *attached) ID() string { return strconv.Itoa(a.pid) }

// PluginToHost passes addresses on.
func (a *attached) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin passes addresses on; none are sent.
func (a *attached) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
