package web

import (
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// TestRefusedLogoutMessagesAreSlow posts what no provider signed until it is not even judged. Sign-ins are not concerned, nor logouts from elsewhere,
// nor the end of one that this very network's people started.
func TestRefusedLogoutMessagesAreSlow(t *testing.T) {
	w, b := signedInWithLogout(t)
	require.Equal(t, 303, b.do("POST", "/logout", url.Values{}).Code)
	state := w.saml.slo.state
	stranger, refused := w.browser(), 0
	for ; refused < 1000; refused++ {
		a := stranger.slo("acme", refused%2 == 0, []string{"SAMLRequest", "SAMLResponse"}[refused%3%2], saidOut{Code: sso.SLOSignature}, state)
		if a.Code == 429 {
			seconds, err := strconv.Atoi(a.Header().Get("Retry-After"))
			require.NoError(t, err)
			require.Positive(t, seconds)
			break
		}
	}
	require.Equal(t, refusalsOfNetwork.burst, refused)
	refusedPage(t, stranger.do("POST", "/saml/acme/slo", url.Values{}), sso.TooManyRequests)

	a := b.slo("acme", false, "SAMLResponse", saidOut{InResponse: "logout-1"}, state)
	require.Equal(t, "/login?signed_out=everywhere", a.Header().Get("Location"), "a logout that was started ends all the same")
	b.signIn("acme", "ada@acme.test")
	for range 2 {
		require.NotEqual(t, 429, w.browser().post("acme", "AAAA").Code, "sign-in answers are counted apart")
	}
	elsewhere := w.browser()
	elsewhere.from = "192.0.2.77:1"
	a = elsewhere.slo("acme", false, "SAMLRequest", saidOut{ID: "_1", NameID: "ada@acme.test"}, "")
	require.Equal(t, "https://idp.test/slo?SAMLResponse=_1", a.Header().Get("Location"), a.Body.String())
	require.Equal(t, 401, b.do("GET", "/session", nil).Code)
}

// TestLogoutsThatGoWellAreNotCounted: an office may log out as often as it likes, and refused sign-ins are not counted against it.
func TestLogoutsThatGoWellAreNotCounted(t *testing.T) {
	w, _ := signedInWithLogout(t)
	b := w.browser()
	for range refusalsOfNetwork.burst + 1 {
		b.post("acme", "AAAA")
	}
	refusedPage(t, b.post("acme", "AAAA"), sso.TooManyRequests)
	for i := range refusalsOfNetwork.burst + 10 {
		a := b.slo("acme", false, "SAMLRequest", saidOut{ID: "_" + strconv.Itoa(i), NameID: "ada@acme.test"}, "")
		require.Equal(t, 302, a.Code, "%d: %s", i, a.Body)
	}
}

// TestJudgingLogoutsKeepsNoSignInWaiting fills the places of either kind.
func TestJudgingLogoutsKeepsNoSignInWaiting(t *testing.T) {
	t.Parallel() // it waits
	w, b := signedInWithLogout(t)
	for range cap(w.parting) {
		w.parting <- struct{}{}
	}
	refusedPage(t, b.slo("acme", false, "SAMLRequest", saidOut{ID: "_1", NameID: "ada@acme.test"}, ""), sso.Overloaded)
	b.signIn("acme", "ada@acme.test")
	<-w.parting
	require.Equal(t, 302, b.slo("acme", false, "SAMLRequest", saidOut{ID: "_1", NameID: "ada@acme.test"}, "").Code)
}

// TestAnotherMessageIsNotTheLogoutUnderWay: who has a logout under way is heard to its end, and with nothing else, where the attempts of the network
// are spent.
func TestAnotherMessageIsNotTheLogoutUnderWay(t *testing.T) {
	w, b := signedInWithLogout(t)
	require.Equal(t, 303, b.do("POST", "/logout", url.Values{}).Code)
	state := w.saml.slo.state
	b.signIn("acme", "ada@acme.test")
	for range refusalsOfNetwork.burst {
		w.browser().slo("acme", false, "SAMLRequest", saidOut{Code: sso.SLOSignature}, "")
	}
	refusedPage(t, b.slo("acme", false, "SAMLRequest", saidOut{ID: "_1", NameID: "ada@acme.test"}, state), sso.TooManyRequests)
	require.Equal(t, 200, b.do("GET", "/session", nil).Code)
	a := b.slo("acme", false, "SAMLResponse", saidOut{InResponse: "logout-1"}, state)
	require.Equal(t, "/login?signed_out=everywhere", a.Header().Get("Location"))
}
