package web

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// TestVerifyNamesTheWayToSignIn: whatever the proxy says was asked for, the way back stays on this origin.
func TestVerifyNamesTheWayToSignIn(t *testing.T) {
	w := newWorld(t)
	for asked, want := range map[string]string{
		"":                       "/login",
		"/":                      "/login",
		"/tickets?a=1&b=2":       "/login?return_to=%2Ftickets%3Fa%3D1%26b%3D2",
		"/a%20b":                 "/login?return_to=%2Fa%2520b",
		"//evil.test/x":          "/login",
		"https://evil.test/":     "/login",
		"/login/acme":            "/login",
		"/x?return_to=//evil.te": "/login?return_to=%2Fx%3Freturn_to%3D%2F%2Fevil.te",
	} {
		a := w.browser().do("GET", verifyPath, nil, "X-Forwarded-Uri", asked)
		refused(t, a, 401, sso.Unauthorized)
		require.Equal(t, want, a.Header().Get("Location"), asked)
	}
	a := w.browser().do("POST", verifyPath+"/tickets?a=1&b=2", nil, "X-Forwarded-Uri", "/other")
	refused(t, a, 401, sso.Unauthorized)
	require.Equal(t, "/login?return_to=%2Ftickets%3Fa%3D1%26b%3D2", a.Header().Get("Location"), "Envoy's way of asking")
}

func TestVerifyOrRedirectSendsPagesToSignInAndAnswersScripts(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme")
	b := w.browser()
	for _, path := range []string{redirectPath, redirectPath + "/tickets"} {
		a := b.do("GET", path, nil, "X-Forwarded-Uri", "/tickets")
		require.Equal(t, 303, a.Code)
		require.Equal(t, "/login?return_to=%2Ftickets", a.Header().Get("Location"))
		refused(t, b.do("GET", path, nil, "X-Forwarded-Uri", "/tickets", "Accept", "*/*"), 401, sso.Unauthorized)
		refused(t, b.do("GET", path, nil, "X-Forwarded-Uri", "/tickets", "Sec-Fetch-Mode", "cors"), 401, sso.Unauthorized)
	}
	b.signIn("acme", "ada@acme.test")
	for _, path := range []string{verifyPath, verifyPath + "/tickets", redirectPath, redirectPath + "/tickets"} {
		a := b.do("GET", path, nil)
		require.Equal(t, 200, a.Code)
		require.Equal(t, "ada@acme.test", a.Header().Get("X-Idplug-Email"))
		require.Empty(t, a.Header().Get("Location"))
	}
}

// TestVerifyAsksAboutOneTenant: an application of one tenant lets nobody in who is signed in at another.
func TestVerifyAsksAboutOneTenant(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme")
	b := w.browser()
	refused(t, b.do("GET", verifyPath+"?tenant=acme", nil), 401, sso.Unauthorized)
	b.signIn("acme", "ada@acme.test")
	for _, path := range []string{verifyPath, redirectPath} {
		for _, query := range []string{"", "?tenant=acme", "?tenant=acme&x=y", "/?tenant=other", "/tickets?tenant=other"} {
			a := b.do("GET", path+query, nil)
			require.Equal(t, 200, a.Code, path+query)
			require.Equal(t, "acme", a.Header().Get("X-Idplug-Tenant"))
		}
		for _, query := range []string{"?tenant=other", "?tenant=", "?tenant=ACME", "?tenant=acme&tenant=other", "?tenant=other&tenant=acme", "?%74enant=other"} {
			a := b.do("GET", path+query, nil, "Accept", "application/json")
			refused(t, a, 403, sso.OtherTenant)
			require.Empty(t, a.Header().Get("X-Idplug-User"), path+query)
			require.Equal(t, 403, b.do("GET", path+query, nil, "Sec-Fetch-Mode", "navigate").Code, "signing in again would lead here again")
		}
	}
}

// TestRule08_AKnownBrowserOnItsWaySomewhereIsNotAsked is the same as at "/", which belongs to the application where a proxy is in front.
func TestRule08_AKnownBrowserOnItsWaySomewhereIsNotAsked(t *testing.T) {
	const page = "/login?return_to=/tickets"
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme")
	b := w.browser()
	require.Equal(t, 200, b.do("GET", page, nil).Code, "an unknown browser is asked")
	b.signIn("acme", "ada@acme.test")
	b.do("POST", "/logout", url.Values{})
	for _, besides := range [][]string{{"Sec-Fetch-Mode", "no-cors"}, {"Accept", "image/*"}, {"Sec-Fetch-Mode", "cors"}} {
		require.Equal(t, 200, b.do("GET", page, nil, besides...).Code, "an image or a script starts no login: %v", besides)
	}
	require.Equal(t, 302, b.do("GET", page, nil, "Sec-Fetch-Mode", "navigate").Code)
	a := b.post("acme", w.saml.answer("ada@acme.test"))
	require.Equal(t, "/tickets", a.Header().Get("Location"))
	b.do("POST", "/logout", url.Values{})
	require.Equal(t, 200, b.do("GET", "/login", nil).Code, "who goes nowhere may want to sign in as somebody else")

	w.ssoOn("acme", `"force_reauthentication":true`)
	a = b.do("GET", page, nil)
	require.Equal(t, 200, a.Code, "logged out on purpose")
	require.Contains(t, a.Body.String(), `href="/login/acme?return_to=%2ftickets"`)
}
