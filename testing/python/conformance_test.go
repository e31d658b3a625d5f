package python_test

import (
	"flag"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk/sdktest"
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
