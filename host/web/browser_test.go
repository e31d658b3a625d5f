package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

func TestSignInRoadSetsTheSessionCookieAndForgetsTheFlow(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme")
	b := w.browser()
	a := b.do("GET", "/login/acme?return_to=/work?x=1", nil)
	require.Equal(t, 302, a.Code)
	require.Equal(t, "https://idp.test/sso?SAMLRequest=x", a.Header().Get("Location"))
	flows := b.flows()
	require.Len(t, flows, 1)
	flow := b.cookies[flows[0]]
	require.Equal(t, "__Host-idplug_flow_"+w.saml.last.RelayState, flow.Name)
	require.True(t, flow.Secure && flow.HttpOnly)
	require.Equal(t, http.SameSiteNoneMode, flow.SameSite)
	require.Equal(t, 600, flow.MaxAge)
	require.NotContains(t, flow.Value, "acme", "the flow is sealed")

	a = b.post("acme", w.saml.answer("ada@acme.test"))
	require.Equal(t, 303, a.Code, a.Body.String())
	require.Equal(t, "/work?x=1", a.Header().Get("Location"))
	require.Empty(t, b.flows())
	session := b.cookies["__Host-idplug_session"]
	require.NotNil(t, session)
	require.True(t, session.Secure && session.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, session.SameSite)
	require.Equal(t, "/", session.Path)
	require.Empty(t, session.Domain)
	require.True(t, strings.HasPrefix(session.Value, "acme."))

	doc := document(t, b.do("GET", "/session", nil))
	require.Equal(t, "acme", doc["tenant"])
	require.Equal(t, "okta", doc["provider"])
	require.NotEmpty(t, doc["expires_at"])
	user := doc["user"].(map[string]any)
	require.Equal(t, "ada@acme.test", user["email"])
	require.Equal(t, []any{"agent"}, user["roles"])
	require.Equal(t, []any{"general"}, user["inboxes"])

	a = b.do("GET", "/", nil)
	require.Equal(t, 200, a.Code)
	require.Contains(t, a.Body.String(), "Signed in as Ada")
	require.NotContains(t, a.Body.String(), `href="/console"`, "only administrators see the door")
}

func TestCookiesOnLoopbackHTTPHaveNoPrefixAndNoSecure(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Origin = "http://127.0.0.1:8080" })
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme")
	b := w.browser()
	a := b.do("GET", "/login/acme", nil)
	require.Empty(t, a.Header().Get("Strict-Transport-Security"))
	flow := b.cookies["idplug_flow_"+w.saml.last.RelayState]
	require.NotNil(t, flow)
	require.False(t, flow.Secure)
	require.NotContains(t, strings.Join(a.Header().Values("Set-Cookie"), "\n"), "SameSite")
	a = b.post("acme", w.saml.answer("ada@acme.test"))
	require.Equal(t, 303, a.Code, a.Body.String())
	require.False(t, b.cookies["idplug_session"].Secure)
	require.Equal(t, http.SameSiteLaxMode, b.cookies["idplug_session"].SameSite)
}

func TestFlowsAreAtMostFiveAndTheOldestGoesFirst(t *testing.T) {
	w := newWorld(t)
	w.ssoOn("acme")
	b := w.browser()
	var first string
	for i := range 7 {
		b.do("GET", "/login/acme", nil)
		if i == 0 {
			first = w.saml.last.RelayState
		}
		w.pass(2 * time.Second)
	}
	require.Len(t, b.flows(), 5)
	require.NotContains(t, b.cookies, "__Host-idplug_flow_"+first)
	require.Contains(t, b.cookies, "__Host-idplug_flow_"+w.saml.last.RelayState)
}

func TestFlowOfAnotherBrowserOrTenantOrWithChangedBytesIsNone(t *testing.T) {
	w := newWorld(t)
	w.tenant("other")
	w.person("acme", "ada@acme.test", "agent")
	w.person("other", "ada@acme.test", "agent")
	w.ssoOn("acme")
	w.ssoOn("other")
	mine := w.browser()
	mine.do("GET", "/login/acme", nil)
	answer := w.saml.answer("ada@acme.test")
	for name, try := range map[string]func() string{
		"another browser": func() string { return w.browser().post("acme", answer).Body.String() },
		"another tenant":  func() string { return mine.post("other", answer).Body.String() },
		"changed bytes": func() string {
			thief := w.browser()
			flow := *mine.cookies[mine.flows()[0]]
			flow.Value = flow.Value[:len(flow.Value)-2] + "AA"
			thief.cookies[flow.Name] = &flow
			return thief.post("acme", answer).Body.String()
		},
	} {
		t.Run(name, func(t *testing.T) {
			page := try()
			require.Contains(t, page, "corr.browser_binding")
			require.Contains(t, page, "Try again")
		})
	}
	require.Equal(t, 303, mine.post("acme", answer).Code, "and the rightful browser still signs in")
}

func TestPostBindingPageSubmitsItselfUnderANonceAndHasAButton(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.FetchAllow = []string{"idp.local:8088"} })
	w.saml.form = true
	w.ssoOn("acme")
	a := w.browser().do("GET", "/login/acme", nil)
	require.Equal(t, 200, a.Code)
	policy := a.Header().Get("Content-Security-Policy")
	nonce := regexp.MustCompile(`script-src 'nonce-([A-Z0-9]+)'`).FindStringSubmatch(policy)
	require.Len(t, nonce, 2, policy)
	require.Contains(t, policy, "form-action 'self' https: http://idp.local:8088")
	require.Contains(t, a.Body.String(), `<script nonce="`+nonce[1]+`">`)
	require.Contains(t, a.Body.String(), `action="https://idp.test/sso?SAMLRequest=x"`)
	require.Contains(t, a.Body.String(), `name="SAMLRequest" value="cXVlc3Q="`)
	require.Contains(t, a.Body.String(), "<button>")
	require.NotContains(t, w.browser().do("GET", "/login/acme", nil).Body.String(), nonce[1], "a nonce is for one answer")
}

func TestRule08_ComingBackIsSilentUnlessReauthenticationIsForced(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme")
	b := w.browser()
	b.signIn("acme", "ada@acme.test")

	a := b.do("POST", "/logout", url.Values{})
	require.Equal(t, 303, a.Code)
	require.Equal(t, "/login?signed_out=1", a.Header().Get("Location"))
	require.NotContains(t, b.cookies, "__Host-idplug_session")
	require.Contains(t, b.cookies, "__Host-idplug_out_acme")
	require.Equal(t, 401, b.do("GET", "/session", nil).Code)

	a = b.do("GET", "/", nil)
	require.Equal(t, 302, a.Code, "off: a known browser goes straight to its provider")
	require.False(t, w.saml.last.ForceAuthn)

	w.ssoOn("acme", `"force_reauthentication":true`)
	a = b.do("GET", "/", nil)
	require.Equal(t, 200, a.Code, "on: the sign-in page, because the person logged out on purpose")
	require.Contains(t, a.Body.String(), `href="/login/acme?return_to=%2f"`)
	require.Equal(t, 302, b.do("GET", "/login/acme", nil).Code)
	require.True(t, w.saml.last.ForceAuthn)

	delete(b.cookies, "__Host-idplug_out_acme")
	require.Equal(t, 302, b.do("GET", "/", nil).Code, "on, but the tab was only closed: silent")
	require.Equal(t, 200, w.browser().do("GET", "/", nil).Code, "an unknown browser is asked")
}

func TestRule08_ForcedSignInDropsTheMarker(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme", `"force_reauthentication":true`)
	b := w.browser()
	b.signIn("acme", "ada@acme.test")
	b.do("POST", "/logout", url.Values{})
	b.do("GET", "/login/acme", nil)
	w.pass(time.Minute)
	a := b.post("acme", w.saml.encode(said{InResponseTo: "id-2", Email: "ada@acme.test", Instant: w.clock}))
	require.Equal(t, 303, a.Code, a.Body.String())
	require.Equal(t, "/", a.Header().Get("Location"))
	require.NotContains(t, b.cookies, "__Host-idplug_out_acme")
}

func TestUnsolicitedAnswerStartsOneLoginAMinute(t *testing.T) {
	w := newWorld(t)
	w.ssoOn("acme")
	b := w.browser()
	tile := w.saml.encode(said{Email: "ada@acme.test"})
	a := b.post("acme", tile)
	require.Equal(t, 303, a.Code, a.Body.String())
	require.Equal(t, "https://idp.test/sso?SAMLRequest=x", a.Header().Get("Location"))
	require.Equal(t, 60, b.cookies["__Host-idplug_tile"].MaxAge)
	a = b.post("acme", tile)
	require.Equal(t, 403, a.Code)
	require.Contains(t, a.Body.String(), "corr.unsolicited")
}

func TestVerifyTellsProxiesWhoAsks(t *testing.T) {
	w := newWorld(t)
	p := w.person("acme", "ada@acme.test", "agent", "analyst")
	w.ssoOn("acme")
	b := w.browser()
	require.Equal(t, 401, b.do("GET", "/auth/verify", nil).Code)
	b.signIn("acme", "ada@acme.test")
	for _, method := range []string{"GET", "POST", "HEAD", "DELETE"} {
		a := b.do(method, "/auth/verify", nil)
		require.Equal(t, 200, a.Code, method)
		for name, want := range map[string]string{
			"X-Idplug-Tenant": "acme", "X-Idplug-User": string(p.ID), "X-Idplug-Email": "ada@acme.test", "X-Idplug-Roles": "agent,analyst",
			"X-Idplug-Inboxes": "general",
		} {
			require.Equal(t, want, a.Header().Get(name))
		}
	}
	require.Equal(t, "ab", header("a\r\n\x00b\u00e9"))
}

func TestRefusalPageSaysWhatHappenedAndJSONWhenAskedFor(t *testing.T) {
	w := newWorld(t)
	w.ssoOn("acme")
	b := w.browser()
	b.do("GET", "/login/acme", nil)
	a := b.post("acme", w.saml.answer("stranger@acme.test"))
	require.Equal(t, 403, a.Code)
	page := a.Body.String()
	text := sso.TextOf(sso.UserUnknown)
	for _, want := range []string{text.Summary, text.Fix, text.Who, "user_unknown", a.Header().Get("X-Request-Id"), "Try again", `<html lang="en">`, "<title>"} {
		require.Contains(t, page, want)
	}
	require.Empty(t, b.flows(), "a flow is good for one answer, also a refused one")
	b.do("GET", "/login/acme", nil)
	form := url.Values{"SAMLResponse": {w.saml.answer("stranger@acme.test")}, "RelayState": {w.saml.last.RelayState}}
	refused(t, b.do("POST", "/saml/acme/acs", form, "Accept", "application/json"), 403, sso.UserUnknown)
}

func TestMetadata(t *testing.T) {
	w := newWorld(t)
	a := w.browser().do("GET", "/saml/acme/metadata", nil)
	require.Equal(t, 200, a.Code)
	require.Equal(t, "application/samlmetadata+xml", a.Header().Get("Content-Type"))
	require.Equal(t, 404, w.browser().do("GET", "/saml/nobody/metadata", nil).Code)
	require.Equal(t, 404, w.browser().do("GET", "/saml/Not_A_Slug/metadata", nil).Code)
}

func TestConsoleShowsAdministratorsTheirSettings(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "administrator")
	w.person("acme", "bob@acme.test", "agent")
	w.ssoOn("acme")
	b := w.browser()
	a := b.do("GET", "/console", nil)
	require.Equal(t, 302, a.Code)
	require.Equal(t, "/login?return_to=%2Fconsole", a.Header().Get("Location"))
	b.signIn("acme", "ada@acme.test")
	require.Contains(t, b.do("GET", "/", nil).Body.String(), `href="/console"`)
	a = b.do("GET", "/console", nil)
	require.Equal(t, 200, a.Code, a.Body.String())
	for _, want := range []string{"https://app.test/saml/acme/acs", "https://app.test/saml/acme/metadata", "Okta", "active"} {
		require.Contains(t, a.Body.String(), want)
	}
	other := w.browser()
	other.signIn("acme", "bob@acme.test")
	require.Equal(t, 403, other.do("GET", "/console", nil).Code)
}

// TestASignInThatAnotherSiteBeganIsNoProgramsEither: a page asks the person, a program is refused.
func TestASignInThatAnotherSiteBeganIsNoProgramsEither(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.person("acme", "bob@acme.test", "agent")
	w.ssoOn("acme")
	b := w.browser()
	b.signIn("acme", "ada@acme.test")
	before := b.cookies["__Host-idplug_session"].Value
	answered := func(accept string) *httptest.ResponseRecorder {
		require.Equal(t, 302, b.do("GET", "/login/acme", nil, "Sec-Fetch-Site", "cross-site").Code)
		form := url.Values{"SAMLResponse": {w.saml.answer("bob@acme.test")}, "RelayState": {w.saml.last.RelayState}}
		return b.do("POST", "/saml/acme/acs", form, "Sec-Fetch-Site", "cross-site", "Accept", accept)
	}
	refused(t, answered("application/json"), sso.TextOf(sso.CorrOtherSession).Status, sso.CorrOtherSession)
	refusedPage(t, answered("text/html"), sso.CorrOtherSession)
	require.Equal(t, before, b.cookies["__Host-idplug_session"].Value)
	b.signIn("acme", "bob@acme.test")
	require.NotEqual(t, before, b.cookies["__Host-idplug_session"].Value, "by their own hand")
}
