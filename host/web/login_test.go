package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

func TestPasswordSignInWhileSSOIsOff(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	b := w.browser()
	a := b.do("GET", "/login/acme?return_to=/work", nil)
	require.Equal(t, 200, a.Code)
	require.Contains(t, a.Body.String(), `name="return_to" value="/work"`)
	require.Contains(t, a.Body.String(), `<label for="password">`)
	a = b.do("POST", "/login/acme", url.Values{"email": {"ada@acme.test"}, "password": {"wrong"}})
	require.Equal(t, 403, a.Code)
	require.Contains(t, a.Body.String(), sso.TextOf(sso.PasswordWrong).Summary)
	require.NotContains(t, a.Body.String(), `value="wrong"`, "a password is never sent back")
	require.NotContains(t, b.cookies, "__Host-idplug_session")
	a = b.do("POST", "/login/acme", url.Values{"email": {" Ada@Acme.test"}, "password": {password}, "return_to": {"/work"}})
	require.Equal(t, 303, a.Code, a.Body.String())
	require.Equal(t, "/work", a.Header().Get("Location"))
	doc := document(t, b.do("GET", "/session", nil))
	require.Empty(t, doc["provider"])
	require.Contains(t, b.do("GET", "/", nil).Body.String(), "Signed in as Ada")
}

func TestRule06_PasswordIsRefusedWhileSSOIsOn(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "administrator")
	w.ssoOn("acme")
	form := url.Values{"email": {"ada@acme.test"}, "password": {password}}
	refused(t, w.browser().do("POST", "/login/acme", form, "Accept", "application/json"), 403, sso.PasswordRefused)
	require.Equal(t, 403, w.browser().do("POST", "/login", form).Code)
}

func TestEmailLeadsToTheOneOrganisationWithSSO(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme")
	a := w.browser().do("POST", "/login", url.Values{"email": {"ada@acme.test"}, "return_to": {"/work"}})
	require.Equal(t, 303, a.Code)
	require.Equal(t, "/login/acme?return_to=%2Fwork", a.Header().Get("Location"))
	a = w.browser().do("POST", "/login", url.Values{"organisation": {"acme"}})
	require.Equal(t, "/login/acme", a.Header().Get("Location"))
	require.Equal(t, 404, w.browser().do("POST", "/login", url.Values{"organisation": {"//evil.test"}}).Code)
	require.Equal(t, 422, w.browser().do("POST", "/login", url.Values{"email": {"no address"}}).Code)
}

func TestSignInNeverTellsWhetherAnAddressExists(t *testing.T) {
	w := newWorld(t)
	w.tenant("other")
	w.person("acme", "ada@acme.test", "agent")
	w.person("acme", "both@acme.test", "agent")
	w.person("other", "both@acme.test", "agent")
	page := func(email string, more ...string) string {
		form := url.Values{"email": {email}}
		if len(more) > 0 {
			form.Set("password", more[0])
		}
		a := w.browser().do("POST", "/login", form)
		return strings.ReplaceAll(a.Result().Status+a.Body.String(), email, "EMAIL")
	}
	for _, sso := range []string{"off", "on"} {
		for _, known := range []string{"ada@acme.test", "both@acme.test"} {
			require.Equal(t, page("nobody@acme.test"), page(known), "SSO "+sso)
			require.Equal(t, page("nobody@acme.test", "wrong"), page(known, "wrong"), "SSO "+sso)
		}
		w.ssoOn("acme")
	}
}

// TestADomainOfOneOrganisationLeadsThere whether the address is somebody's or not, so that people who are created at their first sign-in find it.
func TestADomainOfOneOrganisationLeadsThere(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme")
	leads := func(email string) string {
		return w.browser().do("POST", "/login", url.Values{"email": {email}}).Header().Get("Location")
	}
	require.Equal(t, "/login/acme", leads("ada@acme.test"))
	require.Equal(t, "/login/acme", leads("nobody@acme.test"))
	require.Empty(t, leads("nobody@elsewhere.test"))
	w.tenant("other")
	w.person("other", "eve@acme.test", "agent")
	require.Empty(t, leads("ada@acme.test"), "the domain leads to two")
	_, err := w.o.Directory.UpdateTenant(t.Context(), operator, "acme", directory.TenantPatch{EmailDomains: &[]string{"acme.test"}})
	require.NoError(t, err)
	require.Equal(t, "/login/acme", leads("eve@acme.test"), "to its owner")
}

// TestABrowserRemembersItsOrganisations: who is in several chooses, and nobody else learns which.
func TestABrowserRemembersItsOrganisations(t *testing.T) {
	w := newWorld(t)
	w.tenant("other")
	w.person("acme", "ada@acme.test", "agent")
	w.person("other", "ada@acme.test", "agent")
	b := w.browser()
	for _, org := range []string{"acme", "other", "acme"} {
		require.Equal(t, 303, b.do("POST", "/login/"+org, url.Values{"email": {"ada@acme.test"}, "password": {password}}).Code)
	}
	form := url.Values{"email": {"ada@acme.test"}, "return_to": {"/work"}}
	for _, a := range []string{b.do("GET", "/login?return_to=/work", nil).Body.String(), b.do("POST", "/login", form).Body.String()} {
		first, second := strings.Index(a, `href="/login/acme?return_to=%2fwork"`), strings.Index(a, `href="/login/other?return_to=%2fwork"`)
		require.Positive(t, first, a)
		require.Greater(t, second, first, "the last one first")
	}
	require.NotContains(t, w.browser().do("POST", "/login", form).Body.String(), "/login/other", "a stranger is told nothing")
	for i := range 2 * maxKnown {
		b.cookies["__Host-"+knownCookie].Value += ".t" + strings.Repeat("x", i)
	}
	require.Equal(t, maxKnown, strings.Count(b.do("GET", "/login", nil).Body.String(), `href="/login/`))
}

func TestPasswordWithoutNamingTheOrganisation(t *testing.T) {
	w := newWorld(t)
	w.tenant("other")
	w.person("acme", "ada@acme.test", "agent")
	w.person("other", "ada@acme.test", "agent")
	w.ssoOn("acme")
	b := w.browser()
	a := b.do("POST", "/login", url.Values{"email": {"ada@acme.test"}, "password": {password}})
	require.Equal(t, 303, a.Code, a.Body.String())
	require.Equal(t, "other", document(t, b.do("GET", "/session", nil))["tenant"], "the one with SSO takes no password")
}

func TestPasswordAttemptsAreLimitedByAccountAndAddress(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	try := func(email string) int {
		return w.browser().do("POST", "/login/acme", url.Values{"email": {email}, "password": {"wrong"}}).Code
	}
	for range 10 {
		require.Equal(t, 403, try("ada@acme.test"))
	}
	require.Equal(t, 429, try("ADA@acme.test"), "also when the address is written otherwise")
	refused := w.browser().do("POST", "/login/acme", url.Values{"email": {"ada@acme.test"}, "password": {"wrong"}})
	require.Contains(t, refused.Body.String(), string(sso.TooManyRequests))
	require.Equal(t, 403, try("bob@acme.test"), "another account is not concerned")
	w.pass(7 * time.Second)
	require.Equal(t, 403, try("ada@acme.test"))
	require.Equal(t, 429, try("ada@acme.test"))
}

func TestCrossSiteFormsAreRefused(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme")
	b := w.browser()
	b.signIn("acme", "ada@acme.test")
	for _, path := range []string{"/login", "/login/acme", "/logout", "/invitation/acme/x"} {
		for name, headers := range map[string][]string{
			"cross-site":  {"Sec-Fetch-Site", "cross-site"},
			"sub-domain":  {"Sec-Fetch-Site", "same-site", "Origin", "https://evil.app.test"},
			"old browser": {"Sec-Fetch-Site", "", "Origin", "https://evil.test"},
		} {
			a := b.do("POST", path, url.Values{"email": {"x@y.test"}}, append(headers, "Accept", "application/json")...)
			refused(t, a, 403, sso.CSRFRefused)
			require.Contains(t, b.cookies, "__Host-idplug_session", name)
		}
	}
	require.Equal(t, 200, b.do("GET", "/session", nil).Code)
	require.Equal(t, 405, b.do("GET", "/logout", nil).Code, "a link cannot sign out")
}

func TestInvitationOfTheFirstAdministrator(t *testing.T) {
	w := newWorld(t)
	link, err := w.o.Directory.InviteAdministrator(t.Context(), operator, "acme", "")
	require.NoError(t, err)
	b := w.browser()
	path := "/invitation/acme/" + link
	for range 2 {
		a := b.do("GET", path, nil)
		require.Equal(t, 200, a.Code, "opening does not spend")
		require.Contains(t, a.Body.String(), "first administrator")
	}
	form := url.Values{"email": {"ada@acme.test"}, "name": {"Ada"}, "password": {"short"}, "password_again": {"short"}}
	a := b.do("POST", path, form)
	require.Equal(t, 422, a.Code)
	require.Contains(t, a.Body.String(), "12")
	require.Contains(t, a.Body.String(), `value="ada@acme.test"`)
	form.Set("password", password)
	require.Contains(t, b.do("POST", path, form).Body.String(), "differ")
	form.Set("password_again", password)
	a = b.do("POST", path, form)
	require.Equal(t, 303, a.Code, a.Body.String())
	require.Contains(t, b.do("GET", "/", nil).Body.String(), `href="/console"`)
	require.Equal(t, 410, w.browser().do("GET", path, nil).Code)
	require.Equal(t, 410, w.browser().do("POST", path, form).Code)
	require.NotContains(t, w.log.String(), link)
	require.NotContains(t, w.log.String(), "ada@acme.test")
	require.NotContains(t, w.log.String(), password)
}

func TestInvitationToPasswordAndBadLinks(t *testing.T) {
	w := newWorld(t)
	p := w.person("acme", "ada@acme.test", "agent")
	link, err := w.o.Directory.InviteToPassword(t.Context(), operator, "acme", p.ID)
	require.NoError(t, err)
	b := w.browser()
	a := b.do("GET", "/invitation/acme/"+link, nil)
	require.Equal(t, 200, a.Code)
	require.NotContains(t, a.Body.String(), `name="email"`)
	fresh := url.Values{"password": {"another good password"}, "password_again": {"another good password"}}
	require.Equal(t, 303, b.do("POST", "/invitation/acme/"+link, fresh).Code)
	for _, path := range []string{"/invitation/acme/unknown", "/invitation/other/" + link, "/invitation/Bad_Slug/x", "/invitation/acme/" + strings.Repeat("x", 500)} {
		require.Equal(t, 410, w.browser().do("GET", path, nil).Code, path)
	}
}

func TestDisabledTenantAndUnknownTenant(t *testing.T) {
	w := newWorld(t)
	off := true
	_, err := w.o.Directory.UpdateTenant(t.Context(), operator, "acme", directory.TenantPatch{Disabled: &off})
	require.NoError(t, err)
	refused(t, w.browser().do("GET", "/login/acme", nil, "Accept", "application/json"), 403, sso.TenantDisabled)
	refused(t, w.browser().do("GET", "/login/nobody", nil, "Accept", "application/json"), 404, sso.NotFound)
	require.Contains(t, w.browser().do("GET", "/login/nobody", nil).Body.String(), "not_found")
}

func TestReturnToIsAPathOfThisOrigin(t *testing.T) {
	for _, good := range []string{"/", "/a", "/a/b?c=d&e=/f", "/a?next=https://x.test", "/a#b", "/%C3%A9", "/loginbook", "/a%20b"} {
		require.Equal(t, good, returnPath(good))
	}
	for _, bad := range []string{
		"", "a", "//evil.test", "///evil.test", "/\\evil.test", "\\/evil.test", "/\t/evil.test", "/\n/evil.test", "https://evil.test", "javascript:alert(1)",
		"/%2f%2fevil.test", "/%2Fevil.test", "/%5cevil.test", "/a/%5c..", "/..//evil.test", "/a/../..", "/./a", "/%2e%2e/a", "/%252f%252fevil.test",
		"/a%0d%0aSet-Cookie:x", "/a%00", "/a b", "/é", "/a//b", "//user@evil.test", "http:///a", "/%", "/%zz", "//user@/a", "/a?b=\\", "/a%7fb",
		"/login", "/login/acme", "/LOGIN/acme", "/logout", "/saml/acme/acs", "/invitation/a/b", "/" + strings.Repeat("a", maxReturnTo),
	} {
		require.Equal(t, "/", returnPath(bad), bad)
	}
}

func FuzzReturnTo(f *testing.F) {
	f.Add("/a?b=c")
	f.Add("//evil.test")
	f.Add("/\\evil")
	base, _ := url.Parse("https://app.test/login")
	f.Fuzz(func(t *testing.T, s string) {
		to, err := base.Parse(returnPath(s))
		require.NoError(t, err)
		require.Equal(t, "https", to.Scheme)
		require.Equal(t, "app.test", to.Host)
		require.Nil(t, to.User)
		require.False(t, strings.HasPrefix(to.Path, "//"))
	})
}
