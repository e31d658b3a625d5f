package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/seal"
	"github.com/idplug/idplug/host/telemetry"
	"github.com/idplug/idplug/testing/memstore"
)

const (
	operatorToken = "operator-token-of-the-test"
	password      = "correct horse battery"
	idpEntity     = "https://idp.test/entity"
)

// world is the room over the real use cases, an in-memory store, a protocol that is JSON, and plugins that only have manifests.
type world struct {
	*Server
	t       *testing.T
	o       Options
	mu      sync.Mutex
	clock   time.Time
	saml    *fakeSAML
	plugins *fakePlugins
	log     *bytes.Buffer
	store   *memstore.Store
	admin   string // API token of acme
}

func newWorld(t *testing.T, change ...func(*Options)) *world {
	t.Helper()
	w := &world{
		t: t, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), saml: &fakeSAML{}, plugins: &fakePlugins{}, log: &bytes.Buffer{},
	}
	store := memstore.New()
	w.store = store
	box, err := seal.New(seal.NewKey())
	require.NoError(t, err)
	metrics := telemetry.New("test")
	now := func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.clock }
	w.o = Options{
		Settings: &settings.Service{Store: store.Settings(), Providers: w.plugins, Documents: fakeDocuments{}, KeyMaker: &fakeKeys{}, Now: now},
		Login: &login.Service{
			Store: store.Login(), SAML: w.saml, SLO: w.saml, Providers: w.plugins, Passwords: fakePasswords{}, Now: now, NewToken: seal.Token, NewID: seal.ID, Sealer: box,
			Options: login.Options{SessionTTL: 12 * time.Hour, SessionIdle: 2 * time.Hour, ClockSkew: 3 * time.Minute},
		},
		Directory: &directory.Service{Store: store.Directory(), Passwords: fakePasswords{}, Sealer: box, Now: now, NewID: seal.ID, NewToken: seal.Token},
		Providers: w.plugins, Plugins: w.plugins, SAML: fakeMetadata{}, Seal: box, Health: w.plugins, Metrics: metrics, MetricsPage: metrics.Handler(), OpsMetricsPage: metrics.OpsHandler(),
		OperatorToken: operatorToken, Origin: "https://app.test", Now: now, Version: "test",
		PasswordTime: time.Millisecond,
		Logger:       slog.New(slog.NewJSONHandler(w.log, nil)),
	}
	for _, c := range change {
		c(&w.o)
	}
	w.o.Settings.Origin = w.o.Origin
	w.Server, err = New(w.o)
	require.NoError(t, err)
	w.tenant("acme")
	w.admin = w.token("acme")
	return w
}

func (w *world) pass(d time.Duration) { w.mu.Lock(); w.clock = w.clock.Add(d); w.mu.Unlock() }

var operator = sso.Actor{Kind: sso.Operator, ID: "test"}

// tenant makes a tenant with an inbox.
func (w *world) tenant(slug sso.TenantID) {
	w.t.Helper()
	_, err := w.o.Directory.CreateTenant(w.t.Context(), operator, directory.NewTenant{Slug: slug, Name: "Acme Inc"})
	require.NoError(w.t, err)
	require.NoError(w.t, w.o.Directory.SaveInboxes(w.t.Context(), operator, slug, sso.Catalogue{{Key: "general", Name: "General"}}))
}

func (w *world) token(t sso.TenantID) string {
	w.t.Helper()
	_, token, err := w.o.Directory.CreateToken(w.t.Context(), operator, t, "test")
	require.NoError(w.t, err)
	return token
}

// person makes an active user with the test's password.
func (w *world) person(t sso.TenantID, email string, roles ...sso.Key) directory.Person {
	w.t.Helper()
	ctx := w.t.Context()
	p, err := w.o.Directory.CreateUser(ctx, operator, t, directory.NewUser{Email: email, Name: "Ada", Roles: roles, Inboxes: []sso.Key{"general"}})
	require.NoError(w.t, err)
	link, err := w.o.Directory.InviteToPassword(ctx, operator, t, p.ID)
	require.NoError(w.t, err)
	_, err = w.o.Directory.SpendLink(ctx, t, link, directory.LinkAnswer{Password: password})
	require.NoError(w.t, err)
	return p
}

// ssoOn turns SSO on for a tenant; more are further members of the patch.
func (w *world) ssoOn(t sso.TenantID, more ...string) {
	w.t.Helper()
	view, err := w.o.Settings.View(w.t.Context(), operator, t)
	require.NoError(w.t, err)
	members := append([]string{
		fmt.Sprintf(`"version":%d`, view.Settings.Version), `"use_sso":true`, `"provider":"okta"`, `"metadata_xml":"<idp/>"`,
	}, more...)
	a := w.api("PATCH", "/tenants/"+string(t)+"/sso", operatorToken, "{"+strings.Join(members, ",")+"}")
	require.Equal(w.t, 200, a.Code, a.Body.String())
}

// api calls the admin API with a bearer token.
func (w *world) api(method, path, token, body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(method, w.o.Origin+"/api/v1"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return w.serve(r)
}

func (w *world) serve(r *http.Request) *httptest.ResponseRecorder {
	a := httptest.NewRecorder()
	w.Handler().ServeHTTP(a, r)
	return a
}

func document(t *testing.T, a *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var doc map[string]any
	require.NoError(t, json.Unmarshal(a.Body.Bytes(), &doc), a.Body.String())
	return doc
}

// refused checks a problem document and gives its errors as "field: code".
func refused(t *testing.T, a *httptest.ResponseRecorder, status int, code sso.Code) []string {
	t.Helper()
	require.Equal(t, status, a.Code, a.Body.String())
	require.Equal(t, "application/problem+json", a.Header().Get("Content-Type"))
	doc := document(t, a)
	require.Equal(t, string(code), doc["code"])
	require.InDelta(t, status, doc["status"], 0)
	require.Equal(t, a.Header().Get("X-Request-Id"), doc["request_id"])
	require.NotEmpty(t, doc["title"])
	var fields []string
	list, _ := doc["errors"].([]any)
	for _, e := range list {
		entry := e.(map[string]any)
		fields = append(fields, fmt.Sprintf("%s: %s", entry["field"], entry["code"]))
	}
	return fields
}

// browser keeps cookies as a browser does, but for their dates.
type browser struct {
	w       *world
	from    string // its address and port, "" for httptest's own
	cookies map[string]*http.Cookie
}

func (w *world) browser() *browser { return &browser{w: w, cookies: map[string]*http.Cookie{}} }

func (b *browser) do(method, target string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	b.w.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, b.w.o.Origin+target, body)
	if b.from != "" {
		r.RemoteAddr = b.from
	}
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", formType)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	a := b.w.serve(r)
	for _, c := range a.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c
	}
	return a
}

// flows are the names of the flow cookies.
func (b *browser) flows() []string {
	var names []string
	for name := range b.cookies {
		if strings.Contains(name, "idplug_flow_") {
			names = append(names, name)
		}
	}
	return names
}

// signIn takes the road through the provider.
func (b *browser) signIn(t sso.TenantID, email string) {
	b.w.t.Helper()
	a := b.do("GET", "/login/"+string(t), nil)
	require.Equal(b.w.t, 302, a.Code, a.Body.String())
	a = b.post(t, b.w.saml.answer(email))
	require.Equal(b.w.t, 303, a.Code, a.Body.String())
}

// post brings the provider's answer.
func (b *browser) post(t sso.TenantID, answer string) *httptest.ResponseRecorder {
	form := url.Values{"SAMLResponse": {answer}, "RelayState": {b.w.saml.last.RelayState}}
	return b.do("POST", "/saml/"+string(t)+"/acs", form, "Sec-Fetch-Site", "cross-site", "Origin", "https://idp.test")
}
