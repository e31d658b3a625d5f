package serve_test

import (
	"bufio"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

func TestDebugServesWithoutAHost(t *testing.T) {
	where := filepath.Join(t.TempDir(), "attach.json")
	cmd := exec.Command(os.Args[0], "--debug", where)
	cmd.Env = append(os.Environ(), "SERVE_TEST_AS=plugin")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var said strings.Builder
	cmd.Stderr = &said
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	written, err := os.ReadFile(where)
	require.NoError(t, err)
	require.JSONEq(t, line, string(written))

	var told struct {
		Protocol        plugin.Protocol
		ProtocolVersion int
		Pid             int
		Addr            struct{ Network, String string }
	}
	require.NoError(t, json.Unmarshal(written, &told))
	require.Equal(t, cmd.Process.Pid, told.Pid)
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: wire.Handshake(), Plugins: wire.VersionedPlugins(nil)[told.ProtocolVersion], GRPCDialOptions: wire.DialOptions(),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC}, Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Off}),
		Reattach: &plugin.ReattachConfig{
			Protocol: told.Protocol, ProtocolVersion: told.ProtocolVersion, Pid: told.Pid, Test: true,
			Addr: &net.UnixAddr{Net: told.Addr.Network, Name: told.Addr.String},
		},
	})
	protocol, err := client.Client()
	require.NoError(t, err)
	p, err := protocol.Dispense(wire.Name)
	require.NoError(t, err)
	require.Equal(t, "acme", p.(sdk.Provider).Manifest().Key)

	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.NoError(t, cmd.Wait(), "an interrupt is an orderly end")
	require.NoFileExists(t, where)
	require.Contains(t, said.String(), "idplug serve --dev-plugin acme=attach:"+where)
}
