package proxy

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAPersonSignsInThroughTheProxyAndTheApplicationKnowsWho(t *testing.T) {
	w := newWorld(t)
	id := w.user("ada@example.com", []string{"agent", "analyst"}, []string{"general", "emea"})
	b := w.browser()

	a := b.get("/tickets?id=7&page=a%20b")
	require.Equal(t, http.StatusFound, a.status, a.body)
	require.Equal(t, "/login?return_to="+url.QueryEscape("/tickets?id=7&page=a%20b"), a.location)
	page := b.get(a.location)
	require.Equal(t, http.StatusOK, page.status)
	require.Zero(t, w.reached.Load(), "the application hears of nobody who is not signed in")
	back := regexp.MustCompile(`name="return_to" value="([^"]*)"`).FindStringSubmatch(page.body)
	require.Len(t, back, 2, page.body)
	a = b.post(w.origin+"/login", url.Values{"email": {"Ada@example.com"}, "return_to": {strings.ReplaceAll(back[1], "&amp;", "&")}})
	require.Equal(t, http.StatusSeeOther, a.status, a.body)

	a = b.signIn(a.location, "ada@example.com")
	require.Equal(t, "/tickets?id=7&page=a%20b", a.location)
	cookie := strings.Join(a.header.Values("Set-Cookie"), "\n")
	require.Regexp(t, `(?m)^__Host-idplug_session=acme\.[^;]+; Path=/; Max-Age=\d+; HttpOnly; Secure; SameSite=Lax$`, cookie)

	s := b.opens(a.location)
	require.Equal(t, "/tickets?id=7&page=a%20b", s.URI)
	require.Equal(t, map[string][]string{
		"X-Idplug-Tenant": {"acme"}, "X-Idplug-User": {id}, "X-Idplug-Email": {"ada@example.com"},
		"X-Idplug-Roles": {"agent,analyst"}, "X-Idplug-Inboxes": {"general,emea"},
	}, s.identity())
	session := b.get("/session")
	require.Equal(t, http.StatusOK, session.status)
	require.Contains(t, session.body, `"id":"`+id+`"`)
}

// forged are ways to send one of the proxy's headers oneself.
var forged = map[string]http.Header{
	"plainly":          {"X-Idplug-User": {"root"}, "X-Idplug-Roles": {"administrator"}},
	"all five":         {"X-Idplug-Tenant": {"x"}, "X-Idplug-User": {"x"}, "X-Idplug-Email": {"x"}, "X-Idplug-Roles": {"x"}, "X-Idplug-Inboxes": {"x"}},
	"twice":            {"X-Idplug-Roles": {"administrator", "agent"}, "X-Idplug-Inboxes": {"all", "vip"}},
	"in another case":  {"x-iDPLUG-rOLES": {"administrator"}, "X-IDPLUG-INBOXES": {"all"}},
	"with underscores": {"X_Idplug_User": {"root"}, "X-Idplug_Roles": {"administrator"}, "X_IDPLUG_INBOXES": {"all"}},
	"empty":            {"X-Idplug-User": {""}, "X-Idplug-Roles": {""}},
	"named as the connection's own": {
		"Connection": {"close, X-Idplug-User, X-Idplug-Roles"}, "X-Idplug-Roles": {"administrator"},
	},
}

// TestWhatAClientSendsItselfNeverGetsThrough: Grace has no inbox, so there is nothing that would write over a forged one.
func TestWhatAClientSendsItselfNeverGetsThrough(t *testing.T) {
	w := newWorld(t)
	id := w.user("grace@example.com", []string{"agent"}, nil)
	grace, nobody := w.browser(), w.browser()
	grace.signIn("/login/acme", "grace@example.com")
	genuine := map[string][]string{
		"X-Idplug-Tenant": {"acme"}, "X-Idplug-User": {id}, "X-Idplug-Email": {"grace@example.com"}, "X-Idplug-Roles": {"agent"},
	}
	require.Equal(t, genuine, grace.opens("/tickets").identity())
	for how, header := range forged {
		t.Run(how, func(t *testing.T) {
			require.Equal(t, genuine, grace.opens("/tickets", header).identity())
			require.Empty(t, grace.opens("/public/prices", header).identity(), "where nobody is asked, nobody is named")
			require.Empty(t, nobody.opens("/public/prices", header).identity())
			before := w.reached.Load()
			require.Equal(t, http.StatusFound, nobody.get("/tickets", header).status)
			require.Equal(t, http.StatusUnauthorized, nobody.get("/session", header).status)
			require.Equal(t, before, w.reached.Load())
		})
	}
	lost := http.Header{"X-Forwarded-Uri": {"/elsewhere"}}
	require.Equal(t, "/login?return_to=%2Ftickets", nobody.get("/tickets", lost).location, "nginx says what was asked for, the client does not")
}

func TestNoWayAroundTheQuestion(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	for _, path := range []string{
		"/", "/tickets", "/public/../tickets", "/public/..%2ftickets", "/public/%2e%2e/tickets", "/public/./../tickets", "//tickets",
		"/login/../tickets", "/saml/..%2Ftickets", "/loginx", "/LOGIN", "/auth/verify/", "/auth/verify/public/", "/auth/redirect", "/metrics",
		"/healthz", "/readyz", "/tickets%0d%0aSet-Cookie:%20a=b",
	} {
		a := b.get(path)
		require.Equal(t, http.StatusFound, a.status, path)
		require.Regexp(t, `^/login(\?return_to=%2F[^/]*)?$`, a.location, path)
		require.Empty(t, a.header.Values("Set-Cookie"), path)
	}
	require.Equal(t, http.StatusNotFound, b.get("/auth/verify").status, "the question is for the proxy alone")
	require.Equal(t, "/login", b.get("//evil.example/").location, "no way back that leads elsewhere")
	require.Zero(t, w.reached.Load())

	w.stopHost()
	require.Equal(t, http.StatusInternalServerError, b.get("/tickets").status, "nobody to ask: nobody gets in")
	require.Zero(t, w.reached.Load())
	require.Equal(t, "/public/prices", b.opens("/public/prices").URI)
}

func TestWhoLoggedOutOrWasDeactivatedIsOut(t *testing.T) {
	w := newWorld(t)
	w.user("ada@example.com", []string{"agent"}, nil)
	id := w.user("grace@example.com", []string{"agent"}, nil)
	out := func(b *browser) {
		require.Equal(t, http.StatusUnauthorized, b.get("/session").status)
		before := w.reached.Load()
		require.Equal(t, http.StatusFound, b.get("/tickets").status)
		require.Equal(t, before, w.reached.Load())
	}
	ada, grace := w.browser(), w.browser()
	ada.signIn("/login/acme", "ada@example.com")
	grace.signIn("/login/acme", "grace@example.com")
	ada.opens("/tickets")
	a := ada.get("/tickets/not-yours")
	require.Equal(t, http.StatusUnauthorized, a.status, "a refusal of the application is its own")
	require.Contains(t, a.body, "the application's own refusal")

	require.Equal(t, http.StatusSeeOther, ada.post(w.origin+"/logout", nil).status)
	out(ada)
	grace.opens("/tickets")

	w.call("PATCH", "/tenants/acme/users/"+id, map[string]any{"status": "deactivated"}, nil)
	require.Eventually(t, func() bool { return grace.get("/session").status == http.StatusUnauthorized }, 20*time.Second, 50*time.Millisecond)
	out(grace)

	ada.signIn(ada.get("/tickets").location, "") // a known browser is not asked, by us or by its provider
	ada.opens("/tickets")
}

// TestIdplugsPagesAreWholeBehindTheProxy: what a page of ours needs is on the list of forwarded paths.
func TestIdplugsPagesAreWholeBehindTheProxy(t *testing.T) {
	w := newWorld(t)
	w.user("ada@example.com", []string{"administrator"}, nil)
	b := w.browser()
	pages := []string{"/login", "/invitation/acme/spent", "/reset", "/api/docs"}
	b.signIn("/login/acme", "ada@example.com")
	pages = append(pages, "/console", "/account")
	linked := regexp.MustCompile(`(?:href|src|action)="(/[^"]*)"`)
	for _, page := range pages {
		body := b.get(page).body
		require.Contains(t, body, "idplug", page)
		links := linked.FindAllStringSubmatch(body, -1)
		require.NotEmpty(t, links, page)
		for _, link := range links {
			if link[1] == "/" || link[1] == "/favicon.ico" {
				continue // these are the application's
			}
			a := b.get(strings.ReplaceAll(link[1], "&amp;", "&"))
			require.NotEqual(t, http.StatusNotFound, a.status, "%s on %s", link[1], page)
			require.Zero(t, w.reached.Load(), "%s on %s is idplug's, and the application answered", link[1], page)
		}
	}

	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, w.origin+"/api/v1/tenants/acme/sso", io.LimitReader(spaces{}, 4<<20))
	require.NoError(t, err)
	r.ContentLength = 4 << 20
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+operatorToken)
	a := b.do(r)
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), "the largest document gets as far as idplug: %d %s", a.status, a.body)
}

// spaces is JSON without an end and without a value.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
