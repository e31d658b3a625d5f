package conformance

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	Clean()
	os.Exit(code)
}

// The providers that come with idplug: those that the seed names, and four more.
var shipped = []string{"okta", "pingone", "google-workspace", "azure", "adfs", "onelogin", "jumpcloud", "saml"}

func TestShippedPluginsConform(t *testing.T) {
	for _, key := range shipped {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			report := check(t, key)
			require.NoError(t, report.WriteText(t.Output()))
			require.False(t, report.Failed())
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
		"adfs":             {MetadataURL: true},
		"onelogin":         {MetadataURL: true},
		"jumpcloud":        {MetadataURL: true},
		"saml":             {MetadataURL: true},
	}
	for key := range want {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			out, err := exec.CommandContext(t.Context(), Build(t, binary(key)), "--describe").Output()
			require.NoError(t, err)
			var got struct {
				sdk.Manifest
				Provisioner bool
			}
			require.NoError(t, json.Unmarshal(out, &got))
			require.True(t, got.Provisioner, "the first link of a known user needs an e-mail")
			require.Equal(t, want[key].JIT, got.Capabilities.JIT)
			require.Equal(t, want[key].MetadataURL, got.Capabilities.MetadataURL)
		})
	}
}

func binary(key string) string { return "github.com/idplug/idplug/cmd/idplug-provider-" + key }

// check runs the suite over a provider's binary, with its own golden files.
func check(t *testing.T, key string) *sdktest.Report {
	t.Helper()
	testdata := filepath.Join("..", "..", "plugins", strings.ReplaceAll(key, "-", ""), "testdata")
	report, err := sdktest.Binary{Path: Build(t, binary(key)), Testdata: testdata}.Check(t.Context(), nil)
	require.NoError(t, err)
	return report
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
