package web

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

func TestAForgottenPasswordIsSetByMail(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	old := w.browser()
	require.Equal(t, 303, old.do("POST", "/login/acme", url.Values{"email": {"ada@acme.test"}, "password": {password}}).Code)
	b := w.browser()
	a := b.do("GET", "/login/acme", nil)
	require.Contains(t, a.Body.String(), `href="/reset?organisation=acme"`)
	require.Contains(t, b.do("GET", "/reset?organisation=acme", nil).Body.String(), `name="organisation" value="acme"`)
	a = b.do("POST", "/reset", url.Values{"organisation": {"acme"}, "email": {"Ada@acme.test"}}, "Accept-Language", "de")
	require.Equal(t, 200, a.Code)
	require.Contains(t, a.Body.String(), "eine Mail unterwegs")
	l := w.sent()
	require.Equal(t, directory.ResetMail, l.Kind)
	require.Equal(t, "de", l.Language)
	page := "/invitation/acme/" + l.Token
	require.Contains(t, b.do("GET", page, nil).Body.String(), "A new password")
	fresh := "another " + password
	require.Equal(t, 303, b.do("POST", page, url.Values{"password": {fresh}, "password_again": {fresh}}).Code)
	require.Equal(t, 200, b.do("GET", "/session", nil).Code)
	require.Equal(t, 401, old.do("GET", "/session", nil).Code, "sessions of the old password end")
	require.Equal(t, 410, b.do("POST", page, url.Values{"password": {fresh}, "password_again": {fresh}}).Code, "once")
	require.Equal(t, 403, w.browser().do("POST", "/login/acme", url.Values{"email": {"ada@acme.test"}, "password": {password}}).Code)
	require.Equal(t, 303, w.browser().do("POST", "/login/acme", url.Values{"email": {"ada@acme.test"}, "password": {fresh}}).Code)
	require.NotContains(t, w.log.String(), l.Token)
	require.NotContains(t, w.log.String(), "ada@acme.test")
}

// TestTheResetPageTellsNothing: the answers are alike but for the address in them, and no mail waits for whom there is none.
func TestTheResetPageTellsNothing(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	gone := w.person("acme", "gone@acme.test", "agent")
	_, err := w.o.Directory.UpdateUser(t.Context(), operator, "acme", gone.ID, directory.UserPatch{Status: new(sso.Deactivated)})
	require.NoError(t, err)
	w.tenant("beta")
	w.person("beta", "bea@beta.test", "agent")
	w.ssoOn("beta")
	ask := func(organisation, email string) *httptest.ResponseRecorder {
		return w.browser().do("POST", "/reset", url.Values{"organisation": {organisation}, "email": {email}})
	}
	text := func(a *httptest.ResponseRecorder, organisation string) string {
		return strings.ReplaceAll(a.Body.String(), "/login/"+organisation, "/login")
	}
	known := ask("acme", "ada@acme.test")
	require.Equal(t, 200, known.Code)
	for _, c := range [][2]string{
		{"acme", "nobody@acme.test"}, {"acme", "gone@acme.test"}, {"beta", "bea@beta.test"}, {"nowhere", "ada@acme.test"}, {"", "nobody@acme.test"}, {"Bad Slug", "x@acme.test"},
	} {
		before := time.Now()
		a := ask(c[0], c[1])
		require.GreaterOrEqual(t, time.Since(before), resetTime, "every answer takes as long")
		require.Equal(t, 200, a.Code, c)
		require.Equal(t, text(known, "acme"), text(a, c[0]), c)
	}
	list, err := w.o.Directory.Undelivered(t.Context(), operator, "acme")
	require.NoError(t, err)
	resets := 0
	for _, m := range list {
		if m.Kind == directory.ResetMail {
			resets++
			require.Equal(t, sso.Email("ada@acme.test"), m.Email)
		}
	}
	require.Equal(t, 1, resets)
	list, err = w.o.Directory.Undelivered(t.Context(), operator, "beta")
	require.NoError(t, err)
	for _, m := range list {
		require.NotEqual(t, directory.ResetMail, m.Kind, "there is no reset with SSO on")
	}
	a := ask("acme", "no address")
	require.Equal(t, 422, a.Code)
	require.Contains(t, a.Body.String(), `value="no address"`)
}

func TestResetsAreLimited(t *testing.T) {
	w := newWorld(t)
	ask := func(email string) int {
		return w.browser().do("POST", "/reset", url.Values{"email": {email}}).Code
	}
	for range 5 {
		require.Equal(t, 200, ask("ada@acme.test"))
	}
	a := w.browser().do("POST", "/reset", url.Values{"email": {"ada@acme.test"}})
	require.Equal(t, 429, a.Code)
	require.NotEmpty(t, a.Header().Get("Retry-After"))
	require.Equal(t, 200, ask("bob@acme.test"), "another account is untouched")
	w.pass(2 * time.Minute)
	require.Equal(t, 200, ask("ada@acme.test"))
	require.Equal(t, 403, w.browser().do("POST", "/reset", url.Values{"email": {"ada@acme.test"}}, "Sec-Fetch-Site", "cross-site").Code)
}
