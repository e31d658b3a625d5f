package host_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host"
	"github.com/idplug/idplug/testing/badplugin"
)

const patient = 20 * time.Second // until something that happens within a second has surely happened

// site is a server on folders of its own.
type site struct {
	*testing.T
	config   host.Config
	url      string
	plugins  string
	compiled badplugin.Compiled
	log      *output
}

func newSite(t *testing.T) *site {
	t.Helper()
	compiled, err := badplugin.Compile(t.Context())
	require.NoError(t, err)
	s := &site{T: t, plugins: t.TempDir(), compiled: compiled, log: &output{}}
	s.put("one", "1.0.0")
	c, err := load(t, "--listen", "127.0.0.1:0", "--data-dir", filepath.Join(t.TempDir(), "data"), "--plugin-dir", s.plugins)
	require.NoError(t, err)
	h, err := host.New(t.Context(), c, host.Build{Version: "dev"}, slog.New(slog.NewJSONHandler(s.log, nil)))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx, io.Discard) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
		require.NoError(t, h.Close())
	})
	s.config, s.url = c, h.URL()
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(c.DataDir, "address"))
		return err == nil
	}, patient, 5*time.Millisecond)
	return s
}

func (s *site) put(key, version string) string {
	s.Helper()
	path, err := s.compiled.Write(s.plugins, badplugin.Binary{Key: key, Version: version})
	require.NoError(s, err)
	return path
}

// get reads a page of the server, as the operator.
func (s *site) get(path string) string {
	s.Helper()
	token, err := os.ReadFile(filepath.Join(s.config.DataDir, "operator-token"))
	require.NoError(s, err)
	r, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.url+path, nil)
	require.NoError(s, err)
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	answer, err := http.DefaultClient.Do(r)
	require.NoError(s, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(s, err)
	require.Equal(s, http.StatusOK, answer.StatusCode, string(body))
	return string(body)
}

// list is what the command lists.
func (s *site) list() []sso.PluginStatus {
	s.Helper()
	list, live, err := host.Plugins(s.Context(), s.config, slog.New(slog.DiscardHandler))
	require.NoError(s, err)
	require.True(s, live)
	return list
}

// await waits until the command lists a plugin as wanted.
func (s *site) await(key sso.ProviderKey, wanted func(sso.PluginStatus) bool) (found sso.PluginStatus) {
	s.Helper()
	require.Eventually(s, func() bool {
		for _, p := range s.list() {
			if found = p; p.Key == key && wanted(p) {
				return true
			}
		}
		return false
	}, patient, 20*time.Millisecond)
	return found
}

// The API, the command, the metrics and the log say the same of every plugin.
func TestWhereverPluginsAreShownTheSameIsShown(t *testing.T) {
	s := newSite(t)
	require.NoError(t, os.Chmod(s.put("two", "1.0.0"), 0o757)) // #nosec G302 -- the fault under test
	s.await("two", func(p sso.PluginStatus) bool { return p.State == sso.PluginRejected })
	ready := func(p sso.PluginStatus) bool { return p.State == sso.PluginReady && p.PID != 0 }
	old := s.await("one", ready).PID
	require.NoError(t, syscall.Kill(old, syscall.SIGKILL))
	s.await("one", func(p sso.PluginStatus) bool { return ready(p) && p.PID != old })

	listed := s.list()
	require.Len(t, listed, 2)
	var page struct {
		Items []map[string]any `json:"items"`
	}
	require.NoError(t, json.Unmarshal([]byte(s.get("/api/v1/plugins")), &page))
	metrics := s.get("/metrics")
	for n, p := range listed {
		require.NotEmpty(t, p.Breaker)
		want := map[string]any{
			"key": string(p.Key), "state": string(p.State), "version": p.Version, "sha256": p.SHA256, "reason": p.Reason, "fix": p.Fix,
			"restarts": float64(p.Restarts), "last_exit": p.LastExit, "breaker": string(p.Breaker), "pid": float64(p.PID), "pin": p.Pin,
		}
		for name, value := range want {
			require.Equal(t, value, page.Items[n][name], name)
		}
		require.Contains(t, metrics, fmt.Sprintf("idplug_plugin_state{plugin=%q,state=%q} 1\n", p.Key, p.State))
		require.Contains(t, metrics, fmt.Sprintf("idplug_plugin_restarts{plugin=%q} %d\n", p.Key, p.Restarts))
		require.Contains(t, metrics, fmt.Sprintf("idplug_plugin_breaker{plugin=%q,state=%q} 1\n", p.Key, p.Breaker))
		require.Equal(t, []any{string(p.State), p.Reason, p.Fix, float64(p.Restarts)}, s.lastSaid(p.Key))
	}
	require.Equal(t, "it died of a signal: killed", listed[0].LastExit)
	require.Equal(t, 1, listed[0].Restarts)
	require.Equal(t, "chmod go-w "+filepath.Join(s.plugins, "idplug-provider-two"), listed[1].Fix)
}

// lastSaid is what the log said last of a plugin: state, reason, fix and restarts.
func (s *site) lastSaid(key sso.ProviderKey) (said []any) {
	s.Helper()
	for line := range strings.Lines(s.log.String()) {
		var entry map[string]any
		require.NoError(s, json.Unmarshal([]byte(line), &entry))
		if entry["msg"] == "plugin" && entry["plugin"] == string(key) && entry["state"] != nil {
			said = []any{entry["state"], entry["reason"], entry["fix"], entry["restarts"]}
		}
	}
	return said
}

// The command talks to the server that runs, and does it alone where none does.
func TestTheCommandPinsWithAndWithoutAServer(t *testing.T) {
	s := newSite(t)
	ready := func(version string) func(sso.PluginStatus) bool {
		return func(p sso.PluginStatus) bool { return p.State == sso.PluginReady && p.Version == version }
	}
	s.put("one", "2.0.0")
	s.await("one", ready("2.0.0"))
	p, live, err := host.PinPlugin(t.Context(), s.config, "one", "1.0.0")
	require.NoError(t, err)
	require.True(t, live)
	require.Equal(t, "1.0.0", p.Version, "it returns when the version serves")
	require.Equal(t, p.SHA256, p.Pin)
	_, _, err = host.PinPlugin(t.Context(), s.config, "one", "7.0.0")
	require.ErrorContains(t, err, "plugin_version_unknown")
	require.ErrorContains(t, err, "Kept are: 1.0.0 (")
	_, _, err = host.PinPlugin(t.Context(), s.config, "one", "")
	require.NoError(t, err)
	s.await("one", ready("2.0.0"))
	restarted, err := host.RestartPlugin(t.Context(), s.config, "one")
	require.NoError(t, err)
	require.Equal(t, sso.ProviderKey("one"), restarted.Key)
	_, err = host.RestartPlugin(t.Context(), s.config, "nobody")
	require.ErrorContains(t, err, "not_found")

	address := filepath.Join(s.config.DataDir, "address")
	require.NoError(t, os.WriteFile(address, []byte("http://127.0.0.1:1\n"), 0o600)) // as a server leaves it that was killed
	p, live, err = host.PinPlugin(t.Context(), s.config, "one", p.SHA256[:8])
	require.NoError(t, err)
	require.False(t, live)
	require.Equal(t, "1.0.0", p.Version)
	_, err = host.RestartPlugin(t.Context(), s.config, "one")
	require.ErrorContains(t, err, "no server runs")
}

// output is what was logged so far.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
