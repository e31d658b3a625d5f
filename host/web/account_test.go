package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// hashOf is the hash of the browser's session.
func (b *browser) hashOf() string {
	_, token, _ := strings.Cut(b.cookies["__Host-idplug_session"].Value, ".")
	return sso.HashToken(token)
}

func TestAccount_EverybodySeesAndEndsTheirOwnSessions(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.person("acme", "bob@acme.test", "agent")
	here, there, elsewhere := w.signedInByPassword("acme", "ada@acme.test"), w.signedInByPassword("acme", "ada@acme.test"), w.signedInByPassword("acme", "ada@acme.test")
	bob := w.signedInByPassword("acme", "bob@acme.test")
	in := func(b *browser) bool { return b.do("GET", "/session", nil).Code == 200 }

	page := here.do("GET", "/account", nil).Body.String()
	require.Equal(t, 2, strings.Count(page, `name="end"`), "the other two of ada's")
	require.Equal(t, 1, strings.Count(page, "This one"))
	require.NotContains(t, page, bob.hashOf())
	require.Contains(t, page, `<time datetime="2026-03-01T12:00:00Z">2026-03-01 12:00 UTC</time>`)
	require.Contains(t, page, `<script src="/assets/times.js?v=`, "the reader's zone")

	require.Equal(t, 404, here.do("POST", "/account", url.Values{"end": {bob.hashOf()}}).Code, "another's")
	require.Equal(t, 404, here.do("POST", "/account", url.Values{"end": {"nothing"}}).Code)
	require.True(t, in(bob))
	require.Equal(t, 403, here.do("POST", "/account", url.Values{"end": {there.hashOf()}}, "Sec-Fetch-Site", "cross-site").Code, "another site's form")
	require.True(t, in(there))
	require.Equal(t, 303, here.do("POST", "/account", url.Values{"end": {there.hashOf()}}).Code)
	require.Equal(t, []bool{true, false, true}, []bool{in(here), in(there), in(elsewhere)})
	require.Equal(t, 303, here.do("POST", "/account", url.Values{"do": {"others"}}).Code)
	require.Equal(t, []bool{true, false, true}, []bool{in(here), in(elsewhere), in(bob)})
	require.Contains(t, here.do("GET", "/account?done=others", nil).Body.String(), "All other sessions were ended.")
	require.Equal(t, 400, here.do("POST", "/account", url.Values{}).Code)

	again := w.signedInByPassword("acme", "ada@acme.test")
	require.Contains(t, here.do("GET", "/account", nil).Body.String(), "End all sessions, this one too")
	require.Equal(t, 403, here.do("POST", "/account", url.Values{"do": {"all"}}, "Sec-Fetch-Site", "cross-site").Code, "another site's form")
	require.Equal(t, []bool{true, true}, []bool{in(here), in(again)})
	require.Equal(t, "/login?signed_out=1", here.do("POST", "/account", url.Values{"do": {"all"}}).Header().Get("Location"))
	require.Equal(t, []bool{false, false, true}, []bool{in(here), in(again), in(bob)})
	require.NotContains(t, here.cookies, "__Host-idplug_session")

	require.Equal(t, "/login?return_to=%2Faccount", there.do("GET", "/account", nil).Header().Get("Location"))
	require.Equal(t, 401, there.do("POST", "/account", url.Values{"do": {"others"}}).Code)
}
