package catalog_test

import (
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/badplugin"
)

// beside runs a test with a good plugin beside the bad one, which must keep answering all the time.
func beside(t *testing.T, bad func(r *rig)) {
	t.Helper()
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "good"})
	r.open()
	pid := r.plugin("good").PID
	callers := r.call("good", 2, 5*time.Millisecond)
	bad(r)
	callers.awaitAnswers()
	callers.stop()
	status := r.plugin("good")
	require.Equal(t, pid, status.PID)
	require.Empty(t, status.Reason)
}

func TestBinariesThatDoNotComeUp(t *testing.T) {
	t.Parallel()
	for mode, reason := range map[badplugin.Mode]string{
		badplugin.ExitAtStart:   "it ends with exit code 3 before it serves",
		badplugin.NeverReady:    "timeout",
		badplugin.Mute:          "it does not answer within 7s",
		badplugin.WrongCookie:   "exit code",
		badplugin.FalseManifest: `its file is named after "bad", its manifest says "somebody-else"`,
	} {
		t.Run(string(mode), func(t *testing.T) {
			beside(t, func(r *rig) {
				r.put(badplugin.Binary{Mode: mode})
				status := r.await("bad", "blamed", func(p sso.PluginStatus) bool { return p.Reason != "" })
				require.Contains(t, []sso.PluginState{sso.PluginBackingOff, sso.PluginStarting, sso.PluginFailed}, status.State)
				require.Contains(t, status.Reason, reason)
				require.NotEmpty(t, status.Fix)
				require.Zero(t, status.PID)
				_, err := r.Provider("bad")
				require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(err))
				require.Len(t, r.Providers(), 1)
				require.Len(t, r.Plugins(), 2)
			})
		})
	}
}

func TestTheHostConnectsToNoAddressButTheSocket(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	var connected atomic.Bool
	go func() {
		if conn, err := listener.Accept(); err == nil {
			connected.Store(true)
			_ = conn.Close()
		}
	}()
	r := newRig(t)
	r.put(badplugin.Binary{Mode: badplugin.TCPAddress, Address: listener.Addr().String()})
	r.script("elsewhere", `echo "1|1|unix|/var/run/docker.sock|grpc|"; sleep 60`)
	r.script("nothing", `echo "1|1|unix|$PLUGIN_UNIX_SOCKET_DIR/nothing|grpc|"; sleep 60`)
	r.script("link", `ln -s /var/run/docker.sock "$PLUGIN_UNIX_SOCKET_DIR/s"; echo "1|1|unix|$PLUGIN_UNIX_SOCKET_DIR/s|grpc|"; sleep 60`)
	r.open()
	require.Contains(t, r.awaitState("bad", sso.PluginFailed).Reason, "listens on a tcp address, which is not its own socket")
	require.Contains(t, r.awaitState("elsewhere", sso.PluginFailed).Reason, "not its own socket")
	require.Contains(t, r.awaitState("nothing", sso.PluginFailed).Reason, "there is none")
	require.Contains(t, r.awaitState("link", sso.PluginFailed).Reason, "there is none")
	require.False(t, connected.Load())
}

func TestScriptsThatAreNoPlugins(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, reason string }{
		"garbage on standard output": {`echo "hello, I am a plugin"; sleep 60`, "hello, I am a plugin"},
		"a line without an end":      {`head -c 1000000 /dev/zero | tr '\0' x; sleep 60`, "xxx"},
		"last words":                 {`echo "no licence found" >&2; exit 7`, "exit code 7 before it serves; its last output: no licence found"},
		"words for a terminal":       {`printf '\033[2Jcleared\n' >&2; exit 7`, "its last output:  [2Jcleared"},
		"a version nobody knows":     {`echo "1|99|unix|/nowhere|grpc|"; sleep 60`, "incompatible API version"},
		"net/rpc":                    {`echo "1|1|unix|$PLUGIN_UNIX_SOCKET_DIR/s|netrpc|"; sleep 60`, "it does not start"},
	} {
		t.Run(name, func(t *testing.T) {
			beside(t, func(r *rig) {
				r.script("bad", c.body)
				status := r.awaitState("bad", sso.PluginFailed)
				require.Contains(t, status.Reason, c.reason)
				require.Less(t, len(status.Reason), 3000)
				require.NotContains(t, status.Reason, "\x1b")
			})
		})
	}
}

func TestAFileThatIsNoProgram(t *testing.T) {
	beside(t, func(r *rig) {
		path := r.script("bad", "")
		require.NoError(t, os.WriteFile(path, []byte("\x7fELF and then nothing"), 0o755)) // #nosec G306 -- executable
		require.Contains(t, r.awaitState("bad", sso.PluginFailed).Reason, "exec format error")
	})
}

// A descendant that leaves the process group keeps the pipes open; nobody may wait for it.
func TestADescendantThatGotAwayHoldsNothingUp(t *testing.T) {
	beside(t, func(r *rig) {
		r.script("bad", `setsid sleep 15 & exit 7`)
		require.Contains(t, r.awaitState("bad", sso.PluginFailed).Reason, "exit code 7")
	})
}

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for mode, restarts := range map[badplugin.Mode]bool{
		badplugin.Refuses: false, badplugin.PanicOnProfile: false, badplugin.HangOnProfile: false, badplugin.CrashOnProfile: true,
	} {
		t.Run(string(mode), func(t *testing.T) {
			beside(t, func(r *rig) {
				r.put(badplugin.Binary{Mode: mode})
				r.awaitState("bad", sso.PluginReady)
				err := r.ask("bad", "ada@example.com")
				require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(err))
				require.NotContains(t, err.Error(), "ada@")
				p, err := r.Provider("bad") // which still has metadata to advise on
				require.NoError(t, err)
				_, err = p.Metadata(t.Context(), sso.MetadataQuery{Document: []byte("<x/>")})
				require.NoError(t, err)
				require.Equal(t, restarts, r.plugin("bad").Restarts > 0)
			})
		})
	}
}

func TestAStoppedProcessIsNotWaitedFor(t *testing.T) {
	beside(t, func(r *rig) {
		path := r.put(badplugin.Binary{})
		pid := r.awaitState("bad", sso.PluginReady).PID
		freeze(t, pid)
		require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(r.ask("bad", "ada@example.com")))
		require.NoError(t, os.Remove(path))
		r.awaitState("bad", sso.PluginStopped)
		awaitGone(t, pid)
	})
}

func TestAReplyOfMoreThanOneMebibyteIsRefused(t *testing.T) {
	beside(t, func(r *rig) {
		r.put(badplugin.Binary{Mode: badplugin.HugeReply})
		r.awaitState("bad", sso.PluginReady)
		p, err := r.Provider("bad")
		require.NoError(t, err)
		_, err = p.Metadata(t.Context(), sso.MetadataQuery{})
		require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(err))
		require.ErrorContains(t, err, "too_large")
		require.NoError(t, r.ask("bad", "ada@example.com"))
		require.Zero(t, r.plugin("bad").Restarts)
	})
}

func TestAnInventedValueIsRefused(t *testing.T) {
	beside(t, func(r *rig) {
		r.put(badplugin.Binary{Mode: badplugin.InventedValue})
		r.awaitState("bad", sso.PluginReady)
		require.Equal(t, sso.PluginUnprovenValue, sso.CodeOf(r.ask("bad", "ada@example.com")))
	})
}

func TestACraftedLogLineIsHarmless(t *testing.T) {
	beside(t, func(r *rig) {
		r.put(badplugin.Binary{Mode: badplugin.BadStderrJSON})
		r.awaitState("bad", sso.PluginReady)
		for range 10 {
			require.NoError(t, r.ask("bad", "ada@example.com"))
		}
		r.await("bad", "in the log", func(sso.PluginStatus) bool { return strings.Contains(r.log.String(), `@message`) })
	})
}

func TestAFloodOfLogLinesIsBounded(t *testing.T) {
	beside(t, func(r *rig) {
		r.put(badplugin.Binary{Mode: badplugin.StderrFlood})
		r.awaitState("bad", sso.PluginReady)
		require.NoError(t, r.ask("bad", "ada@example.com"))
		lines := strings.Count(r.log.String(), "flood line")
		require.Positive(t, lines)
		require.Less(t, lines, 20_000, "of 100,000; 200 a second pass")
		require.Contains(t, r.log.String(), "plugin log lines dropped")
	})
}

func TestWhatAPluginLogsOfPeopleStaysBelowTheUsualLevel(t *testing.T) {
	beside(t, func(r *rig) {
		r.put(badplugin.Binary{Mode: badplugin.LogsValues})
		r.awaitState("bad", sso.PluginReady)
		require.NoError(t, r.ask("bad", "ada@example.com"))
		r.await("bad", "in the log", func(sso.PluginStatus) bool { return strings.Contains(r.log.String(), "ada@") })
		for line := range strings.Lines(r.log.String()) {
			if strings.Contains(line, "ada@") {
				require.Contains(t, line, `"level":"DEBUG"`)
			}
		}
		require.NotContains(t, r.plugin("bad").Reason, "ada@")
	})
}
