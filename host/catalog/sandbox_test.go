package catalog_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/catalog"
	"github.com/idplug/idplug/host/sandbox"
	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/conformance"
	"github.com/idplug/idplug/testing/need"
)

// in has the catalogue start plugins in a box.
func in(b sandbox.Box) func(*catalog.Options) {
	return func(o *catalog.Options) { o.Sandbox = b }
}

var (
	shut = sandbox.Box{Shim: sandbox.Self}
	ajar = sandbox.Box{Mode: sandbox.Off}
)

func needSandbox(t *testing.T) {
	t.Helper()
	lacks := shut.Lacks()
	need.Granted(t, len(lacks) == 0, fmt.Sprintf("the whole sandbox, which a container may withhold: %v", lacks))
}

func TestWhatAPluginTriesIsRefusedAndReported(t *testing.T) {
	t.Parallel()
	needSandbox(t)
	dir := t.TempDir()
	secret, target := filepath.Join(dir, "secret"), filepath.Join(dir, "target")
	require.NoError(t, os.WriteFile(secret, []byte("hunter2"), 0o600))
	canary, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer canary.Close()
	heard := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := canary.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
			heard <- struct{}{}
		}
	}()
	victim := exec.Command("sleep", "600")
	require.NoError(t, victim.Start())
	defer victim.Process.Kill()
	tests := []struct{ way, reported string }{
		{"read:" + secret, "open " + secret},
		{"read:/etc/passwd", "open /etc/passwd"},
		{"write:" + target, "open " + target},
		{"tcp:" + canary.Addr().String(), "open a socket (inet)"},
		{"unix:@host", "connect to unix:@host"},
		{"fork:/bin/true", "start a process"},
		{"shared:1048576", "memory beyond the limit (mmap, shared)"},
		{fmt.Sprintf("signal:%d", victim.Process.Pid), fmt.Sprintf("send a signal to process %d", victim.Process.Pid)},
	}
	for _, box := range []sandbox.Box{shut, ajar} {
		r := newRig(t)
		for i, test := range tests {
			mode := badplugin.Escapes
			if i == 0 {
				mode = badplugin.EscapesAtStart
			}
			r.put(badplugin.Binary{Key: fmt.Sprintf("x%d", i), Mode: mode, Address: test.way})
		}
		r.open(in(box))
		for i, test := range tests {
			key := sso.ProviderKey(fmt.Sprintf("x%d", i))
			before := r.awaitState(key, sso.PluginReady)
			require.NoError(t, r.ask(key, "ada@example.com"))
			if box.Mode == sandbox.Off {
				if test.way != "unix:@host" { // nobody listens there
					r.await(key, "out", func(sso.PluginStatus) bool { return strings.Contains(r.log.String(), "escape "+test.way+": got") })
				}
				require.Equal(t, "off", r.plugin(key).Sandbox)
				require.Empty(t, r.plugin(key).Refused)
				continue
			}
			status := r.await(key, "reported", func(p sso.PluginStatus) bool { return len(p.Refused) > 0 })
			require.Equal(t, []sso.PluginAttempt{{What: test.reported, Count: 1}}, status.Refused)
			require.Equal(t, "full", status.Sandbox, status.Missing)
			require.Equal(t, before.PID, status.PID)
			r.await(key, "told that it may not", func(sso.PluginStatus) bool { return strings.Contains(r.log.String(), "permission denied") })
		}
		if box.Mode == sandbox.Off {
			require.Contains(t, r.log.String(), "hunter2")
			require.FileExists(t, target)
			<-heard
			require.Error(t, victim.Wait())
			continue
		}
		require.NotContains(t, r.log.String(), "hunter2")
		require.NoFileExists(t, target)
		require.Empty(t, heard)
		require.Equal(t, len(tests), strings.Count(r.log.String(), "plugin refused by the sandbox"))
		for line := range strings.Lines(r.log.String()) {
			require.False(t, strings.Contains(line, "refused by the sandbox") && strings.Contains(line, secret), "the plugin's words are for operators, not for the log")
		}
	}
}

func TestAPluginThatWantsTooMuchMemoryDiesAloneAndTheReasonSaysSo(t *testing.T) {
	t.Parallel()
	need.Granted(t, runtime.GOOS == "linux", "limits of a process that is not our own")
	for _, box := range []sandbox.Box{shut, {}} { // with a shim and without
		r := newRig(t)
		r.put(badplugin.Binary{Key: "greedy", Mode: badplugin.Escapes, Address: "memory:4294967296"})
		r.put(badplugin.Binary{Key: "good"})
		r.open(in(box))
		pid := r.plugin("good").PID
		require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(r.ask("greedy", "ada@example.com")))
		status := r.await("greedy", "restarted", func(p sso.PluginStatus) bool { return p.Restarts > 0 })
		require.Contains(t, status.LastExit, "it wanted more memory than it may have")
		require.NoError(t, r.ask("good", "ada@example.com"))
		require.Equal(t, pid, r.plugin("good").PID)
	}
	r := newRig(t)
	r.put(badplugin.Binary{Key: "greedy", Mode: badplugin.Escapes, Address: "memory:4294967296"})
	r.open(in(ajar))
	require.NoError(t, r.ask("greedy", "ada@example.com"), "or the test proves nothing")
}

func TestWhatAPluginTriedIsRememberedUntilItsBytesChange(t *testing.T) {
	t.Parallel()
	needSandbox(t)
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one", Mode: badplugin.EscapesAtStart, Address: "read:/etc/passwd"})
	r.open(in(shut))
	first := r.awaitState("one", sso.PluginReady)
	require.Equal(t, 1, first.Refused[0].Count)
	p, err := os.FindProcess(first.PID)
	require.NoError(t, err)
	require.NoError(t, p.Kill())
	r.await("one", "back", func(p sso.PluginStatus) bool { return p.State == sso.PluginReady && p.PID != first.PID })
	require.Equal(t, []sso.PluginAttempt{{What: "open /etc/passwd", Count: 2}}, r.plugin("one").Refused)
	r.put(badplugin.Binary{Key: "one", Version: "2.0.0"})
	r.awaitVersion("one", "2.0.0")
	require.Empty(t, r.plugin("one").Refused)
}

func TestOurPluginsAreShutInCompletely(t *testing.T) {
	t.Parallel()
	needSandbox(t)
	r := newRig(t)
	binaries := []string{"okta", "pingone", "google-workspace", "azure"}
	for _, key := range binaries {
		b, err := os.ReadFile(conformance.Build(t, "github.com/idplug/idplug/cmd/idplug-provider-"+key))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(r.dir, "idplug-provider-"+key), b, 0o755))
	}
	r.open(in(sandbox.Box{Mode: sandbox.Strict, Shim: sandbox.Self}))
	require.Len(t, r.Plugins(), len(binaries))
	for _, p := range r.Plugins() {
		p = r.awaitState(p.Key, sso.PluginReady)
		require.Equal(t, "full", p.Sandbox)
		require.Empty(t, p.Missing)
		require.Empty(t, p.Refused, "they try nothing")
		_ = r.advise(p.Key)
		require.Empty(t, r.plugin(p.Key).Refused)
	}
}

func TestEachStepThatIsMissingIsShown(t *testing.T) {
	t.Parallel()
	needSandbox(t)
	for _, step := range []sandbox.Step{sandbox.StepShim, sandbox.StepNamespaces, sandbox.StepLandlock, sandbox.StepSeccomp, sandbox.StepRoot, sandbox.StepLimits} {
		r := newRig(t)
		r.put(badplugin.Binary{Key: "one"})
		box := sandbox.Box{Shim: sandbox.Self, Withhold: []sandbox.Step{step}}
		r.open(in(box))
		status := r.awaitState("one", sso.PluginReady)
		require.NoError(t, r.ask("one", "ada@example.com"))
		require.Equal(t, string(step), status.Missing[0].Step)
		require.Equal(t, step == sandbox.StepShim, status.Sandbox == "basic")
		require.Equal(t, step != sandbox.StepShim, status.Sandbox == "partial")
		r.close()

		box.Mode = sandbox.Strict
		r.open(in(box))
		status = r.awaitState("one", sso.PluginRejected)
		require.Contains(t, status.Reason, string(step))
		require.NotEmpty(t, status.Fix)
	}
}

func TestAScriptServesInWhatIsPossibleAndNotInAStrictSandbox(t *testing.T) {
	t.Parallel()
	needSandbox(t)
	r := newRig(t)
	r.script("script", `echo "no plugin" >&2; exit 3`)
	r.open(in(sandbox.Box{Mode: sandbox.Strict, Shim: sandbox.Self}))
	status := r.awaitState("script", sso.PluginRejected)
	require.Contains(t, status.Reason, "it reads system files")
	require.Contains(t, status.Fix, "link it statically")
	r.close()
	r.open(in(shut))
	status = r.awaitState("script", sso.PluginFailed)
	require.Contains(t, status.Reason, "no plugin")
	require.Equal(t, "partial", status.Sandbox)
	require.Equal(t, "static", status.Missing[0].Step)
}
