package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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
	admin   string // API token of acme
}

func newWorld(t *testing.T, change ...func(*Options)) *world {
	t.Helper()
	w := &world{
		t: t, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), saml: &fakeSAML{}, plugins: &fakePlugins{}, log: &bytes.Buffer{},
	}
	store := memstore.New()
	box, err := seal.New(seal.NewKey())
	require.NoError(t, err)
	metrics := telemetry.New("test")
	now := func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.clock }
	w.o = Options{
		Settings: &settings.Service{Store: store.Settings(), Providers: w.plugins, Documents: fakeDocuments{}, KeyMaker: &fakeKeys{}, Now: now},
		Login: &login.Service{
			Store: store.Login(), SAML: w.saml, Providers: w.plugins, Passwords: fakePasswords{}, Now: now, NewToken: seal.Token, NewID: seal.ID,
			Options: login.Options{SessionTTL: 12 * time.Hour, SessionIdle: 2 * time.Hour, ClockSkew: 3 * time.Minute},
		},
		Directory: &directory.Service{Store: store.Directory(), Passwords: fakePasswords{}, Now: now, NewID: seal.ID, NewToken: seal.Token},
		Providers: w.plugins, Plugins: w.plugins, SAML: fakeMetadata{}, Seal: box, Health: w.plugins, Metrics: metrics, MetricsPage: metrics.Handler(),
		OperatorToken: operatorToken, Origin: "https://app.test", Now: now, Version: "test",
		Logger: slog.New(slog.NewJSONHandler(w.log, nil)),
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

// fakeSAML speaks JSON instead of SAML.
type fakeSAML struct {
	last  login.RequestSpec
	count int
	form  bool
}

func (f *fakeSAML) Request(_ context.Context, s login.RequestSpec) (login.Request, error) {
	f.last = s
	f.count++
	r := login.Request{ID: fmt.Sprintf("id-%d", f.count), URL: "https://idp.test/sso?SAMLRequest=x"}
	if f.form {
		r.Form = map[string]string{"SAMLRequest": "cXVlc3Q=", "RelayState": s.RelayState}
	}
	return r, nil
}

// said is what a fake answer says.
type said struct {
	InResponseTo, Email string
	Instant             time.Time
	Code                sso.Code // refuse with it
}

// answer answers the last request.
func (f *fakeSAML) answer(email string) string {
	return f.encode(said{InResponseTo: fmt.Sprintf("id-%d", f.count), Email: email})
}

func (f *fakeSAML) encode(s said) string {
	text, _ := json.Marshal(s)
	return string(text)
}

func (f *fakeSAML) Open(_ context.Context, _ login.Target, encoded string) (login.Response, error) {
	var s said
	if err := json.Unmarshal([]byte(encoded), &s); err != nil {
		return nil, sso.Refuse("fake", sso.XMLMalformed)
	}
	return fakeResponse{s, encoded}, nil
}

type fakeResponse struct {
	said
	id string
}

func (r fakeResponse) InResponseTo() string { return r.said.InResponseTo }
func (r fakeResponse) Steps() []sso.Step    { return []sso.Step{{Name: "form"}} }
func (r fakeResponse) Verify(context.Context, login.Expectation) (sso.Assertion, error) {
	if r.Code != "" {
		return sso.Assertion{}, sso.Refuse("fake", r.Code)
	}
	return sso.Assertion{
		ID: r.id, IDPEntityID: idpEntity, InResponseTo: r.said.InResponseTo, AuthnInstant: r.Instant,
		NameID: sso.NameID{Value: r.Email, Format: sso.FormatEmail}, NotOnOrAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
		Attributes: sso.Attributes{{Name: "email", Values: []string{r.Email}}},
	}, nil
}

type fakePlugins struct {
	down error
	pin  string
}

func (p *fakePlugins) Ready(context.Context) error { return p.down }

func (p *fakePlugins) Plugins() []sso.PluginStatus {
	return []sso.PluginStatus{{
		Key: "okta", File: "idplug-provider-okta", Version: "1.0.0", State: sso.PluginReady, PID: 7, Breaker: sso.BreakerClosed, Pin: p.pin,
		Versions: []sso.PluginVersion{{Version: "1.0.0", SHA256: "aa01"}, {Version: "0.9.0", SHA256: "aa02"}},
	}}
}

func (p *fakePlugins) Plugin(key sso.ProviderKey) (sso.PluginStatus, error) {
	if key != "okta" {
		return sso.PluginStatus{}, sso.Refuse("fake", sso.NotFound)
	}
	return p.Plugins()[0], nil
}

func (p *fakePlugins) Pin(_ context.Context, _ sso.ProviderKey, version, sum string) (sso.PluginVersion, error) {
	for _, v := range p.Plugins()[0].Versions {
		if v.Version == version || sum != "" && strings.HasPrefix(v.SHA256, sum) {
			p.pin = v.SHA256
			return v, nil
		}
	}
	return sso.PluginVersion{}, sso.Refuse("fake", sso.PluginVersionUnknown, "provider", "okta", "value", version, "found", "0", "kept", "1.0.0, 0.9.0")
}

func (p *fakePlugins) Unpin(context.Context, sso.ProviderKey) error {
	p.pin = ""
	return nil
}

func (p *fakePlugins) Restart(_ context.Context, key sso.ProviderKey) error {
	if _, err := p.Plugin(key); err != nil {
		return err
	}
	if p.down != nil {
		return sso.Refuse("fake", sso.PluginNotStartable, "provider", string(key))
	}
	return nil
}

func (p *fakePlugins) Providers() []sso.ProviderStatus {
	return []sso.ProviderStatus{{Manifest: fakePlugin{"okta"}.Manifest(), State: sso.PluginReady}}
}

func (p *fakePlugins) Provider(k sso.ProviderKey) (sso.Provider, error) {
	if k != "okta" && k != "azure" {
		return nil, sso.Refuse("fake", sso.ProviderUnknown, "value", string(k))
	}
	return fakePlugin{k}, nil
}

func (p *fakePlugins) Manifest(k sso.ProviderKey) (sso.Manifest, bool) {
	return fakePlugin{k}.Manifest(), true
}

type fakePlugin struct{ key sso.ProviderKey }

func (p fakePlugin) Manifest() sso.Manifest {
	return sso.Manifest{
		Key: p.key, Name: "Okta", Version: "1.0.0", Capabilities: sso.Capabilities{MetadataURL: true, JIT: true, Profile: true},
		Guide: []sso.GuideStep{{Title: "Create the app", Text: "Enter {acs_url} and {entity_id}."}},
	}
}

func (fakePlugin) Metadata(context.Context, sso.MetadataQuery) (sso.MetadataAdvice, error) {
	return sso.MetadataAdvice{}, nil
}

func (fakePlugin) Profile(_ context.Context, a sso.Assertion) (sso.Profile, error) {
	return sso.Profile{Email: sso.Value{Text: a.NameID.Value, From: sso.FromNameID, Op: sso.AsIs}}, nil
}

// fakeDocuments take any text that looks like XML for metadata.
type fakeDocuments struct{}

func (fakeDocuments) Fetch(context.Context, string) ([]byte, error) {
	return nil, sso.Refuse("fake", sso.MetadataFetchFailed, "detail", "no network")
}

func (fakeDocuments) Parse(doc []byte, _ string) (settings.Document, error) {
	if !bytes.HasPrefix(doc, []byte("<")) {
		return settings.Document{}, sso.Refuse("fake", sso.MetadataNotSAML, "detail", "no XML")
	}
	return settings.Document{XML: string(doc), IdP: sso.IdentityProvider{
		EntityID: idpEntity, SSO: []sso.Endpoint{{Binding: sso.BindingRedirect, URL: "https://idp.test/sso"}},
		Certificates: []sso.Certificate{{Subject: "CN=idp", SHA256: "ab", NotAfter: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}},
	}}, nil
}

type fakePasswords struct{}

func (fakePasswords) Hash(_ context.Context, p string) (string, error) { return "plain:" + p, nil }
func (fakePasswords) Verify(_ context.Context, hash, p string) (bool, error) {
	return hash == "plain:"+p, nil
}

type fakeMetadata struct{}

func (fakeMetadata) ServiceProviderMetadata(_ context.Context, t sso.TenantID) ([]byte, error) {
	if t != "acme" {
		return nil, sso.Refuse("fake", sso.NotFound)
	}
	return []byte("<EntityDescriptor/>"), nil
}

var errBroken = errors.New("broken on purpose: secret detail")
