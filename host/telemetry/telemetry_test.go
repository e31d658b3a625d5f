package telemetry_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/telemetry"
)

func scrape(t *testing.T, m *telemetry.Telemetry) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Equal(t, 200, w.Code, w.Body.String())
	return w.Body.String()
}

func TestMetricsCountRequestsAndLogins(t *testing.T) {
	m := telemetry.New("1.2.3")
	m.Request("POST", "/saml/:tenant/acs", 303, 2*time.Millisecond)
	m.Request("BREW", "", 404, time.Millisecond)
	m.Login("signed_in", "")
	m.Login("refused", "sig.digest")
	page := scrape(t, m)
	require.Contains(t, page, `idplug_http_requests_total{method="POST",route="/saml/:tenant/acs",status="303"} 1`)
	require.Contains(t, page, `idplug_http_requests_total{method="other",route="unknown",status="404"} 1`)
	require.Contains(t, page, `idplug_logins_total{code="",outcome="signed_in"} 1`)
	require.Contains(t, page, `idplug_logins_total{code="sig.digest",outcome="refused"} 1`)
	require.Contains(t, page, `version="1.2.3"`)
}

func TestMetricsShowPluginsAsTheyAreNow(t *testing.T) {
	m := telemetry.New("dev")
	now := []telemetry.PluginState{{Key: "okta", State: "ready", Restarts: 2}, {Key: "okta", State: "rejected"}}
	m.WatchPlugins(func() []telemetry.PluginState { return now })
	require.Contains(t, scrape(t, m), `idplug_plugin_state{plugin="okta",state="ready"} 1`)
	now = []telemetry.PluginState{{Key: "okta", State: "failed", Restarts: 3}}
	page := scrape(t, m)
	require.Contains(t, page, `idplug_plugin_state{plugin="okta",state="failed"} 1`)
	require.Contains(t, page, `idplug_plugin_restarts{plugin="okta"} 3`)
	require.NotContains(t, page, `state="ready"`)
}
