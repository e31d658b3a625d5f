package telemetry_test

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/telemetry"
	"github.com/idplug/idplug/testing/docblock"
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

func TestMetricsCountCallsOfPlugins(t *testing.T) {
	m := telemetry.New("dev")
	m.WatchPlugins(func() []telemetry.PluginState {
		return []telemetry.PluginState{{Key: "okta", State: "ready", Breaker: "open", InFlight: 3, LogDropped: 17}}
	})
	m.PluginCall("okta", "profile", "ok", 3*time.Millisecond)
	m.PluginCall("okta", "profile", "deadline", 2*time.Second)
	page := scrape(t, m)
	for _, line := range []string{
		`idplug_plugin_calls_total{method="profile",outcome="ok",plugin="okta"} 1`,
		`idplug_plugin_calls_total{method="profile",outcome="deadline",plugin="okta"} 1`,
		`idplug_plugin_call_seconds_bucket{method="profile",plugin="okta",le="0.005"} 1`,
		`idplug_plugin_call_seconds_count{method="profile",plugin="okta"} 2`,
		`idplug_plugin_breaker{plugin="okta",state="open"} 1`,
		`idplug_plugin_inflight{plugin="okta"} 3`,
		`idplug_plugin_log_lines_dropped_total{plugin="okta"} 17`,
	} {
		require.Contains(t, page, line)
	}
}

func TestMetricsCountMails(t *testing.T) {
	m := telemetry.New("dev")
	broken := false
	m.WatchMails(func() (int, int, error) {
		if broken {
			return 0, 0, errors.New("no database")
		}
		return 3, 1, nil
	})
	m.Mail("invitation", "sent")
	page := scrape(t, m)
	require.Contains(t, page, `idplug_mails_total{kind="invitation",outcome="sent"} 1`)
	require.Contains(t, page, `idplug_mails_queued{state="waiting"} 3`)
	require.Contains(t, page, `idplug_mails_queued{state="failed"} 1`)
	broken = true
	require.NotContains(t, scrape(t, m), "idplug_mails_queued{")
}

var update = flag.Bool("update", false, "rewrite the generated block of the page")

var described = regexp.MustCompile(`(?m)^# HELP (idplug_\w+) (.*)\n# TYPE \w+ (\w+)$`)

// TestTheMetricsPageListsEveryMetric keeps docs/reference/metrics.md equal to what is served.
func TestTheMetricsPageListsEveryMetric(t *testing.T) {
	m := telemetry.New("dev")
	m.WatchPlugins(func() []telemetry.PluginState { return []telemetry.PluginState{{Key: "okta"}} })
	m.PluginCall("okta", "profile", "ok", time.Millisecond)
	m.Request("GET", "/", 200, time.Millisecond)
	m.Login("signed_in", "")
	m.WatchMails(func() (int, int, error) { return 0, 0, nil })
	m.Mail("invitation", "sent")
	var b strings.Builder
	b.WriteString("| metric | kind | is |\n|---|---|---|\n")
	for _, d := range described.FindAllStringSubmatch(scrape(t, m), -1) {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", d[1], d[3], d[2])
	}
	docblock.Check(t, "docs/reference/metrics.md", "metrics", b.String(), *update)
}
