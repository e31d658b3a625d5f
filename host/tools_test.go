package host_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host"
)

func TestPluginsAsksTheRunningServerWithTheTokenThatWasConfigured(t *testing.T) {
	const token = "a-token-that-somebody-configured"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/plugins" || r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"items":[{"key":"okta","state":"ready"}],"next":""}`))
	}))
	defer server.Close()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "address"), []byte(server.URL+"\n"), 0o600))
	t.Setenv("IDPLUG_OPERATOR_TOKEN", token)
	c, err := load(t, "--data-dir", dir, "--plugin-dir", t.TempDir())
	require.NoError(t, err)
	list, live, err := host.Plugins(t.Context(), c, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.True(t, live)
	require.Equal(t, []sso.PluginStatus{{Key: "okta", State: sso.PluginReady}}, list)
}
