package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

// TestWhatCannotBeIsNotLookedUp asks while the store is away: what cannot be a tenant, a token or a session is refused without it, its twin is not.
func TestWhatCannotBeIsNotLookedUp(t *testing.T) {
	w := newWorld(t)
	w.store.Break(0, errBroken)
	long, form := strings.Repeat("a", maxToken+1), url.Values{"SAMLResponse": {"x"}, "SAMLRequest": {"x"}}
	for name, try := range map[string]struct {
		method, path, bearer, session string
		form                          url.Values
		status                        int
	}{
		"a bearer without a token":     {"GET", "/api/v1/tenants/acme", "Bearer  ", "", nil, 401},
		"a long bearer token":          {"GET", "/api/v1/tenants/acme", "Bearer idp_" + long, "", nil, 401},
		"a bearer token":               {"GET", "/api/v1/tenants/acme", "Bearer idp_x", "", nil, 500},
		"a tenant of the API":          {"GET", "/api/v1/tenants/Not_A_Slug", "Bearer " + operatorToken, "", nil, 404},
		"a tenant that could be":       {"GET", "/api/v1/tenants/acme", "Bearer " + operatorToken, "", nil, 500},
		"a session of no tenant":       {"GET", "/session", "", "Not_A_Slug.x", nil, 401},
		"a session without a token":    {"GET", "/session", "", "acme.", nil, 401},
		"a session with a long token":  {"GET", "/session", "", "acme." + long, nil, 401},
		"a session":                    {"GET", "/session", "", "acme.x", nil, 500},
		"an answer for no tenant":      {"POST", "/saml/Not_A_Slug/acs", "", "", url.Values{"SAMLResponse": {"x"}}, 404},
		"an answer":                    {"POST", "/saml/acme/acs", "", "", url.Values{"SAMLResponse": {"x"}}, 500},
		"a logout of no tenant":        {"GET", "/saml/Not_A_Slug/slo?SAMLRequest=x", "", "", nil, 404},
		"a posted logout of no tenant": {"POST", "/saml/Not_A_Slug/slo", "", "", form, 404},
		"a logout":                     {"GET", "/saml/acme/slo?SAMLRequest=x", "", "", nil, 500},
		"metadata of no tenant":        {"GET", "/saml/Not_A_Slug/metadata", "", "", nil, 404},
		"an invitation of no tenant":   {"GET", "/invitation/Not_A_Slug/x", "", "", nil, 410},
		"a long invitation":            {"GET", "/invitation/acme/" + long, "", "", nil, 410},
		"an invitation":                {"GET", "/invitation/acme/x", "", "", nil, 500},
	} {
		t.Run(name, func(t *testing.T) {
			b := w.browser()
			headers := []string{"Accept", "application/json"}
			if try.bearer != "" {
				headers = append(headers, "Authorization", try.bearer)
			}
			if try.session != "" {
				b.holds(try.session)
			}
			require.Equal(t, try.status, b.do(try.method, try.path, try.form, headers...).Code)
		})
	}
}

// TestWhereTheStoreGoesAwayNobodyIsHalfIn has the store go away after each number of accesses: who is told to be in is, and the session before is over;
// who is told to be out is. Everybody else is told that it failed, and has the session that they had.
func TestWhereTheStoreGoesAwayNobodyIsHalfIn(t *testing.T) {
	credentials := url.Values{"email": {"ada@acme.test"}, "password": {password}}
	for name, c := range map[string]struct {
		sso, out bool
		begin    func(*world, *browser) (finish func() *httptest.ResponseRecorder)
	}{
		"by the provider": {sso: true, begin: func(w *world, b *browser) func() *httptest.ResponseRecorder {
			b.do("GET", "/login/acme", nil)
			return func() *httptest.ResponseRecorder { return b.post("acme", w.saml.answer("ada@acme.test")) }
		}},
		"by password": {begin: func(_ *world, b *browser) func() *httptest.ResponseRecorder {
			return func() *httptest.ResponseRecorder { return b.do("POST", "/login/acme", credentials) }
		}},
		"by a link": {begin: func(w *world, b *browser) func() *httptest.ResponseRecorder {
			link, err := w.o.Directory.InviteToPassword(t.Context(), operator, "acme", w.onePerson().ID)
			require.NoError(t, err)
			return func() *httptest.ResponseRecorder {
				return b.do("POST", "/invitation/acme/"+link, url.Values{"password": {password}, "password_again": {password}})
			}
		}},
		"out": {out: true, begin: func(_ *world, b *browser) func() *httptest.ResponseRecorder {
			return func() *httptest.ResponseRecorder { return b.do("POST", "/logout", url.Values{}) }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.person("acme", "ada@acme.test", "agent")
			if c.sso {
				w.ssoOn("acme")
			}
			failed := 0
			for n := range 16 {
				b := w.browser()
				if c.sso {
					b.signIn("acme", "ada@acme.test")
				} else {
					require.Equal(t, 303, b.do("POST", "/login/acme", credentials).Code)
				}
				before := b.cookies["__Host-idplug_session"].Value
				finish := c.begin(w, b)
				w.store.Break(n, errBroken)
				a := finish()
				w.store.Break(0, nil)
				old := w.browser()
				old.holds(before)
				if a.Code >= 500 {
					failed++
					require.Equal(t, before, b.cookies["__Host-idplug_session"].Value, n)
					continue
				}
				require.Equal(t, 303, a.Code, n)
				require.Equal(t, 401, old.do("GET", "/session", nil).Code, "%d: the session before goes on", n)
				require.Equal(t, map[bool]int{false: 200, true: 401}[c.out], b.do("GET", "/session", nil).Code, n)
			}
			require.Positive(t, failed)
			require.Less(t, failed, 16)
		})
	}
}

// holds gives the browser a session cookie.
func (b *browser) holds(session string) {
	b.cookies["__Host-idplug_session"] = &http.Cookie{Name: "__Host-idplug_session", Value: session}
}

// onePerson is the one person of acme.
func (w *world) onePerson() sso.User {
	w.t.Helper()
	page := document(w.t, w.api("GET", "/tenants/acme/users", w.admin, ""))
	return sso.User{ID: sso.UserID(page["items"].([]any)[0].(map[string]any)["id"].(string))}
}

// dry seals nothing while it is dry.
type dry struct {
	Sealer
	dry bool
}

func (d *dry) Seal(purpose string, aad, plain []byte) ([]byte, error) {
	if d.dry {
		return nil, errBroken
	}
	return d.Sealer.Seal(purpose, aad, plain)
}

// TestWhatCannotBeSealedIsNotGiven: no login, no session and no test begins without what the browser has to keep for it.
func TestWhatCannotBeSealedIsNotGiven(t *testing.T) {
	var wax *dry
	w := newWorld(t, func(o *Options) { wax = &dry{Sealer: o.Seal}; o.Seal = wax })
	w.person("acme", "ada@acme.test", "agent")
	wax.dry = true
	b := w.browser()
	require.Equal(t, 500, b.do("POST", "/login/acme", url.Values{"email": {"ada@acme.test"}, "password": {password}}).Code)
	w.ssoOn("acme")
	require.Equal(t, 500, b.do("GET", "/login/acme", nil).Code)
	require.Empty(t, b.flows())
	require.Equal(t, 500, w.api("POST", "/tenants/acme/sso/test", w.admin, "{}").Code)

	wax.dry = false
	require.Equal(t, 200, w.api("POST", "/tenants/acme/sso/test", w.admin, "{}").Code)
	saved := w.api("PATCH", "/tenants/acme/sso", w.admin, `{"version":1,"metadata_xml":"<slo/>"}`)
	require.Equal(t, 200, saved.Code, saved.Body.String())
	b.signIn("acme", "ada@acme.test")
	wax.dry = true
	a := b.do("POST", "/logout", url.Values{})
	require.Equal(t, "/login?signed_out=here", a.Header().Get("Location"), "out here, and that is what it says")
}

// TestWhatFollowsASealIsNoPartOfIt appends to what is sealed: the rest would open by itself.
func TestWhatFollowsASealIsNoPartOfIt(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme")
	whole := func(text string) bool { return len(text)%4 == 0 } // in whole groups, of which none is lost with what follows
	tried := 0
	for n := range 8 {
		b := w.browser()
		b.do("GET", "/login/acme?return_to=/"+strings.Repeat("a", n), nil)
		flow := b.cookies[b.flows()[0]]
		_, sealed, _ := strings.Cut(flow.Value, ".")
		address, err := w.ticketURL(login.Ticket{ID: strings.Repeat("a", n), Tenant: "acme", Provider: "okta", Expires: w.clock.Add(time.Minute)})
		require.NoError(t, err)
		address = strings.TrimPrefix(address, w.o.Origin)
		if whole(sealed) {
			tried++
			changed := w.browser()
			copied := *flow
			copied.Value += "!"
			changed.cookies[flow.Name] = &copied
			refusedPage(t, changed.post("acme", w.saml.answer("ada@acme.test")), sso.CorrBrowserBinding)
		}
		require.Equal(t, 303, b.post("acme", w.saml.answer("ada@acme.test")).Code)
		if whole(address[strings.Index(address, "ticket=")+len("ticket="):]) {
			tried++
			refusedPage(t, b.do("GET", address+"!", nil), sso.LinkInvalid)
		}
		require.Equal(t, 302, b.do("GET", address, nil).Code)
	}
	require.GreaterOrEqual(t, tried, 4)
	address, err := w.ticketURL(login.Ticket{ID: strings.Repeat("a", maxTicket), Tenant: "acme", Provider: "okta", Expires: w.clock.Add(time.Minute)})
	require.NoError(t, err)
	refusedPage(t, w.browser().do("GET", strings.TrimPrefix(address, w.o.Origin), nil), sso.LinkInvalid)
}
