package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

func TestAPluginIsPinnedAndRestarted(t *testing.T) {
	w := newWorld(t)
	post := func(path, body string) (int, string) {
		r := w.api("POST", path, operatorToken, body)
		return r.Code, r.Body.String()
	}
	code, body := post("/plugins/okta/pin", `{"version":"0.9.0"}`)
	require.Equal(t, http.StatusOK, code, body)
	require.Contains(t, body, `"pin":"aa02"`)
	require.Contains(t, body, `"breaker":"closed"`)
	require.Contains(t, body, `"sha256":"aa02","version":"0.9.0"}`)

	code, body = post("/plugins/okta/pin", `{"sha256":"aa01"}`)
	require.Equal(t, http.StatusOK, code, body)
	require.Equal(t, "aa01", w.plugins.pin)

	code, body = post("/plugins/okta/pin", `{"version":"7.0.0"}`)
	require.Equal(t, http.StatusUnprocessableEntity, code)
	require.Contains(t, body, string(sso.PluginVersionUnknown))
	require.Contains(t, body, "Kept are: 1.0.0, 0.9.0")

	code, body = post("/plugins/okta/pin", `{}`)
	require.Equal(t, http.StatusOK, code, body)
	require.Contains(t, body, `"pin":""`)

	code, body = post("/plugins/okta/pin", `{"versoin":"1"}`)
	require.Equal(t, http.StatusUnprocessableEntity, code, body)
	code, _ = post("/plugins/nobody/pin", `{}`)
	require.Equal(t, http.StatusNotFound, code)

	code, body = post("/plugins/okta/restart", "")
	require.Equal(t, http.StatusOK, code, body)
	code, _ = post("/plugins/nobody/restart", "")
	require.Equal(t, http.StatusNotFound, code)
	w.plugins.down = http.ErrServerClosed
	code, body = post("/plugins/okta/restart", "")
	require.Equal(t, http.StatusConflict, code)
	require.Contains(t, body, "plugin_not_startable")

	rows, _, err := w.o.Directory.Audit(t.Context(), sso.Actor{Kind: sso.Operator}, "", directory.AuditQuery{})
	require.NoError(t, err)
	var said []string
	for _, r := range rows {
		said = append(said, strings.Join([]string{r.Actor, r.Action, r.Target, r.Before, r.After}, " "))
	}
	require.Equal(t, []string{
		"operator:token plugin.restart plugin:okta  ",
		`operator:token plugin.pin plugin:okta {"pin":"aa01"} {"pin":""}`,
		`operator:token plugin.pin plugin:okta {"pin":"aa02"} {"pin":"aa01"}`,
		`operator:token plugin.pin plugin:okta {"pin":""} {"pin":"aa02"}`,
	}, said[:4])
}
