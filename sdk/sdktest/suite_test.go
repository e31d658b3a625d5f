package sdktest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/hashicorp/go-plugin"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
	"github.com/idplug/idplug/sdk/serve"
	"github.com/idplug/idplug/sdk/wire"
)

// The test binary is a plugin, too, under the names of these faults.
func TestMain(m *testing.M) {
	key, isPlugin := strings.CutPrefix(filepath.Base(os.Args[0]), "idplug-provider-")
	if !isPlugin {
		os.Exit(m.Run())
	}
	p := acme{manifest: func(m *sdk.Manifest) { m.Key = key }}
	switch key {
	case "moody":
		p.manifest = func(m *sdk.Manifest) { m.Key, m.Vendor = key, strconv.Itoa(os.Getpid()) }
	case "hoards":
		var mu sync.Mutex
		var kept [][]byte
		p.metadata = func(*sdk.MetadataRequest, *sdk.MetadataAdvice) error {
			mu.Lock()
			defer mu.Unlock()
			kept = append(kept, bytes.Repeat([]byte("x"), 1<<20))
			return nil
		}
		serve.Main(signInOnly{acme{metadata: p.metadata, manifest: func(m *sdk.Manifest) { m.Key, m.Capabilities.JIT = key, false }}})
	case "future":
		plugin.Serve(&plugin.ServeConfig{
			HandshakeConfig: wire.Handshake(), VersionedPlugins: map[int]plugin.PluginSet{2: wire.VersionedPlugins(p)[1]}, GRPCServer: plugin.DefaultGRPCServer,
		})
	case "holds":
		file, err := os.Open("/etc/passwd")
		if err != nil {
			panic(err)
		}
		port, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		p.metadata = func(*sdk.MetadataRequest, *sdk.MetadataAdvice) error {
			runtime.KeepAlive([]any{file, port})
			return nil
		}
	}
	serve.Main(p)
}

// binary is a plugin with the fault of its name.
func binary(t *testing.T, fault string) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "idplug-provider-"+fault)
	require.NoError(t, os.Symlink(self, path))
	return path
}

func failures(r *sdktest.Report) map[string]string {
	failed := map[string]string{}
	for _, result := range r.Results {
		if result.Outcome == sdktest.Failed {
			failed[result.Check] = result.Seen
		}
	}
	return failed
}

func TestABinaryConforms(t *testing.T) {
	t.Parallel()
	var told []string
	report, err := sdktest.Binary{Path: binary(t, "acme")}.Check(t.Context(), func(r sdktest.Result) { told = append(told, r.Check) })
	require.NoError(t, err)
	require.Empty(t, failures(report))
	require.False(t, report.Failed())
	require.Equal(t, "acme", report.Key)
	require.Equal(t, "Acme", report.Manifest.Name)
	require.Len(t, told, len(sdktest.Checks()))
	require.NotZero(t, report.Figures.Size)
	require.NotZero(t, report.Figures.Start)
	require.NotZero(t, report.Figures.Metadata.P99)
	require.NotZero(t, report.Figures.Profile.Calls)
}

// What testing/badplugin has no plugin for.
func TestChecksOfProcessesCatch(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]map[string]string{
		"moody":  {"process.restart": "differently"},
		"hoards": {"process.memory": "MiB"},
		"holds":  {"process.files": "/etc/passwd, a network socket"},
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			report, err := sdktest.Binary{Path: binary(t, fault)}.Check(t.Context(), nil)
			require.NoError(t, err)
			got := failures(report)
			require.Len(t, got, len(want), got)
			for id, seen := range want {
				require.Contains(t, got[id], seen)
			}
		})
	}
}

// Once there is a version 2, a plugin of it must serve hosts of version 1, too.
func TestThePreviousVersionIsAskedFor(t *testing.T) {
	t.Parallel()
	versions := wire.VersionedPlugins(nil)
	versions[2] = versions[1]
	require.NoError(t, sdktest.Previous(t.Context(), sdktest.Binary{Path: binary(t, "acme")}, t.TempDir(), versions))
	err := sdktest.Previous(t.Context(), sdktest.Binary{Path: binary(t, "future")}, t.TempDir(), versions)
	require.ErrorContains(t, err, "incompatible API version with plugin. Plugin version: 2")
}

// box is a sandbox that only says what it is told to.
type box struct {
	*exec.Cmd
	serving atomic.Bool
}

func (b *box) PID() int        { return b.Process.Pid }
func (b *box) Serving()        { b.serving.Store(true) }
func (*box) Level() string     { return "cardboard" }
func (*box) Refused() []string { return []string{"open /etc/shadow", "connect 192.0.2.1:443"} }

func TestEveryProcessIsConfined(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var boxes []*box
	report, err := sdktest.Binary{
		Path: binary(t, "acme"),
		Confine: func(cmd *exec.Cmd) (sdktest.Cell, error) {
			b := &box{Cmd: cmd}
			mu.Lock()
			boxes = append(boxes, b)
			mu.Unlock()
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			return b, cmd.Start()
		},
	}.Check(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"process.sandbox": "it was refused:\nopen /etc/shadow\nconnect 192.0.2.1:443"}, failures(report))
	require.Equal(t, "cardboard", report.Sandbox)
	require.Greater(t, len(boxes), 3)
	for _, b := range boxes {
		require.True(t, b.serving.Load())
		require.Contains(t, b.Env, "PLUGIN_UNIX_SOCKET_DIR=.")
		require.NotContains(t, strings.Join(b.Env, "\n"), "PATH=")
	}

	report, err = sdktest.Binary{
		Path:    binary(t, "acme"),
		Confine: func(*exec.Cmd) (sdktest.Cell, error) { return nil, errors.New("no namespaces here") },
	}.Check(t.Context(), nil)
	require.NoError(t, err)
	require.Contains(t, failures(report)["process.start"], "no namespaces here")
	require.Nil(t, report.Manifest)
	for _, r := range report.Results[1:] {
		require.Equal(t, sdktest.Skipped, r.Outcome, "%s says nothing of what does not start", r.Check)
	}
}

func TestWhatCannotBeChecked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "acme"), nil, 0o755))
	for path, want := range map[string]string{
		filepath.Join(dir, "idplug-provider-none"): "no such file",
		dir:                        "is not a file",
		filepath.Join(dir, "acme"): "name it idplug-provider-<key>",
	} {
		_, err := sdktest.Binary{Path: path}.Check(t.Context(), nil)
		require.ErrorContains(t, err, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := sdktest.Binary{Path: binary(t, "acme")}.Check(ctx, func(sdktest.Result) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
}

func report() *sdktest.Report {
	return &sdktest.Report{
		Binary: "/bin/idplug-provider-acme", Key: "acme",
		Results: []sdktest.Result{
			{Check: "manifest.valid", Rule: "R1.", Outcome: sdktest.Passed, Docs: "https://d#1", Took: 1e9},
			{Check: "process.sandbox", Rule: "R2.", Outcome: sdktest.Skipped, Seen: "there is none", Docs: "https://d#2"},
			{Check: "profile.log", Rule: "R3.", Outcome: sdktest.Failed, Seen: "a <value>\ntwice", Fix: "Do not.", Docs: "https://d#3", Took: 5e8},
		},
		Figures: sdktest.Figures{Size: 12_345_678, Start: 34_567_890, Profile: sdktest.Latency{Calls: 9, P50: 123_456, P99: 2_345_678}},
	}
}

func TestAReportForPeople(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	require.NoError(t, report().WriteText(&b))
	require.Equal(t, `ok    manifest.valid
skip  process.sandbox       there is none
FAIL  profile.log
      rule: R3.
      seen: a <value>
            twice
      fix:  Do not.
      docs: https://d#3

1 passed, 1 failed, 1 skipped
12.3 MB, starts in 34.6ms; profile p50 123µs, p99 2.35ms
`, b.String())
}

func TestAReportForBuildServers(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, report().WriteJUnit(&b))
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Cases    []struct {
			Name    string `xml:"name,attr"`
			Time    string `xml:"time,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
				Text    string `xml:",chardata"`
			} `xml:"failure"`
			Skipped *struct{} `xml:"skipped"`
		} `xml:"testcase"`
	}
	require.NoError(t, xml.Unmarshal(b.Bytes(), &suite))
	require.Equal(t, []int{3, 1, 1}, []int{suite.Tests, suite.Failures, suite.Skipped})
	require.Equal(t, "1.000", suite.Cases[0].Time)
	require.Nil(t, suite.Cases[0].Failure)
	require.NotNil(t, suite.Cases[1].Skipped)
	require.Equal(t, "R3.", suite.Cases[2].Failure.Message)
	require.Equal(t, "seen: a <value>\ntwice\nfix: Do not.\ndocs: https://d#3", suite.Cases[2].Failure.Text)
}

func TestAReportForPrograms(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, report().WriteJSON(&b))
	var got map[string]any
	require.NoError(t, json.Unmarshal(b.Bytes(), &got))
	require.Equal(t, map[string]any{"check": "profile.log", "rule": "R3.", "outcome": "failed", "seen": "a <value>\ntwice", "fix": "Do not.", "docs": "https://d#3"}, got["results"].([]any)[2])
	require.Nil(t, got["manifest"])
	require.EqualValues(t, 12_345_678, got["figures"].(map[string]any)["size_bytes"])
}
