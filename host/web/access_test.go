package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// operatorOnly are the routes that no administrator may use, not even for the own tenant.
var operatorOnly = []string{
	"GET /plugins", "GET /plugins/{key}", "POST /plugins/{key}/pin", "POST /plugins/{key}/restart", "GET /tenants", "POST /tenants", "PATCH /tenants/{tenant}", "DELETE /tenants/{tenant}",
}

// TestWhoMayDoWhat asks every route of the OpenAPI file as everybody there is. Bodies are wrong on purpose, so that nothing changes: whoever
// gets as far as the body is allowed in.
func TestWhoMayDoWhat(t *testing.T) {
	w := newWorld(t)
	w.tenant("other")
	w.person("acme", "admin@acme.test", "administrator")
	w.person("acme", "agent@acme.test", "agent")
	w.person("other", "admin@other.test", "administrator")
	otherToken := w.token("other")
	session := func(tenant sso.TenantID, email string) *browser {
		b := w.browser()
		require.Equal(t, 303, b.do("POST", "/login/"+string(tenant), url.Values{"email": {email}, "password": {password}}).Code)
		return b
	}
	callers := map[string]func(method, path, body string) *httptest.ResponseRecorder{
		"anonymous":   func(m, p, b string) *httptest.ResponseRecorder { return w.api(m, p, "", b) },
		"bad token":   func(m, p, b string) *httptest.ResponseRecorder { return w.api(m, p, "idp_nothing", b) },
		"operator":    func(m, p, b string) *httptest.ResponseRecorder { return w.api(m, p, operatorToken, b) },
		"token":       func(m, p, b string) *httptest.ResponseRecorder { return w.api(m, p, w.admin, b) },
		"other token": func(m, p, b string) *httptest.ResponseRecorder { return w.api(m, p, otherToken, b) },
	}
	for name, b := range map[string]*browser{
		"user": session("acme", "agent@acme.test"), "admin": session("acme", "admin@acme.test"), "other admin": session("other", "admin@other.test"),
	} {
		callers[name] = func(m, p, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(m, w.o.Origin+apiBase+p, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			for _, c := range b.cookies {
				r.AddCookie(c)
			}
			return w.serve(r)
		}
	}
	for _, route := range specRoutes(t) {
		method, path, _ := strings.Cut(route, " ")
		ofTenant := strings.Contains(path, "{tenant}")
		concrete := strings.NewReplacer("{tenant}", "acme", "{provider}", "okta", "{key}", "okta", "{id}", "nobody").Replace(path)
		for caller, ask := range callers {
			want := 0 // let in
			switch caller {
			case "anonymous", "bad token":
				want = 401
			case "user":
				want = 403
			case "admin", "token":
				if slices.Contains(operatorOnly, route) {
					want = 403
				}
			case "other token", "other admin":
				switch {
				case ofTenant:
					want = 404
				case slices.Contains(operatorOnly, route):
					want = 403
				}
			}
			body := ""
			if method == "PUT" || method == "POST" || method == "PATCH" {
				body = `{"no_such_field":1}`
			}
			if want == 0 && route == "DELETE /tenants/{tenant}" {
				continue // it would be gone
			}
			got := ask(method, concrete, body)
			t.Run(caller+" "+route, func(t *testing.T) { judge(t, got, route, want) })
		}
	}
}

// TestWhereNothingIsSentNothingFails: what needs a body says that it is missing.
func TestWhereNothingIsSentNothingFails(t *testing.T) {
	w := newWorld(t)
	id := string(w.person("acme", "ada@acme.test", "agent").ID)
	for _, route := range specRoutes(t) {
		method, path, _ := strings.Cut(route, " ")
		if method == "GET" || method == "DELETE" {
			continue
		}
		a := w.api(method, strings.NewReplacer("{tenant}", "acme", "{provider}", "okta", "{key}", "okta", "{id}", id).Replace(path), operatorToken, "")
		require.Less(t, a.Code, 500, "%s: %s", route, a.Body)
		if method == "PATCH" || method == "PUT" {
			refused(t, a, 400, sso.BadJSON)
		}
	}
}

func judge(t *testing.T, got *httptest.ResponseRecorder, route string, want int) {
	t.Helper()
	if want == 0 {
		require.NotContains(t, []int{401, 403}, got.Code, got.Body.String())
		require.Less(t, got.Code, 500, got.Body.String())
		if got.Code == 404 {
			require.Contains(t, route, "{id}")
		}
		return
	}
	if route == "PATCH /tenants/{tenant}" && want == 403 && got.Code == 422 {
		return // an administrator's body is read before the use case refuses; nothing is changed
	}
	require.Equal(t, want, got.Code, got.Body.String())
	require.Equal(t, problemJSON, got.Header().Get("Content-Type"))
	if want == 401 {
		require.Equal(t, "Bearer", got.Header().Get("WWW-Authenticate"))
	}
}

func TestAdministratorsCannotChangeTheTenantItself(t *testing.T) {
	w := newWorld(t)
	refused(t, w.api("PATCH", "/tenants/acme", w.admin, `{"name":"X"}`), 403, sso.Forbidden)
}

func TestBearerTokens(t *testing.T) {
	w := newWorld(t)
	get := func(header string) int {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/tenants/acme", nil)
		r.Header.Set("Authorization", header)
		return w.serve(r).Code
	}
	require.Equal(t, 200, get("Bearer "+w.admin))
	require.Equal(t, 200, get("bearer "+operatorToken))
	for _, bad := range []string{
		"Bearer", "Bearer ", "Basic " + operatorToken, operatorToken, "Bearer " + operatorToken + "x", "Bearer " + operatorToken[1:],
		"Bearer " + strings.Repeat("a", 10_000), "Bearer \x00",
	} {
		require.Equal(t, 401, get(bad), bad)
	}
	none := newWorld(t, func(o *Options) { o.OperatorToken = "" })
	require.Equal(t, 401, none.api("GET", "/tenants", "", "", "Authorization", "Bearer ").Code, "no operator token is not an empty one")
}

func TestConsoleSessionNeedsARequestOfOurOwn(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "admin@acme.test", "administrator")
	b := w.browser()
	b.do("POST", "/login/acme", url.Values{"email": {"admin@acme.test"}, "password": {password}})
	save := func(headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPut, w.o.Origin+"/api/v1/tenants/acme/inboxes", strings.NewReader(`[{"key":"a","name":"A"},{"key":"general","name":"G"}]`))
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		for _, c := range b.cookies {
			r.AddCookie(c)
		}
		return w.serve(r)
	}
	refused(t, save("Sec-Fetch-Site", "cross-site"), 403, sso.CSRFRefused)
	refused(t, save("Sec-Fetch-Site", "same-site"), 403, sso.CSRFRefused)
	refused(t, save("Origin", "https://evil.test"), 403, sso.CSRFRefused)
	refused(t, save("Sec-Fetch-Site", "same-origin", "Content-Type", "text/plain"), 415, sso.UnsupportedMedia)
	require.Equal(t, 200, save("Sec-Fetch-Site", "same-origin").Code)
	require.Equal(t, 200, save("Origin", w.o.Origin).Code)

	// With neither header it is let in: a script's, or that of a browser from before both. What keeps such a browser from being used by another
	// site is the cookie, which does not come along from there. Whoever changes one of the two has to think of the other.
	require.Equal(t, http.SameSiteLaxMode, b.cookies["__Host-"+sessionCookie].SameSite)
	require.Equal(t, 200, save().Code)
	refused(t, save("Sec-Fetch-Site", "same-origin", "Authorization", "Bearer wrong"), 401, sso.Unauthorized)
}

// TestAPostStaysAPost, whatever it says it would rather be: what a page of another site may send as a form must not become another method on the way.
func TestAPostStaysAPost(t *testing.T) {
	w := newWorld(t)
	path := "/tenants/acme/users/" + string(w.person("acme", "ada@acme.test", "agent").ID)
	for _, method := range []string{"POST", "GET"} {
		for _, header := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-Method"} {
			w.api(method, path, w.admin, "", header, "DELETE")
		}
		w.api(method, path+"?_method=DELETE", w.admin, "")
		w.api(method, path, w.admin, "_method=DELETE", "Content-Type", formType)
	}
	require.Equal(t, 405, w.api("POST", path, w.admin, "", "X-HTTP-Method-Override", "DELETE").Code)
	require.Equal(t, 200, w.api("GET", path, w.admin, "").Code, "the person is still there")
	require.Equal(t, 204, w.api("DELETE", path, w.admin, "").Code, "the twin")
	a := w.api("POST", "/tenants/acme/users?_method=GET", w.admin, `{"email":"bob@acme.test","roles":["agent"]}`, "X-HTTP-Method-Override", "GET")
	require.Equal(t, 201, a.Code, "%s", a.Body)
}

func TestTenantsPeopleAndTokens(t *testing.T) {
	w := newWorld(t)
	a := w.api("POST", "/tenants", operatorToken, `{"slug":"beta","name":"Beta","email_domains":["beta.test"]}`)
	require.Equal(t, 201, a.Code, a.Body.String())
	require.Equal(t, "/api/v1/tenants/beta", a.Header().Get("Location"))
	require.Equal(t, []any{"beta.test"}, document(t, a)["email_domains"])
	refused(t, w.api("POST", "/tenants", operatorToken, `{"slug":"beta"}`), 409, sso.SlugTaken)

	a = w.api("POST", "/tenants/acme/users", w.admin, `{"email":"Ada@acme.test","name":"Ada","roles":["agent"],"inboxes":["general"]}`)
	require.Equal(t, 201, a.Code, a.Body.String())
	user := document(t, a)
	require.Equal(t, "ada@acme.test", user["email"])
	require.Equal(t, "invited", user["status"])
	require.Nil(t, user["last_login_at"])
	require.Equal(t, []any{}, user["identities"])
	path := strings.TrimPrefix(a.Header().Get("Location"), apiBase)
	refused(t, w.api("POST", "/tenants/acme/users", w.admin, `{"email":"ada@ACME.test","roles":["agent"]}`), 409, sso.EmailTaken)
	a = w.api("PATCH", path, w.admin, `{"roles":["analyst"]}`)
	require.Equal(t, []any{"analyst"}, document(t, a)["roles"])
	require.Equal(t, []any{"general"}, document(t, a)["inboxes"])
	require.Equal(t, 204, w.api("DELETE", path+"/identities", w.admin, "").Code)
	require.Equal(t, 204, w.api("DELETE", path, w.admin, "").Code)
	refused(t, w.api("GET", path, w.admin, ""), 404, sso.NotFound)

	a = w.api("POST", "/tenants/acme/tokens", w.admin, `{"name":"ci"}`)
	require.Equal(t, 201, a.Code, a.Body.String())
	token := document(t, a)
	require.Equal(t, 200, w.api("GET", "/tenants/acme/sso", token["token"].(string), "").Code)
	require.NotContains(t, w.api("GET", "/tenants/acme/tokens", w.admin, "").Body.String(), token["token"])
	require.Equal(t, 204, w.api("DELETE", fmt.Sprintf("/tenants/acme/tokens/%s", token["id"]), w.admin, "").Code)
	refused(t, w.api("GET", "/tenants/acme/sso", token["token"].(string), ""), 401, sso.Unauthorized)

	a = w.api("PUT", "/tenants/acme/roles", w.admin, `[{"key":"agent","name":"Agent"}]`)
	refused(t, a, 409, sso.RoleProtected)
	a = w.api("PUT", "/tenants/acme/roles", w.admin, `[{"key":"administrator","name":"Admin"},{"key":"solo","name":"Solo","exclusive":true}]`)
	require.Equal(t, 200, a.Code, a.Body.String())
	require.JSONEq(t, a.Body.String(), w.api("GET", "/tenants/acme/roles", w.admin, "").Body.String())
	require.Equal(t, 204, w.api("DELETE", "/tenants/beta", operatorToken, "").Code)
}

func TestListsArePaged(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.person("acme", fmt.Sprintf("p%d@acme.test", i), "agent")
	}
	var seen []string
	cursor := ""
	for range 10 {
		a := w.api("GET", "/tenants/acme/users?limit=2&cursor="+url.QueryEscape(cursor), w.admin, "")
		require.Equal(t, 200, a.Code, a.Body.String())
		doc := document(t, a)
		for _, u := range doc["items"].([]any) {
			seen = append(seen, u.(map[string]any)["email"].(string))
		}
		if cursor = doc["next"].(string); cursor == "" {
			break
		}
	}
	require.Equal(t, []string{"p0@acme.test", "p1@acme.test", "p2@acme.test", "p3@acme.test", "p4@acme.test"}, seen)
	for _, bad := range []string{"limit=0", "limit=201", "limit=-1", "limit=x", "limit=99999999999999999999"} {
		refused(t, w.api("GET", "/tenants/acme/users?"+bad, w.admin, ""), 400, sso.BadRequest)
	}
	refused(t, w.api("GET", "/tenants/acme/users?status=x", w.admin, ""), 400, sso.BadRequest)
	for _, list := range []string{"/tenants", "/tenants/acme/logins", "/tenants/acme/audit", "/plugins", "/providers", "/tenants/acme/tokens"} {
		doc := document(t, w.api("GET", list, operatorToken, ""))
		require.IsType(t, []any{}, doc["items"], list)
		require.IsType(t, "", doc["next"], list)
	}
}

func TestTracesShowLoginsAndChanges(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme")
	b := w.browser()
	b.signIn("acme", "ada@acme.test")
	b.do("GET", "/login/acme", nil)
	a := b.post("acme", w.saml.encode(said{InResponseTo: "id-2", Email: "x@y.test", Code: sso.SigDigest}))
	require.Equal(t, 403, a.Code)
	logins := document(t, w.api("GET", "/tenants/acme/logins", w.admin, ""))["items"].([]any)
	first := logins[0].(map[string]any)
	require.Equal(t, "refused", first["outcome"])
	require.Equal(t, "sig.digest", first["code"])
	require.Equal(t, a.Header().Get("X-Request-Id"), first["request_id"])
	require.NotEmpty(t, first["steps"])
	require.Equal(t, "signed_in", logins[1].(map[string]any)["outcome"])

	rows := document(t, w.api("GET", "/tenants/acme/audit", w.admin, ""))["items"].([]any)
	i := slices.IndexFunc(rows, func(r any) bool { return r.(map[string]any)["action"] == "sso.save" })
	require.GreaterOrEqual(t, i, 0)
	row := rows[i].(map[string]any)
	require.Equal(t, "operator:token", row["actor"])
	require.IsType(t, map[string]any{}, row["after"])
	require.NotContains(t, a.Body.String(), "<idp/>")
}

func TestProviderGuidesShowTheTenantsValues(t *testing.T) {
	w := newWorld(t)
	var list struct {
		Items []struct{ Guide []struct{ Text string } }
	}
	a := w.api("GET", "/providers?tenant=acme", w.admin, "")
	require.NoError(t, json.Unmarshal(a.Body.Bytes(), &list))
	require.Equal(t, "Enter https://app.test/saml/acme/acs and https://app.test/saml/acme/metadata.", list.Items[0].Guide[0].Text)
	require.Contains(t, w.api("GET", "/providers/okta", w.admin, "").Body.String(), "{acs_url}")
	refused(t, w.api("GET", "/providers?tenant=other", w.admin, ""), 404, sso.NotFound)
	refused(t, w.api("GET", "/providers/nothing", w.admin, ""), 404, sso.NotFound)
	require.Equal(t, 200, w.api("GET", "/plugins/okta", operatorToken, "").Code)
}

func TestRule07_TurningSSOOnByASessionSparesThatSessionAlone(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "admin@acme.test", "administrator")
	signIn := url.Values{"email": {"admin@acme.test"}, "password": {password}}
	saving, other := w.browser(), w.browser()
	saving.do("POST", "/login/acme", signIn)
	other.do("POST", "/login/acme", signIn)
	r := httptest.NewRequest(http.MethodPut, w.o.Origin+"/api/v1/tenants/acme/sso",
		strings.NewReader(`{"version":0,"use_sso":true,"provider":"okta","metadata_xml":"<idp/>"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range saving.cookies {
		r.AddCookie(c)
	}
	require.Equal(t, 200, w.serve(r).Code)
	require.Equal(t, 200, saving.do("GET", "/session", nil).Code)
	require.Equal(t, 401, other.do("GET", "/session", nil).Code)
}
