package conformance

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
	"github.com/idplug/idplug/sdk/wire"
)

func TestMain(m *testing.M) {
	code := m.Run()
	Clean()
	os.Exit(code)
}

// The providers that come with idplug; page 1 of the seed names them.
var shipped = []string{"okta", "pingone", "google-workspace", "azure"}

func TestShippedPluginsConform(t *testing.T) {
	for _, key := range shipped {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			provider, log := start(t, Build(t, "github.com/idplug/idplug/cmd/idplug-provider-"+key))
			subject := sdktest.Subject{Provider: provider, Key: key, Log: log.String}
			for _, check := range sdktest.Checks() {
				require.NoError(t, check.Run(t.Context(), subject), "%s: %s", check.ID, check.Rule)
			}
		})
	}
}

// JIT is offered for Okta and PingOne only, and Google Workspace has no metadata URL: the seed's own words.
func TestShippedPluginsCanWhatTheSeedSays(t *testing.T) {
	want := map[string]sdk.Capabilities{
		"okta":             {JIT: true, MetadataURL: true},
		"pingone":          {JIT: true, MetadataURL: true},
		"google-workspace": {},
		"azure":            {MetadataURL: true},
	}
	for _, key := range shipped {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			provider, _ := start(t, Build(t, "github.com/idplug/idplug/cmd/idplug-provider-"+key))
			require.Implements(t, (*sdk.Provisioner)(nil), provider, "the first link of a known user needs an e-mail")
			got := provider.Manifest().Capabilities
			require.Equal(t, want[key].JIT, got.JIT)
			require.Equal(t, want[key].MetadataURL, got.MetadataURL)
		})
	}
}

func TestABuildThatFailsSaysWhy(t *testing.T) {
	_, err := built.once("github.com/idplug/idplug/cmd/nothing-here", nil)()
	require.ErrorContains(t, err, "nothing-here")
}

func TestABinaryIsBuiltOnce(t *testing.T) {
	const pkg = "github.com/idplug/idplug/cmd/idplug-provider-okta"
	first := Build(t, pkg)
	require.Equal(t, first, Build(t, pkg))
	require.True(t, strings.HasSuffix(first, "idplug-provider-okta"))
	out, err := exec.CommandContext(t.Context(), first, "--describe").Output()
	require.NoError(t, err)
	require.Contains(t, string(out), `"key": "okta"`)
}

// start runs a plugin with go-plugin's own means, as a host that is not ours would.
func start(t *testing.T, path string) (sdk.Provider, *written) {
	t.Helper()
	log := &written{}
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: wire.Handshake(), VersionedPlugins: wire.VersionedPlugins(nil), Cmd: exec.Command(path),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC}, AutoMTLS: true, SkipHostEnv: true, Stderr: log,
		Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Off}), GRPCDialOptions: wire.DialOptions(),
	})
	t.Cleanup(client.Kill)
	protocol, err := client.Client()
	require.NoError(t, err)
	raw, err := protocol.Dispense(wire.Name)
	require.NoError(t, err)
	return raw.(sdk.Provider), log
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
