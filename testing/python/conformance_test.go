package python_test

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk/sdktest"
	"github.com/idplug/idplug/sdk/wire"
	"github.com/idplug/idplug/testing/docblock"
	"github.com/idplug/idplug/testing/python"
)

var update = flag.Bool("update", false, "write the plugin's golden files instead of comparing them")

func TestThePluginConforms(t *testing.T) {
	t.Parallel()
	testdata := filepath.Join(docblock.Root(t), "docs", "examples", "python", "testdata")
	report, err := sdktest.Binary{Path: python.Build(t), Testdata: testdata, Update: *update}.Check(t.Context(), nil)
	require.NoError(t, err)
	require.NoError(t, report.WriteText(t.Output()))
	require.False(t, report.Failed())
}

// Whoever writes a plugin in another language has nothing but the page.
func TestThePageTellsWhatTheHostWants(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(docblock.Root(t), "docs", "reference", "plugin-protocol.md"))
	require.NoError(t, err)
	shake := wire.Handshake()
	for _, word := range []string{
		"| `" + shake.MagicCookieKey + "` | `" + shake.MagicCookieValue + "`", "joined by commas, in any order: `" + strconv.Itoa(wire.Version) + "`",
		strconv.Itoa(wire.MaxRequest>>20) + " MiB", "at most " + strconv.Itoa(wire.MaxReply>>20) + " MiB",
		"grpc.health.v1.Health/Check", "plugin.GRPCController/Shutdown", "plugin.GRPCStdio/StreamStdio", "plugin.GRPCBroker/StartStream",
	} {
		require.Contains(t, string(page), word)
	}
}
