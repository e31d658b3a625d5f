package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/hygiene"
	"github.com/idplug/idplug/testing/program"
)

// host is idplug as a process, with the plugin for any SAML provider.
type host struct {
	url, token string
	dir        string
	secrets    *hygiene.Register
	ports      map[string]string // of the providers, by tenant: the host must be told before they run
}

// startHost builds the programs and starts the server, which may fetch metadata from the providers' ports.
func startHost(t *testing.T) *host {
	t.Helper()
	h := &host{dir: t.TempDir(), token: "interop-operator-token-interop", ports: map[string]string{}, secrets: hygiene.New()}
	bin, plugins := filepath.Join(h.dir, "bin"), filepath.Join(h.dir, "plugins.d")
	for _, folder := range []string{bin, plugins} {
		require.NoError(t, os.Mkdir(folder, 0o755))
	}
	require.NoError(t, program.Build(context.Background(), bin, "./cmd/idplug", "./cmd/idplug-provider-saml"))
	require.NoError(t, os.Rename(filepath.Join(bin, "idplug-provider-saml"), filepath.Join(plugins, "idplug-provider-saml")))
	allowed := make([]string, 0, len(entities()))
	for _, e := range entities() {
		h.ports[e.slug] = freePort(t)
		allowed = append(allowed, "127.0.0.1:"+h.ports[e.slug])
	}
	p, err := program.Start(program.Command{
		Path: filepath.Join(bin, "idplug"), Args: []string{"serve"}, Log: filepath.Join(h.dir, "host.log"),
		Env: []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + h.dir, "TMPDIR=" + os.TempDir(), "IDPLUG_LISTEN=127.0.0.1:0", "IDPLUG_DATA_DIR=" + filepath.Join(h.dir, "data"),
			"IDPLUG_PLUGIN_DIR=" + plugins, "IDPLUG_OPERATOR_TOKEN=" + h.token, "IDPLUG_FETCH_ALLOW=" + strings.Join(allowed, ","),
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := p.Stop()
		require.NoError(t, err)
		h.secrets.Check(t, filepath.Join(h.dir, "host.log"), filepath.Join(h.dir, "data"))
		if t.Failed() {
			log, err := os.ReadFile(filepath.Join(h.dir, "host.log"))
			require.NoError(t, err)
			t.Logf("%s", log)
		}
	})
	h.url = p.URL
	require.Eventually(t, func() bool {
		return h.call(t, http.MethodGet, "/providers/saml", nil)["state"] == "ready"
	}, time.Minute, 100*time.Millisecond)
	return h
}

// freePort is a port that was free a moment ago, for programs that cannot say which one they got.
func freePort(t *testing.T) string {
	t.Helper()
	port, err := program.FreePort(t.Context())
	require.NoError(t, err)
	return port
}

// call calls the admin API, which must succeed, and gives what it answers.
func (h *host) call(t *testing.T, method, path string, body any) map[string]any {
	t.Helper()
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		require.NoError(t, err)
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(context.Background(), method, h.url+"/api/v1"+path, sent)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+h.token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := (&http.Client{Transport: h.secrets.Watch(http.DefaultTransport)}).Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	if method == http.MethodGet && answer.StatusCode == http.StatusNotFound {
		return nil // not yet
	}
	require.Equal(t, 2, answer.StatusCode/100, "%s %s: %s", method, path, text)
	if answer.StatusCode == http.StatusNoContent {
		return nil
	}
	var out map[string]any
	require.NoError(t, json.Unmarshal(text, &out), "%s", text)
	return out
}
