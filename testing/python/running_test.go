package python_test

import (
	"bytes"
	"os/exec"
	"sync"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

// running is the plugin, started with go-plugin's own means.
type running struct {
	client   *plugin.Client
	cmd      *exec.Cmd
	protocol plugin.ClientProtocol
	provider sdk.Provider
	log      *written
}

func start(t *testing.T, command ...string) running {
	t.Helper()
	r := running{cmd: exec.Command(command[0], command[1:]...), log: &written{}}
	r.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: wire.Handshake(), VersionedPlugins: wire.VersionedPlugins(nil), Cmd: r.cmd,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC}, AutoMTLS: true, SkipHostEnv: true, Stderr: r.log,
		Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Off}), GRPCDialOptions: wire.DialOptions(),
	})
	t.Cleanup(r.client.Kill)
	var err error
	r.protocol, err = r.client.Client()
	require.NoError(t, err, r.log)
	raw, err := r.protocol.Dispense(wire.Name)
	require.NoError(t, err, r.log)
	r.provider = raw.(sdk.Provider)
	return r
}

// written is what a process has logged so far.
type written struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}
