package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

// fakeSLO is what the fake protocol was last asked to send.
type fakeSLO struct {
	broken  error // nothing can be sent
	request sso.Session
	state   string
}

// saidOut is what a fake logout message says.
type saidOut struct {
	ID, NameID string
	Index      []string
	Partial    bool
	InResponse string
	Code       sso.Code // refuse with it
}

// logoutService is the provider's, where its metadata says so.
func logoutService(doc []byte) []sso.Endpoint {
	if !bytes.Contains(doc, []byte("slo")) {
		return nil
	}
	return []sso.Endpoint{{Binding: sso.BindingRedirect, URL: "https://idp.test/slo"}}
}

func (f *fakeSAML) LogoutRequest(_ context.Context, _ login.Target, s sso.Session, relayState string) (login.Request, error) {
	f.slo.request, f.slo.state = s, relayState
	return login.Request{ID: "logout-1", URL: "https://idp.test/slo?SAMLRequest=x"}, f.slo.broken
}

func (f *fakeSAML) LogoutResponse(_ context.Context, _ login.Target, asked sso.LogoutRequest, relayState string) (login.Request, error) {
	f.slo.state = relayState
	r := login.Request{URL: "https://idp.test/slo?SAMLResponse=" + asked.ID}
	if asked.Binding == sso.BindingPOST {
		r = login.Request{URL: "https://idp.test/slo", Form: map[string]string{"SAMLResponse": asked.ID, "RelayState": relayState}}
	}
	return r, f.slo.broken
}

func readOut(m login.LogoutMessage, parameter, posted string) (s saidOut, err error) {
	text := posted
	if m.Binding == sso.BindingRedirect {
		query, _ := url.ParseQuery(m.Query)
		text = query.Get(parameter)
	}
	if json.Unmarshal([]byte(text), &s) != nil {
		return s, sso.Refuse("fake", sso.SLOMalformed)
	}
	if s.Code != "" {
		return s, sso.Refuse("fake", s.Code)
	}
	return s, nil
}

func (f *fakeSAML) OpenLogoutRequest(_ context.Context, _ login.Target, m login.LogoutMessage) (sso.LogoutRequest, error) {
	s, err := readOut(m, "SAMLRequest", m.Request)
	return sso.LogoutRequest{
		ID: s.ID, IDPEntityID: idpEntity, NameID: sso.NameID{Value: s.NameID, Format: sso.FormatEmail}, SessionIndexes: s.Index, Binding: m.Binding,
		NotOnOrAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
	}, err
}

func (f *fakeSAML) OpenLogoutResponse(_ context.Context, _ login.Target, m login.LogoutMessage) (login.LogoutAnswer, error) {
	s, err := readOut(m, "SAMLResponse", m.Response)
	return login.LogoutAnswer{InResponseTo: s.InResponse, Confirmed: !s.Partial}, err
}

// slo brings a message of the provider's to the single logout service, by either binding.
func (b *browser) slo(t sso.TenantID, post bool, parameter string, s saidOut, state string) *httptest.ResponseRecorder {
	b.w.t.Helper()
	text, err := json.Marshal(s)
	require.NoError(b.w.t, err)
	values := url.Values{parameter: {string(text)}, "RelayState": {state}}
	if post {
		return b.do("POST", "/saml/"+string(t)+"/slo", values, "Sec-Fetch-Site", "cross-site", "Origin", "https://idp.test")
	}
	return b.do("GET", "/saml/"+string(t)+"/slo?"+values.Encode(), nil)
}

// signedInWithLogout is Ada, signed in at a provider that takes logouts.
func signedInWithLogout(t *testing.T) (*world, *browser) {
	t.Helper()
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.person("acme", "bob@acme.test", "agent")
	w.ssoOn("acme")
	saved := w.api("PATCH", "/tenants/acme/sso", w.admin, `{"version":1,"metadata_xml":"<slo/>"}`)
	require.Equal(t, 200, saved.Code, saved.Body.String())
	b := w.browser()
	b.signIn("acme", "ada@acme.test")
	return w, b
}

func TestLogoutGoesOnAtTheProviderAndComesBack(t *testing.T) {
	for _, partial := range []bool{false, true} {
		w, b := signedInWithLogout(t)
		home := b.do("GET", "/", nil)
		require.Contains(t, home.Header().Get("Content-Security-Policy"), "form-action 'self' https:", "the form leads on to the provider")
		a := b.do("POST", "/logout", url.Values{})
		require.Equal(t, "https://idp.test/slo?SAMLRequest=x", a.Header().Get("Location"))
		require.Equal(t, 303, a.Code)
		require.Equal(t, "ada@acme.test", w.saml.slo.request.NameID.Value)
		require.Equal(t, 401, b.do("GET", "/session", nil).Code, "the session here ended first")

		state := w.saml.slo.state
		refusedPage(t, w.browser().slo("acme", false, "SAMLResponse", saidOut{InResponse: "logout-1"}, state), sso.SLOUnexpected)
		refusedPage(t, b.slo("acme", false, "SAMLResponse", saidOut{InResponse: "logout-2"}, state), sso.SLOUnexpected)
		refusedPage(t, b.slo("acme", false, "SAMLResponse", saidOut{InResponse: "logout-1"}, state+"x"), sso.SLOUnexpected)
		refusedPage(t, b.slo("acme", false, "SAMLResponse", saidOut{Code: sso.SLOSignature}, state), sso.SLOSignature)
		a = b.slo("acme", partial, "SAMLResponse", saidOut{InResponse: "logout-1", Partial: partial}, state)
		want := map[bool]string{false: "everywhere", true: "here"}[partial]
		require.Equal(t, 303, a.Code, a.Body.String())
		require.Equal(t, "/login?signed_out="+want, a.Header().Get("Location"))
		says := map[bool]string{false: "here and at your identity provider", true: "may still have you signed in"}[partial]
		require.Contains(t, b.do("GET", "/login?signed_out="+want, nil).Body.String(), says)
		refusedPage(t, b.slo("acme", false, "SAMLResponse", saidOut{InResponse: "logout-1"}, state), sso.SLOUnexpected)

		b.signIn("acme", "ada@acme.test")
	}
}

// refusedPage checks a page that refuses.
func refusedPage(t *testing.T, a *httptest.ResponseRecorder, code sso.Code) {
	t.Helper()
	require.Equal(t, sso.TextOf(code).Status, a.Code, a.Body.String())
	require.Contains(t, a.Body.String(), string(code))
	require.Empty(t, a.Header().Get("Location"))
}

// TestLogoutHereWhateverFailsThere: the local logout is never in the provider's hands.
func TestLogoutHereWhateverFailsThere(t *testing.T) {
	w, b := signedInWithLogout(t)
	w.saml.slo.broken = errBroken
	a := b.do("POST", "/logout", url.Values{})
	require.Equal(t, 303, a.Code)
	require.Equal(t, "/login?signed_out=here", a.Header().Get("Location"))
	require.Equal(t, 401, b.do("GET", "/session", nil).Code)
	require.Contains(t, w.log.String(), "logout not told to the provider")
	require.NotContains(t, w.log.String(), "ada@acme.test")

	w.saml.slo.broken = nil
	b.signIn("acme", "ada@acme.test")
	require.Equal(t, 204, b.do("POST", "/logout", url.Values{}, "Accept", "application/json").Code, "a script cannot follow to the provider")
	require.Equal(t, 401, b.do("GET", "/session", nil).Code)
}

func TestProviderEndsASession(t *testing.T) {
	for _, post := range []bool{false, true} {
		w, b := signedInWithLogout(t)
		other := w.browser()
		other.signIn("acme", "bob@acme.test")
		a := b.slo("acme", post, "SAMLRequest", saidOut{ID: "_1", NameID: "ada@acme.test"}, "their/state")
		if post {
			require.Equal(t, 200, a.Code, a.Body.String())
			require.Contains(t, a.Body.String(), `name="SAMLResponse" value="_1"`)
		} else {
			require.Equal(t, "https://idp.test/slo?SAMLResponse=_1", a.Header().Get("Location"), a.Body.String())
		}
		require.Equal(t, "their/state", w.saml.slo.state)
		require.Equal(t, 401, b.do("GET", "/session", nil).Code)
		require.Contains(t, b.cookies, "__Host-idplug_out_acme", "the person logged out on purpose")
		require.NotContains(t, b.cookies, "__Host-idplug_session")
		require.Equal(t, 200, other.do("GET", "/session", nil).Code, "and nobody else")
		require.NotContains(t, other.cookies, "__Host-idplug_out_acme")
		refusedPage(t, b.slo("acme", post, "SAMLRequest", saidOut{ID: "_1", NameID: "bob@acme.test"}, "their/state"), sso.SLOReplay)
		require.Equal(t, 200, other.do("GET", "/session", nil).Code)
	}
}

func TestProviderThatTakesNoAnswerEndsSessionsAllTheSame(t *testing.T) {
	w, b := signedInWithLogout(t)
	w.saml.slo.broken = sso.Refuse("fake", sso.SLONotOffered)
	refusedPage(t, b.slo("acme", false, "SAMLRequest", saidOut{ID: "_1", NameID: "ada@acme.test"}, ""), sso.SLONotOffered)
	require.Equal(t, 401, b.do("GET", "/session", nil).Code)
	require.NotContains(t, b.cookies, "__Host-idplug_session")
}

func TestLogoutMessagesTakeOneForm(t *testing.T) {
	w, b := signedInWithLogout(t)
	sound := url.QueryEscape(`{"ID":"_1","NameID":"ada@acme.test"}`)
	for name, try := range map[string]struct {
		method, query, contentType, body string
		code                             sso.Code
	}{
		"nothing":                {"GET", "", "", "", sso.SLOMalformed},
		"nothing posted":         {"POST", "", formType, "", sso.SLOMalformed},
		"broken query":           {"GET", "SAMLRequest=%zz", "", "", sso.SLOMalformed},
		"both in a query":        {"GET", "SAMLRequest=" + sound + "&SAMLResponse=" + sound, "", "", sso.SLOMalformed},
		"a parameter of none":    {"POST", "", formType + "; charset", "SAMLRequest=" + sound, sso.SLOMalformed},
		"a broken RelayState":    {"POST", "", formType, "SAMLRequest=" + sound + "&RelayState=%zz", sso.SLOMalformed},
		"another name, escaped":  {"POST", "", formType, "SAMLRequest=" + sound + "&%52elayState=x", sso.SLOMalformed},
		"a request in the query": {"POST", "SAMLRequest=" + sound, formType, "", sso.SLOMalformed},
		"request and answer":     {"POST", "", formType, "SAMLRequest=" + sound + "&SAMLResponse=" + sound, sso.SLOMalformed},
		"two requests":           {"POST", "", formType, "SAMLRequest=" + sound + "&SAMLRequest=" + sound, sso.SLOMalformed},
		"a name with escapes":    {"POST", "", formType, "%53AMLRequest=" + sound, sso.SLOMalformed},
		"broken encoding":        {"POST", "", formType, "SAMLRequest=%zz", sso.SLOMalformed},
		"JSON":                   {"POST", "", "application/json", "SAMLRequest=" + sound, sso.SLOMalformed},
		"multipart":              {"POST", "", "multipart/form-data; boundary=x", "--x--", sso.SLOMalformed},
		"too large":              {"POST", "", formType, "SAMLRequest=" + strings.Repeat("a", maxAnswer), sso.SLOMalformed},
		"a long RelayState":      {"POST", "", formType, "SAMLRequest=" + sound + "&RelayState=" + strings.Repeat("a", maxRelayState+1), sso.SLOMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(try.method, w.o.Origin+"/saml/acme/slo?"+try.query, strings.NewReader(try.body))
			r.Header.Set("Content-Type", try.contentType)
			r.Header.Set("Accept", "application/json")
			refused(t, w.serve(r), sso.TextOf(try.code).Status, try.code)
		})
	}
	require.Equal(t, 404, b.do("GET", "/saml/nobody/slo?SAMLRequest="+sound, nil).Code)
	require.Equal(t, 404, b.do("GET", "/saml/Not_A_Slug/slo?SAMLRequest="+sound, nil).Code)
	require.Equal(t, 200, b.do("GET", "/session", nil).Code)
	require.Equal(t, 302, b.do("GET", "/saml/acme/slo?SAMLRequest="+sound, nil).Code)
	require.Equal(t, 401, b.do("GET", "/session", nil).Code)
}
