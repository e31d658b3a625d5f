package catalog_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/telemetry"
	"github.com/idplug/idplug/testing/badplugin"
)

// beside opens a catalogue with a good plugin among bad ones, which must keep answering, by one process, while bad looks at them.
func beside(t *testing.T, prepare, bad func(r *rig)) {
	t.Helper()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "good"})
	prepare(r)
	r.open()
	pid := r.awaitState("good", sso.PluginReady).PID
	callers := call(t, 2, 5*time.Millisecond, func(email string) error { return r.ask("good", email) })
	bad(r)
	callers.awaitAnswers()
	callers.stop()
	status := r.plugin("good")
	require.Equal(t, pid, status.PID)
	require.Empty(t, status.Reason)
}

func TestBinariesThatDoNotComeUp(t *testing.T) {
	t.Parallel()
	reasons := map[sso.ProviderKey]string{
		"exit-at-start":  "it ends with exit code 3 before it serves",
		"never-ready":    "timeout",
		"mute":           "it does not answer within 7s",
		"wrong-cookie":   "exit code",
		"false-manifest": `its file is named after "false-manifest", its manifest says "somebody-else"`,
	}
	scripts := map[sso.ProviderKey]struct{ body, reason string }{
		"garbage":    {`echo "hello, I am a plugin"; sleep 60`, "hello, I am a plugin"},
		"endless":    {`head -c 1000000 /dev/zero | tr '\0' x; sleep 60`, "xxx"},
		"last-words": {`echo "no licence found" >&2; exit 7`, "exit code 7 before it serves; its last output: no licence found"},
		"terminal":   {`printf '\033[2Jcleared\n' >&2; exit 7`, "its last output:  [2Jcleared"},
		"version":    {`echo "1|99|unix|/nowhere|grpc|"; sleep 60`, "incompatible API version"},
		"escapes":    {`setsid sleep 15 & exit 7`, "exit code 7"}, // a descendant leaves the process group and keeps the pipes open
	}
	prepare := func(r *rig) {
		for key := range reasons {
			r.put(badplugin.Binary{Key: string(key), Mode: badplugin.Mode(key)})
		}
		for key, script := range scripts {
			r.script(string(key), script.body)
			reasons[key] = script.reason
		}
		require.NoError(t, os.WriteFile(r.script("no-program", ""), []byte("\x7fELF and then nothing"), 0o755)) // #nosec G306 -- executable
		reasons["no-program"] = "exec format error"
	}
	beside(t, prepare, func(r *rig) {
		for key, reason := range reasons {
			status := r.await(key, "blamed", func(p sso.PluginStatus) bool { return p.Reason != "" })
			require.Contains(t, []sso.PluginState{sso.PluginBackingOff, sso.PluginStarting, sso.PluginFailed}, status.State)
			require.Contains(t, status.Reason, reason)
			require.Less(t, len(status.Reason), 3000)
			require.NotContains(t, status.Reason, "\x1b")
			require.NotEmpty(t, status.Fix)
			require.Zero(t, status.PID)
			_, err := r.Provider(key)
			require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(err))
		}
		require.Len(t, r.Providers(), 1)
		require.Len(t, r.Plugins(), len(reasons)+1)
		r.awaitState("exit-at-start", sso.PluginFailed)
	})
}

func TestTheHostConnectsToNoAddressButTheSocket(t *testing.T) {
	t.Parallel()
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

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	tests := map[badplugin.Mode]func(t *testing.T, r *rig, key sso.ProviderKey){
		badplugin.Refuses:        failsProfiles(false),
		badplugin.PanicOnProfile: failsProfiles(false),
		badplugin.HangOnProfile:  failsProfiles(false),
		badplugin.CrashOnProfile: failsProfiles(true),
		badplugin.HugeReply: func(t *testing.T, r *rig, key sso.ProviderKey) {
			err := r.advise(key)
			require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(err))
			require.ErrorContains(t, err, "too_large")
			require.NoError(t, r.ask(key, "ada@example.com"))
			require.Zero(t, r.plugin(key).Restarts)
		},
		badplugin.InventedValue: func(t *testing.T, r *rig, key sso.ProviderKey) {
			require.Equal(t, sso.PluginUnprovenValue, sso.CodeOf(r.ask(key, "ada@example.com")))
		},
		badplugin.BadStderrJSON: func(t *testing.T, r *rig, key sso.ProviderKey) {
			for range 10 {
				require.NoError(t, r.advise(key))
			}
			r.await(key, "in the log", func(sso.PluginStatus) bool { return strings.Contains(r.log.String(), "@message") })
		},
		badplugin.StderrFlood: func(t *testing.T, r *rig, key sso.ProviderKey) {
			require.NoError(t, r.ask(key, "ada@example.com"))
			r.await(key, "cut short in the log", func(sso.PluginStatus) bool { return strings.Contains(r.log.String(), "plugin log lines dropped") })
			require.Less(t, strings.Count(r.log.String(), "flood line"), 20_000, "of hundreds of thousands a second; 200 pass")
		},
		badplugin.LogsValues: func(t *testing.T, r *rig, key sso.ProviderKey) {
			p, err := r.Provider(key)
			require.NoError(t, err)
			const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
			call := telemetry.Call{RequestID: "r42", Traceparent: "00-" + trace + "-00f067aa0ba902b7-01"}
			_, err = p.Profile(telemetry.WithCall(t.Context(), call), person("grace@example.com"))
			require.NoError(t, err)
			r.await(key, "in the log", func(sso.PluginStatus) bool { return strings.Contains(r.log.String(), "grace@") })
			for line := range strings.Lines(r.log.String()) {
				if strings.Contains(line, "grace@") {
					require.Contains(t, line, `"level":"DEBUG"`)
					require.Contains(t, line, trace)
					require.Contains(t, line, "r42")
				}
			}
		},
		badplugin.Good: func(t *testing.T, r *rig, key sso.ProviderKey) { // and then it stands still, and is removed
			pid := r.plugin(key).PID
			freeze(t, pid)
			require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(r.ask(key, "ada@example.com")))
			require.NoError(t, os.Remove(filepath.Join(r.dir, r.plugin(key).File)))
			r.awaitState(key, sso.PluginStopped)
			awaitGone(t, pid)
		},
	}
	prepare := func(r *rig) {
		for mode := range tests {
			r.put(badplugin.Binary{Key: "x-" + string(mode), Mode: mode})
		}
	}
	beside(t, prepare, func(r *rig) {
		for mode, test := range tests {
			t.Run(string(mode), func(t *testing.T) {
				key := sso.ProviderKey("x-" + string(mode))
				r.awaitState(key, sso.PluginReady)
				test(t, r, key)
			})
		}
	})
}

// failsProfiles: the plugin fails profiles, with or without its life; metadata it still advises on.
func failsProfiles(dies bool) func(t *testing.T, r *rig, key sso.ProviderKey) {
	return func(t *testing.T, r *rig, key sso.ProviderKey) {
		t.Helper()
		err := r.ask(key, "ada@example.com")
		require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(err))
		require.NotContains(t, err.Error(), "ada@")
		require.NoError(t, r.advise(key))
		require.Equal(t, dies, r.plugin(key).Restarts > 0)
	}
}
