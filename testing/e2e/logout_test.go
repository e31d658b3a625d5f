package e2e

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/samltest"
	"github.com/idplug/idplug/testing/score"
	"github.com/idplug/idplug/testing/vectors"
)

const logoutEntity = "http://www.okta.com/exklogout"

// logoutWorld is a world for the messages of the single logout service: Ada is signed in, and in another browser on her way out.
type logoutWorld struct {
	*forge
	base    vectors.Base
	cookies []*http.Cookie // of the browser on its way out
	ada     *browser
}

func newLogoutWorld(t *testing.T) *logoutWorld {
	t.Helper()
	w := &logoutWorld{forge: newForge(t)}
	w.trustLogout(t)
	leaving := w.browser("leaving")
	w.enter(t, leaving, "_leaving")
	require.NoError(t, leaving.post("/logout", url.Values{}, w.procs[host].URL))
	at, err := url.Parse(leaving.away)
	require.NoError(t, err)
	asked, err := requestID(at.Query().Get("SAMLRequest"))
	require.NoError(t, err)
	w.ada = w.browser("ada")
	w.base = w.enter(t, w.ada, "_ada")
	requireSignedIn(t, w.ada)
	w.base.RequestID, w.base.State, w.base.Step = asked, at.Query().Get("RelayState"), beside
	w.cookies = leaving.cookies(t)
	return w
}

// trustLogout lets tenant acme believe the forge's key, with a single logout service.
func (w *logoutWorld) trustLogout(t *testing.T) {
	t.Helper()
	doc, err := devidp.Okta().Metadata(devidp.Description{
		EntityID: logoutEntity, SSO: "https://idp.example.test/sso", Certificates: []*x509.Certificate{w.key.Certificate}, Now: time.Now(),
	})
	require.NoError(t, err)
	const mark = "<md:NameIDFormat>"
	slo := `<md:SingleLogoutService Binding="` + sso.BindingRedirect + `" Location="https://idp.example.test/slo"/>`
	require.Contains(t, string(doc), mark)
	w.save(t, strings.Replace(string(doc), mark, slo+mark, 1))
}

// enter signs Ada in, with an assertion of that ID.
func (w *logoutWorld) enter(t *testing.T, b *browser, id string) vectors.Base {
	t.Helper()
	base, state := w.ask(t, b, logoutEntity)
	response := vectors.Response(base)
	response.Assertions[0].ID = id
	doc, err := response.XML()
	require.NoError(t, err)
	doc, err = samltest.Sign(doc, id, samltest.Signing{Key: w.key.Signer})
	require.NoError(t, err)
	w.answer(t, b, base64.StdEncoding.EncodeToString(doc), state)
	require.Equal(t, http.StatusSeeOther, w.last.status, w.last.text())
	return base
}

// send brings a message to the single logout service.
func (w *logoutWorld) send(l vectors.Logout, message string) (answer, error) {
	at := w.procs[host].URL + "/saml/acme/slo"
	request, err := http.NewRequestWithContext(w.ctx, http.MethodGet, at+"?"+message, nil)
	if l.POST {
		request, err = http.NewRequestWithContext(w.ctx, http.MethodPost, at, strings.NewReader(message))
	}
	if err != nil {
		return answer{}, err
	}
	if l.POST {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", "https://idp.example.test")
		request.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	request.Header.Set("Accept", acceptJSON)
	for _, c := range w.cookies {
		request.AddCookie(c)
	}
	response, err := w.secrets.Watch(http.DefaultTransport).RoundTrip(request)
	if err != nil {
		return answer{}, err
	}
	return read(response)
}

func (w *logoutWorld) make(t *testing.T, l vectors.Logout, of func(vectors.Logout, vectors.Base) (string, error)) answer {
	t.Helper()
	base := w.base
	base.Now = time.Now()
	message, err := of(l, base)
	require.NoError(t, err)
	got, err := w.send(l, message)
	require.NoError(t, err)
	return got
}

// adaIsIn tells whether Ada's session is open.
func (w *logoutWorld) adaIsIn(t *testing.T) bool {
	t.Helper()
	require.NoError(t, w.ada.get("/session"))
	return w.ada.page.status == http.StatusOK
}

// TestLogoutVectorsOverHTTP sends every logout message to a running server, with the cookies of a browser that is on its way out: what is hostile gets
// its code and changes no row and no cookie; what concerns somebody else leaves Ada's session open; what is sound is answered, and ends it.
func TestLogoutVectorsOverHTTP(t *testing.T) {
	t.Parallel()
	w := newLogoutWorld(t)
	before, pid := w.rows(t), w.procs[host].PID()
	hostile := 0
	for _, l := range vectors.Logouts() {
		if l.Code == "" {
			continue
		}
		hostile++
		if err := refusedLogout(w.make(t, l, vectors.Logout.Message), l.Code); err != nil {
			t.Errorf("%s: %v", l.Name, err)
		}
	}
	require.Equal(t, before, w.rows(t), "rows changed")
	require.True(t, w.procs[host].Running())
	require.Equal(t, pid, w.procs[host].PID())
	require.True(t, w.adaIsIn(t))
	score.Report(t, "hostile logout messages over HTTP", float64(hostile), ">= 100")
	w.spared(t)
	w.taken(t)
}

// refusedLogout says what is wrong with the answer to a hostile message.
func refusedLogout(got answer, code sso.Code) error {
	if want := sso.TextOf(code).Status; got.code() != string(code) || got.status != want {
		return fmt.Errorf("%d %s, not %d %s: %.300s", got.status, got.code(), want, code, got.text())
	}
	if got.header.Get("Location") != "" || got.header.Get("Set-Cookie") != "" {
		return errors.New("leads on, or sets a cookie")
	}
	return nil
}

// spared are sound requests about somebody else.
func (w *logoutWorld) spared(t *testing.T) {
	t.Helper()
	for _, l := range vectors.Logouts() {
		if l.Spares {
			got := w.make(t, l, vectors.Logout.Message)
			require.True(t, sentBack(got), "%s: %d %s", l.Name, got.status, got.text())
			require.True(t, w.adaIsIn(t), l.Name)
		}
	}
}

// taken are sound messages and the twins of all; the first request about Ada ends her session, and is good once.
func (w *logoutWorld) taken(t *testing.T) {
	t.Helper()
	for _, l := range vectors.Logouts() {
		of := vectors.Logout.Message
		if l.Code != "" || l.Spares {
			of = vectors.Logout.Twin
		}
		got := w.make(t, l, of)
		if l.Answer {
			require.Equal(t, http.StatusSeeOther, got.status, "%s: %s", l.Name, got.text())
			outcome := map[bool]string{false: "everywhere", true: "here"}[l.Partial]
			require.Equal(t, "/login?signed_out="+outcome, got.header.Get("Location"), l.Name)
			continue
		}
		require.True(t, sentBack(got), "%s: %d %s", l.Name, got.status, got.text())
		require.False(t, w.adaIsIn(t), l.Name)
	}
	l := vectors.Logout{Name: "twice"}
	base := w.base
	base.Now = time.Now()
	message, err := l.Message(base)
	require.NoError(t, err)
	got, err := w.send(l, message)
	require.NoError(t, err)
	require.True(t, sentBack(got), got.text())
	got, err = w.send(l, message)
	require.NoError(t, err)
	require.NoError(t, refusedLogout(got, sso.SLOReplay))
}

// sentBack tells whether the browser is sent back to the provider with a LogoutResponse.
func sentBack(got answer) bool {
	return got.status/100 == 3 && strings.HasPrefix(got.header.Get("Location"), "https://idp.example.test/slo?SAMLResponse=")
}
