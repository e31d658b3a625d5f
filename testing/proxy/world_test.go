package proxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host"
	"github.com/idplug/idplug/testing/conformance"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/hygiene"
)

// world is nginx, with idplug and an application behind it.
type world struct {
	t        *testing.T
	origin   string // of nginx: the only one that browsers know
	roots    *x509.CertPool
	idp      *devidp.Server
	reached  atomic.Int32 // how many requests got to the application
	stopHost func()
	log      hygiene.Log // of idplug
	secrets  *hygiene.Register
}

const operatorToken = "operator-token-of-this-test"

// seen is what the application answers: the request as it came.
type seen struct {
	URI    string
	Header http.Header
}

// newWorld has a tenant acme that signs in at Okta, and its people: Ada and Grace.
func newWorld(t *testing.T) *world {
	t.Helper()
	program := nginx(t)
	w := &world{t: t, secrets: hygiene.New()}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	w.origin = "https://" + listener.Addr().String()
	application := httptest.NewServer(http.HandlerFunc(w.application))
	t.Cleanup(application.Close)
	w.idp, err = devidp.Start("127.0.0.1:0", devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.idp.Close(context.Background()) })

	w.roots = startNginx(t, program, listener, w.startHost(), strings.TrimPrefix(application.URL, "http://"))
	w.setUp()
	return w
}

func (w *world) application(out http.ResponseWriter, r *http.Request) {
	w.reached.Add(1)
	if r.URL.Path == "/tickets/not-yours" {
		http.Error(out, "the application's own refusal", http.StatusUnauthorized)
		return
	}
	_ = json.NewEncoder(out).Encode(seen{r.RequestURI, r.Header})
}

// startHost runs idplug as its program does and returns where it listens.
func (w *world) startHost() string {
	plugin := conformance.Build(w.t, "github.com/idplug/idplug/cmd/idplug-provider-okta")
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	host.AddFlags(flags, true)
	require.NoError(w.t, flags.Parse([]string{
		"--listen", "127.0.0.1:0", "--base-url", w.origin, "--data-dir", filepath.Join(w.t.TempDir(), "data"),
		"--plugin-dir", filepath.Dir(plugin), "--operator-token", operatorToken, "--fetch-allow", strings.TrimPrefix(w.idp.URL(), "http://"),
	}))
	config, err := host.LoadConfig(flags)
	require.NoError(w.t, err)
	rooms, err := host.New(context.Background(), config, host.Build{Version: "test"}, slog.New(slog.NewJSONHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	require.NoError(w.t, err)
	server := httptest.NewServer(rooms.Handler())
	w.stopHost = sync.OnceFunc(func() {
		server.Close()
		if err := rooms.Close(); err != nil {
			w.t.Errorf("close idplug: %v", err)
		}
		w.secrets.CheckText(w.t, "what idplug logged", w.log.String())
	})
	w.t.Cleanup(w.stopHost)
	return strings.TrimPrefix(server.URL, "http://")
}

func (w *world) setUp() {
	w.call("POST", "/tenants", map[string]any{"slug": "acme", "name": "Acme"}, nil)
	w.call("PUT", "/tenants/acme/inboxes", []map[string]string{{"key": "general", "name": "General"}, {"key": "emea", "name": "EMEA"}}, nil)
	w.call("PUT", "/tenants/acme/sso", map[string]any{
		"version": 0, "use_sso": true, "provider": "okta", "metadata_url": w.idp.MetadataURL("okta"),
	}, nil)
	b := w.browser()
	_, err := w.idp.Trust([]byte(b.get("/saml/acme/metadata").body))
	require.NoError(w.t, err)
}

// user adds somebody whom the provider knows too, and returns the ID.
func (w *world) user(email string, roles, inboxes []string) string {
	w.t.Helper()
	var user struct{ ID string }
	w.call("POST", "/tenants/acme/users", map[string]any{"email": email, "name": "A Person", "roles": roles, "inboxes": inboxes}, &user)
	require.NotEmpty(w.t, user.ID)
	return user.ID
}

// call calls the API as the operator, through nginx like everybody.
func (w *world) call(method, path string, in, out any) {
	w.t.Helper()
	body, err := json.Marshal(in)
	require.NoError(w.t, err)
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.origin+"/api/v1"+path, bytes.NewReader(body))
	require.NoError(w.t, err)
	r.Header.Set("Authorization", "Bearer "+operatorToken)
	r.Header.Set("Content-Type", "application/json")
	a := w.browser().do(r)
	require.Less(w.t, a.status, 300, a.body)
	if out != nil {
		require.NoError(w.t, json.Unmarshal([]byte(a.body), out))
	}
}

// browser keeps cookies and follows nothing by itself.
type browser struct {
	w      *world
	client *http.Client
}

func (w *world) browser() *browser {
	jar, _ := cookiejar.New(nil) // never fails
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.roots}}
	w.t.Cleanup(transport.CloseIdleConnections)
	return &browser{w, &http.Client{
		Jar: jar, Transport: w.secrets.Watch(transport), Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is an HTTP answer read to its end.
type answer struct {
	status   int
	location string
	header   http.Header
	body     string
}

func (b *browser) do(r *http.Request) answer {
	b.w.t.Helper()
	response, err := b.client.Do(r)
	require.NoError(b.w.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(b.w.t, err)
	return answer{response.StatusCode, response.Header.Get("Location"), response.Header, string(body)}
}

// get opens an address as a page; header is what a client sends besides, its names spelled as they are.
func (b *browser) get(path string, header ...http.Header) answer {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.t.Context(), http.MethodGet, b.w.origin+path, nil)
	require.NoError(b.w.t, err)
	r.Header.Set("Accept", "text/html")
	for _, more := range header {
		maps.Copy(r.Header, more)
	}
	return b.do(r)
}

// post sends a form as a page of the site would.
func (b *browser) post(address string, form url.Values) answer {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	require.NoError(b.w.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.w.origin)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// signIn goes from an address that leads to the provider back to where its answer leads.
func (b *browser) signIn(path, login string) answer {
	b.w.t.Helper()
	a := b.get(path)
	require.Equal(b.w.t, http.StatusFound, a.status, a.body)
	form, err := devidp.Visit(b.w.t.Context(), b.client, a.location, login)
	require.NoError(b.w.t, err)
	require.Equal(b.w.t, b.w.origin+"/saml/acme/acs", form.Action)
	a = b.post(form.Action, form.Values)
	require.Equal(b.w.t, http.StatusSeeOther, a.status, a.body)
	return a
}

// opens opens a page of the application and returns what the application saw.
func (b *browser) opens(path string, header ...http.Header) seen {
	b.w.t.Helper()
	a := b.get(path, header...)
	require.Equal(b.w.t, http.StatusOK, a.status, a.body)
	var s seen
	require.NoError(b.w.t, json.Unmarshal([]byte(a.body), &s), a.body)
	return s
}

// identity is every header of the application's request that some application may read as one of idplug's.
func (s seen) identity() map[string][]string {
	found := map[string][]string{}
	for name, values := range s.Header {
		if strings.HasPrefix(strings.ReplaceAll(strings.ToLower(name), "_", "-"), "x-idplug") {
			found[name] = values
		}
	}
	return found
}
