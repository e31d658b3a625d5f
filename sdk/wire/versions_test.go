package wire_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

// The next version of the protocol, as far as a test needs it, to show the road there: a service of its own, a second entry in the map of versions
// on both sides, and the same [sdk.Provider] at either end. Version 2 here asks for the manifest only, and sends it as JSON.

const asPlugin = "WIRE_TEST_VERSIONS" // the versions that the test binary serves when it is a plugin

func TestMain(m *testing.M) {
	versions := os.Getenv(asPlugin)
	if versions == "" {
		os.Exit(m.Run())
	}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: wire.Handshake(), VersionedPlugins: only(versions, fake{manifest: sdk.Manifest{Key: "acme", Name: "Acme"}}), GRPCServer: plugin.DefaultGRPCServer,
		Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Off}),
	})
}

// only returns the named versions, of those that this tree and the test have: "1,2".
func only(versions string, p sdk.Provider) map[int]plugin.PluginSet {
	all := wire.VersionedPlugins(p)
	all[2] = plugin.PluginSet{wire.Name: &version2{provider: p}}
	maps.DeleteFunc(all, func(v int, _ plugin.PluginSet) bool {
		return !slices.Contains(strings.Split(versions, ","), strconv.Itoa(v))
	})
	return all
}

type version2 struct {
	plugin.NetRPCUnsupportedPlugin
	provider sdk.Provider
}

const method2 = "/idplug.v2.ProviderService/Describe"

func (v *version2) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	s.RegisterService(&grpc.ServiceDesc{ServiceName: "idplug.v2.ProviderService", HandlerType: (*sdk.Provider)(nil), Methods: []grpc.MethodDesc{{
		MethodName: "Describe",
		Handler: func(srv any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			if err := decode(&emptypb.Empty{}); err != nil {
				return nil, err
			}
			text, err := json.Marshal(srv.(sdk.Provider).Manifest())
			return wrapperspb.Bytes(text), err
		},
	}}}, v.provider)
	return nil
}

func (v *version2) GRPCClient(ctx context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	var reply wrapperspb.BytesValue
	if err := conn.Invoke(ctx, method2, &emptypb.Empty{}, &reply); err != nil {
		return nil, err
	}
	var m sdk.Manifest
	if err := json.Unmarshal(reply.GetValue(), &m); err != nil {
		return nil, err
	}
	m.Version = "by version 2"
	return fake{manifest: m}, nil
}

func TestVersionsAreServedSideBySide(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plugin, host string
		want         int
	}{
		"both of today":              {"1", "1", 1},
		"both of tomorrow":           {"1,2", "1,2", 2},
		"a plugin of tomorrow":       {"1,2", "1", 1},
		"a host of tomorrow":         {"1", "1,2", 1},
		"a plugin that drops 1":      {"2", "1", 0},
		"a host that has dropped 1":  {"1", "2", 0},
		"neither has version 1 left": {"2", "2", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0])
			cmd.Env = []string{asPlugin + "=" + c.plugin}
			client := plugin.NewClient(&plugin.ClientConfig{
				HandshakeConfig: wire.Handshake(), VersionedPlugins: only(c.host, nil), Cmd: cmd, AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
				AutoMTLS: true, SkipHostEnv: true, Stderr: io.Discard, Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Off}), GRPCDialOptions: wire.DialOptions(),
			})
			t.Cleanup(client.Kill)
			protocol, err := client.Client()
			if c.want == 0 {
				require.ErrorContains(t, err, "incompatible API version with plugin. Plugin version: "+c.plugin)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, client.NegotiatedVersion())
			got, err := protocol.Dispense(wire.Name)
			require.NoError(t, err)
			m := got.(sdk.Provider).Manifest()
			require.Equal(t, "acme", m.Key)
			require.Equal(t, c.want == 2, m.Version == "by version 2")
		})
	}
}
