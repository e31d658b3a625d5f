// Package security attacks a host that is put together from its real rooms, verifier, use cases and pages, over HTTP, as tenants, their people
// and their providers could attack each other. Each refusal has a twin that differs in one thing and signs in. Only tests enter.
package security

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
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
	"github.com/idplug/idplug/host/saml"
	"github.com/idplug/idplug/host/seal"
	"github.com/idplug/idplug/host/telemetry"
	"github.com/idplug/idplug/host/web"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/hygiene"
	"github.com/idplug/idplug/testing/memstore"
)

const (
	operatorToken = "operator-token-of-the-test"
	password      = "correct horse battery"
	entity        = "https://idp.example.test/entity"
	admins        = "admins" // the group that the mappings make administrators
)

var operator = sso.Actor{Kind: sso.Operator, ID: "test"}

// ports are a store as the use cases see it.
type ports struct {
	settings  settings.Store
	login     login.Store
	directory directory.Store
	keys      saml.Keys
}

// world is a host on a port of its own, whose clock the test moves.
type world struct {
	t         testing.TB
	origin    string
	settings  *settings.Service
	login     *login.Service
	directory *directory.Service
	memory    *memstore.Store // nil where the test brought another store
	asked     *asking
	log       *notes
	client    *http.Client
	secrets   *hygiene.Register

	mu    sync.Mutex
	clock time.Time
}

// secretBox seals alike on every host of a test, as one master key does.
var secretBox = sync.OnceValues(func() (*seal.Box, error) { return seal.New(seal.NewKey()) })

// newWorld starts a host over an empty store in memory.
func newWorld(t testing.TB) *world {
	t.Helper()
	memory := memstore.New()
	w := startWorld(t, ports{memory.Settings(), memory.Login(), memory.Directory(), &keys{}})
	w.memory = memory
	return w
}

// startWorld starts a host over a store. beside is another node of the same deployment: this one then has its origin and its clock's time.
func startWorld(t testing.TB, p ports, beside ...*world) *world {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	w := &world{
		t: t, origin: "http://" + server.Listener.Addr().String(), log: &notes{}, secrets: hygiene.New(), clock: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
	}
	for _, other := range beside {
		w.origin, w.clock = other.origin, other.now()
	}
	box, err := secretBox()
	require.NoError(t, err)
	speaker := &saml.Service{Origin: w.origin, Now: w.now, ClockSkew: 3 * time.Minute, Keys: p.keys, Sealer: box}
	w.asked = &asking{SAML: speaker}
	metrics := telemetry.New("test")
	w.settings = &settings.Service{
		Store: p.settings, Providers: plugins{}, Documents: &saml.Documents{}, KeyMaker: speaker, Now: w.now, Origin: w.origin,
	}
	w.login = &login.Service{
		Store: p.login, SAML: w.asked, SLO: speaker, Providers: plugins{}, Passwords: passwords{}, Now: w.now, NewToken: seal.Token, NewID: seal.ID, Sealer: box,
		Options: login.Options{SessionTTL: 12 * time.Hour, SessionIdle: 2 * time.Hour, ClockSkew: 3 * time.Minute},
	}
	w.directory = &directory.Service{Store: p.directory, Passwords: passwords{}, Sealer: box, Now: w.now, NewID: seal.ID, NewToken: seal.Token}
	rooms, err := web.New(web.Options{
		Settings: w.settings, Login: w.login, Directory: w.directory, Providers: plugins{}, Plugins: plugins{}, SAML: speaker, Seal: box, Health: plugins{},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Metrics: metrics, MetricsPage: metrics.Handler(), OperatorToken: operatorToken, Origin: w.origin, Now: w.now, Version: "test",
		PasswordTime: time.Millisecond,
		Logger:       slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	require.NoError(t, err)
	server.Config.Handler = rooms.Handler()
	server.Start()
	t.Cleanup(func() {
		server.Close()
		w.secrets.CheckText(t, "what the host logged", w.log.String())
	})
	w.client = server.Client()
	address := server.Listener.Addr().String()
	w.client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	w.client.Transport = w.secrets.Watch(w.client.Transport)
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return w
}

func (w *world) now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.clock }

// pass lets time pass.
func (w *world) pass(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.clock = w.clock.Add(d) }

// answer is an HTTP answer read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// code is the stable code of a refusal, "" for anything else.
func (a answer) code() sso.Code {
	var problem struct{ Code sso.Code }
	_ = json.Unmarshal(a.body, &problem) // no JSON: no code
	return problem.Code
}

func (w *world) send(r *http.Request) answer {
	w.t.Helper()
	response, err := w.client.Do(r)
	require.NoError(w.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	return answer{response.StatusCode, response.Header, body}
}

func (w *world) request(method, path, contentType, body string) *http.Request {
	w.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, w.origin+path, strings.NewReader(body))
	require.NoError(w.t, err)
	r.Header.Set("Accept", "application/json")
	if body != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

// api calls the admin API with a token.
func (w *world) api(method, path, token, body string) answer {
	w.t.Helper()
	r := w.request(method, "/api/v1"+path, "application/json", body)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return w.send(r)
}

// tenant makes a tenant that has SSO off.
func (w *world) tenant(t sso.TenantID) {
	w.t.Helper()
	_, err := w.directory.CreateTenant(context.Background(), operator, directory.NewTenant{Slug: t, Name: string(t)})
	require.NoError(w.t, err)
}

// trust turns a tenant's SSO on with a provider that has this entity ID and key. more are members of the settings document.
func (w *world) trust(t sso.TenantID, entityID string, key devidp.Key, more map[string]any) {
	w.t.Helper()
	a := w.save(t, entityID, key, more)
	require.Equal(w.t, 200, a.status, "%s", a.body)
}

// save saves a tenant's settings as trust does; a member that is nil is left out.
func (w *world) save(t sso.TenantID, entityID string, key devidp.Key, more map[string]any) answer {
	w.t.Helper()
	view, err := w.settings.View(context.Background(), operator, t)
	require.NoError(w.t, err)
	document := map[string]any{
		"version": view.Settings.Version, "use_sso": true, "provider": "okta", "metadata_xml": w.metadata(entityID, key),
		"create_user_on_first_login": true, "default_roles": []string{"agent"},
		"role_mappings": []any{map[string]any{"saml_attribute": "groups", "saml_attribute_value": admins, "roles": []string{"administrator"}}},
	}
	maps.Copy(document, more)
	maps.DeleteFunc(document, func(_ string, v any) bool { return v == nil })
	body, err := json.Marshal(document)
	require.NoError(w.t, err)
	return w.api("PUT", "/tenants/"+string(t)+"/sso", operatorToken, string(body))
}

func (w *world) metadata(entityID string, key devidp.Key) string {
	w.t.Helper()
	doc, err := devidp.Okta().Metadata(devidp.Description{
		EntityID: entityID, SSO: "https://idp.example.test/sso", Certificates: []*x509.Certificate{key.Certificate}, Now: w.now(),
	})
	require.NoError(w.t, err)
	return string(doc)
}

// lastLogin is the tenant's newest trace.
func (w *world) lastLogin(t sso.TenantID) sso.LoginRecord {
	w.t.Helper()
	all, _, err := w.directory.Logins(context.Background(), operator, t, directory.LoginQuery{Page: directory.Page{Limit: 1}})
	require.NoError(w.t, err)
	return all[0]
}

// users are the people of a tenant.
func (w *world) users(t sso.TenantID) []directory.Person {
	w.t.Helper()
	list, _, err := w.directory.Users(context.Background(), operator, t, directory.UserQuery{Page: directory.Page{Limit: 200}})
	require.NoError(w.t, err)
	return list
}

// notes are what the host logged.
type notes struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) { n.mu.Lock(); defer n.mu.Unlock(); return n.b.Write(p) }

func (n *notes) String() string { n.mu.Lock(); defer n.mu.Unlock(); return n.b.String() }

// browser keeps cookies as a person's does, but for their dates.
type browser struct {
	w       *world
	mu      sync.Mutex
	accept  string // what it wants to see; "" is JSON, where there is a choice
	from    string // its network address, as a proxy in front says; "" is the proxy itself
	cookies map[string]string
	lax     map[string]bool // cookies that do not come with a form of another site
}

func (w *world) browser() *browser {
	return &browser{w: w, cookies: map[string]string{}, lax: map[string]bool{"idplug_session": true}}
}

// do asks with the browser's cookies, as a page of ours would; headers are further ones, by pairs.
func (b *browser) do(method, path string, form url.Values, headers ...string) answer {
	b.w.t.Helper()
	r := b.request(method, path, form)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a := b.w.send(r)
	b.learn(a)
	return a
}

func (b *browser) request(method, path string, form url.Values) *http.Request {
	b.w.t.Helper()
	r := b.w.request(method, path, "application/x-www-form-urlencoded", form.Encode())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if b.accept != "" {
		r.Header.Set("Accept", b.accept)
	}
	if b.from != "" {
		r.Header.Set("X-Forwarded-For", b.from)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return r
}

func (b *browser) learn(a answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
		b.lax[c.Name] = c.SameSite == http.SameSiteLaxMode
	}
}

// session is the value of the session cookie, "" without one.
func (b *browser) session() string { return b.cookies["idplug_session"] }

// as is another browser with one session cookie.
func (w *world) as(session string) *browser {
	b := w.browser()
	b.cookies["idplug_session"] = session
	return b
}

// password signs in by password where SSO is off.
func (b *browser) password(t sso.TenantID, email string) {
	b.w.t.Helper()
	a := b.do("POST", "/login/"+string(t), url.Values{"email": {email}, "password": {password}})
	require.Equal(b.w.t, 303, a.status, "%s", a.body)
}

// person makes an active user with a password.
func (w *world) person(t sso.TenantID, email string, roles ...sso.Key) directory.Person {
	w.t.Helper()
	ctx := context.Background()
	p, err := w.directory.CreateUser(ctx, operator, t, directory.NewUser{Email: email, Name: "Ada", Roles: roles})
	require.NoError(w.t, err)
	link, err := w.directory.InviteToPassword(ctx, operator, t, p.ID)
	require.NoError(w.t, err)
	_, err = w.directory.SpendLink(ctx, t, link, directory.LinkAnswer{Password: password})
	require.NoError(w.t, err)
	return p
}
