package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// signedInByPassword is a browser with a session.
func (w *world) signedInByPassword(t sso.TenantID, email string) *browser {
	w.t.Helper()
	b := w.browser()
	require.Equal(w.t, 303, b.do("POST", "/login/"+string(t), url.Values{"email": {email}, "password": {password}}).Code)
	return b
}

// kept saves a connection while SSO is off.
func (w *world) kept(t sso.TenantID, provider string) {
	w.t.Helper()
	a := w.api("PUT", "/tenants/"+string(t)+"/sso/connections/"+provider, operatorToken, `{"version":0,"metadata_xml":"<idp/>"}`)
	require.Equal(w.t, 200, a.Code, a.Body.String())
}

func (w *world) logins(t sso.TenantID) []sso.LoginRecord {
	w.t.Helper()
	list, _, err := w.o.Directory.Logins(w.t.Context(), operator, t, directory.LoginQuery{Page: directory.Page{Limit: 100}})
	require.NoError(w.t, err)
	return list
}

func TestConsole_ATestShowsWhatASignInWouldDoAndDoesNothing(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "admin@acme.test", "administrator")
	b := w.signedInByPassword("acme", "admin@acme.test")
	require.Contains(t, b.do("GET", "/console/test", nil).Body.String(), "There is no connection to test yet")
	w.kept("acme", "okta")
	page := b.do("GET", "/console/test", nil)
	require.Contains(t, page.Body.String(), "Sign in at Okta")
	require.Contains(t, page.Body.String(), "not tested yet")
	require.Contains(t, page.Header().Get("Content-Security-Policy"), "form-action 'self' https:", "the form leads on to the provider")

	a := b.do("POST", "/console/test", url.Values{"provider": {"okta"}})
	require.Equal(t, 303, a.Code, a.Body.String())
	require.True(t, strings.HasPrefix(a.Header().Get("Location"), "https://idp.test/sso"))
	before := b.cookies["__Host-idplug_session"].Value
	a = b.post("acme", w.saml.answer("admin@acme.test"))
	require.Equal(t, 200, a.Code, a.Body.String())
	require.Contains(t, a.Body.String(), "The connection works")
	require.Contains(t, a.Body.String(), "would link the user admin@acme.test")
	require.Contains(t, a.Body.String(), `<td>admin@acme.test<br></td>`, "the attributes")
	require.Equal(t, before, b.cookies["__Host-idplug_session"].Value, "the session is the one before")
	people, _, err := w.o.Directory.Users(t.Context(), operator, "acme", directory.UserQuery{})
	require.NoError(t, err)
	require.Len(t, people, 1)
	require.Empty(t, people[0].Identities)
	last := w.logins("acme")[0]
	require.Equal(t, sso.Tried, last.Outcome)
	require.Contains(t, b.do("GET", "/console/test", nil).Body.String(), `<span class="chip active">tested`)
	require.Contains(t, w.api("GET", "/tenants/acme/sso/connections/okta", w.admin, "").Body.String(), `"tested":true`)
	w.ssoOff("acme", `"provider":"okta"`)
	require.Contains(t, b.do("GET", "/console/sso", nil).Body.String(), `<option value="email"></option>`, "names that came are suggested")
}

func TestConsole_ATestThatFailsSaysWhy(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "admin@acme.test", "administrator")
	w.kept("acme", "okta")
	b := w.signedInByPassword("acme", "admin@acme.test")
	b.do("POST", "/console/test", url.Values{"provider": {"okta"}}, "Accept-Language", "de")
	a := b.post("acme", w.saml.encode(said{InResponseTo: "id-1", Email: "x@acme.test", Code: sso.SigUntrustedKey}))
	require.Equal(t, 403, a.Code)
	require.Contains(t, a.Body.String(), "The connection does not work yet")
	require.Contains(t, a.Body.String(), "sig.untrusted_key")
	require.Contains(t, a.Body.String(), "an administrator")
	require.Contains(t, w.api("GET", "/tenants/acme/sso/connections/okta", w.admin, "").Body.String(), `"tested":false`)
	a = b.do("POST", "/console/test", url.Values{"provider": {"azure"}})
	require.Equal(t, 422, a.Code)
	require.Contains(t, a.Body.String(), "This connection cannot carry sign-ins yet")
}

// TestAPI_ATestsAddressWorksOnceAndForTheOneWhoAsked opens tickets.
func TestAPI_ATestsAddressWorksOnceAndForTheOneWhoAsked(t *testing.T) {
	w := newWorld(t)
	w.kept("acme", "okta")
	w.tenant("other")
	ask := func() string {
		a := w.api("POST", "/tenants/acme/sso/test", w.admin, `{"provider":"okta"}`)
		require.Equal(t, 200, a.Code, a.Body.String())
		return strings.TrimPrefix(document(t, a)["url"].(string), w.o.Origin)
	}
	b := w.browser()
	ticket := ask()
	require.Equal(t, 302, b.do("GET", ticket, nil).Code)
	a := b.post("acme", w.saml.answer("ada@acme.test"))
	require.Equal(t, 200, a.Code, a.Body.String())
	require.Contains(t, a.Body.String(), "A sign-in of this person would be refused", "nobody of that address is here")
	require.NotContains(t, a.Body.String(), "Sign out", "nobody is signed in")
	require.Empty(t, b.cookies)
	spent := w.browser().do("GET", ticket, nil)
	require.Equal(t, 410, spent.Code)
	require.NotContains(t, spent.Body.String(), "ticket=", "a page repeats no secret")
	for _, bad := range []string{
		"/login/acme/test", "/login/acme/test?ticket=", "/login/acme/test?ticket=AAAA", "/login/acme/test?ticket=" + strings.Repeat("A", 4000),
		strings.Replace(ask(), "/acme/", "/other/", 1),
	} {
		require.Equal(t, 410, w.browser().do("GET", bad, nil).Code, bad)
	}
	late := ask()
	w.pass(11 * 60e9)
	require.Equal(t, 410, w.browser().do("GET", late, nil).Code, "too late")
	refused(t, w.api("POST", "/tenants/acme/sso/test", w.admin, `{}`), 422, sso.Invalid)
	refused(t, w.api("POST", "/tenants/acme/sso/test", w.admin, `{"provider":"azure"}`), 422, sso.Invalid)
}
