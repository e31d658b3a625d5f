package main

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk/sdktest"
	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/conformance"
)

func TestCheckTellsEachRuleAndWritesReports(t *testing.T) {
	okta := conformance.Build(t, "github.com/idplug/idplug/cmd/idplug-provider-okta")
	junit := filepath.Join(t.TempDir(), "report.xml")
	code, stdout, stderr := idplug(t, "plugin", "check", okta, "--junit", junit)
	require.Equal(t, exitDone, code, stdout+stderr)
	require.Contains(t, stdout, "ok    manifest.valid")
	require.Contains(t, stdout, "ok    process.sandbox")
	require.Regexp(t, `(?m)^[\d.]+ MB, starts in .* p99 `, stdout, "figures come last")

	text, err := os.ReadFile(junit)
	require.NoError(t, err)
	var suite struct {
		Tests int `xml:"tests,attr"`
		Cases []struct {
			Name string `xml:"name,attr"`
		} `xml:"testcase"`
	}
	require.NoError(t, xml.Unmarshal(text, &suite))
	require.Len(t, suite.Cases, len(sdktest.Checks()))
}

func TestCheckFailsForAPluginThatBreaksARule(t *testing.T) {
	c, err := badplugin.Compile(t.Context())
	require.NoError(t, err)
	path, err := c.Write(t.TempDir(), badplugin.Binary{Mode: badplugin.InventedValue})
	require.NoError(t, err)
	code, stdout, stderr := idplug(t, "plugin", "check", path, "--json")
	require.Equal(t, exitFailed, code, stderr)
	require.Contains(t, stderr, "profile.provenance: failed", "progress goes where it disturbs no machine")
	require.Contains(t, stderr, "idplug-provider-bad: the plugin breaks rules")
	var report sdktest.Report
	require.NoError(t, json.Unmarshal([]byte(stdout), &report))
	require.True(t, report.Failed())
	for _, r := range report.Results {
		if r.Outcome == sdktest.Failed {
			require.NotEmpty(t, r.Seen+r.Fix, r.Check)
			require.Contains(t, r.Docs, "#", r.Check)
		}
	}
}

// What a plugin tries is seen, because it is run where the server would run it.
func TestCheckTellsWhatThePluginTried(t *testing.T) {
	c, err := badplugin.Compile(t.Context())
	require.NoError(t, err)
	path, err := c.Write(t.TempDir(), badplugin.Binary{Mode: badplugin.Escapes, Address: "read:/etc/passwd"})
	require.NoError(t, err)
	code, stdout, _ := idplug(t, "plugin", "check", path)
	require.Equal(t, exitFailed, code)
	require.Regexp(t, `(?s)FAIL  process.sandbox.*seen: .*it was refused:.*open `, stdout)
	_, stdout, _ = idplug(t, "plugin", "check", path, "--no-sandbox")
	require.Contains(t, stdout, "skip  process.sandbox")
}

func TestCheckNeedsSomethingToCheck(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no file":            {[]string{filepath.Join(dir, "idplug-provider-acme")}, "no such file"},
		"another name":       {[]string{written(t, "acme", "x")}, "idplug-provider-"},
		"no binary":          {nil, "plugin check BINARY"},
		"answers to nowhere": {[]string{"x", "--update"}, "needs --testdata"},
		"no testdata":        {[]string{"x", "--testdata", filepath.Join(dir, "nothing")}, "is no folder"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := idplug(t, append([]string{"plugin", "check"}, c.args...)...)
			require.Equal(t, exitUsage, code, stdout+stderr)
			require.Contains(t, stderr, c.says)
		})
	}
}
