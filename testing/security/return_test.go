package security

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/score"
)

// aways are what an attacker would have a browser led to: another origin, as some browser, proxy or library reads it, a script, or our own pages that
// would sign in or out anew.
var aways = []string{
	"https://evil.test", "https://evil.test/", "http://evil.test/x", "HTTPS://EVIL.TEST", "https:evil.test", "https:/evil.test", "https:///evil.test",
	"//evil.test", "//evil.test/%2f..", "///evil.test", "////evil.test", "/\\evil.test", "\\/evil.test", "\\\\evil.test", "\\evil.test", "/\\/evil.test",
	"/%09/evil.test", "/%0a/evil.test", "/%0d/evil.test", "/%5cevil.test", "/%5Cevil.test", "/%2fevil.test", "/%2f%2fevil.test", "%2f%2fevil.test",
	"/%252fevil.test", "/%255cevil.test", "\t//evil.test", " //evil.test", "\n//evil.test", "\r\n//evil.test", "/\t/evil.test", "/\n/evil.test",
	"/\r/evil.test", "/ /evil.test", "\x00//evil.test", "/\x00/evil.test", "/\x0b/evil.test", "\u00a0//evil.test", "/\u2028/evil.test", "\ufeff//evil.test",
	"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "javascript://%0aalert(1)", "/javascript:alert(1)/../..//evil.test",
	"data:text/html,<script>alert(1)</script>", "vbscript:x", "blob:https://evil.test/x", "file:///etc/passwd", "about:blank", "view-source:/",
	"@evil.test", "/@evil.test@//evil.test", "https://app.test@evil.test", "//app.test@evil.test", "//app.test:80@evil.test/", ".evil.test", ":80",
	"／／evil.test", "/／evil.test", "/\u2215evil.test", "/\u29f8/evil.test", "。。/evil.test", "/。/evil.test", "//evil。test", "/\u3002\u3002/evil.test",
	"/a//evil.test", "/a/..//evil.test", "/../../evil.test", "/./evil.test", "/a/./../evil.test", "/a/%2e%2e//evil.test", "/%2e%2e/evil.test", "/.//evil.test",
	"/x\r\nLocation: https://evil.test", "/x%0d%0aSet-Cookie:%20a=b\r\n", "/x\r\n\r\n<script>alert(1)</script>", "/x\nSet-Cookie: idplug_session=evil",
	"/" + strings.Repeat("a", 2000), strings.Repeat("/", 81), "https://" + strings.Repeat("e", 81) + ".test", "?x", "#x", "x", "", "..", "*", "null",
	"/login", "/login/acme", "/LOGIN", "/logout", "/saml/other/acs", "/saml/acme/slo", "/login/other?return_to=//evil.test", "/invitation/acme/x", "/%6cogin",
	"/x?next=\x7f", "/ü//evil.test", "/<script>\x01", "&SigAlg=evil", "x&SigAlg=evil&Signature=AA==", "/x\"onload=\"alert(1)\x02", "_unknown-token-of-16-chars",
}

// staying are what a person may be led to.
var staying = []string{"/", "/inbox", "/inbox/7?x=1&y=two", "/a/b/c/", "/search?q=a%20b%2Fc%26d", "/x?u=https://elsewhere.test/", "/loginx", "/console/sso", "/@me"}

// stays fails when a browser that follows location from our origin could end elsewhere. away is what an attacker asked for.
func (w *world) stays(location, away string) {
	w.t.Helper()
	require.NotContains(w.t, location, "SigAlg=evil", "%q", away)
	for _, r := range location {
		require.True(w.t, r > ' ' && r < 0x7f && r != '\\', "%q leads to %q", away, location)
	}
	at, err := url.Parse(location)
	require.NoError(w.t, err)
	if at.Host == "idp.example.test" { // the provider that the tenant's administrator chose, with a login of ours
		require.Equal(w.t, "https://idp.example.test/sso", at.Scheme+"://"+at.Host+at.Path)
		require.NotContains(w.t, location, "evil.test", "%q", away)
		return
	}
	require.True(w.t, strings.HasPrefix(location, "/"), "%q leads to %q", away, location)
	for range 3 { // however often a proxy decodes it
		require.False(w.t, strings.HasPrefix(location, "//") || strings.HasPrefix(location, "/\\"), "%q leads to %q", away, location)
		path, _, _ := strings.Cut(location, "?")
		if location, err = url.PathUnescape(path); err != nil {
			break
		}
	}
}

// elsewhere is a browser at a network of its own.
func (w *world) elsewhere() *browser { return w.browser().copyOf() }

// ways lead a browser to where it asks for; each returns the answers that lead it.
var ways = map[string]func(b *browser, to string) []answer{
	"SSO": func(b *browser, to string) []answer {
		f, began := b.beginAt("acme", "/login/acme?return_to="+url.QueryEscape(to))
		return []answer{began, b.post("acme", f.state, b.w.message(f, who(ada)))}
	},
	"known browser": func(b *browser, to string) []answer {
		b.signIn("acme", who(ada))
		a := b.do("GET", "/login?return_to="+url.QueryEscape(to), nil, "Accept", "text/html")
		if a.status == 200 { // the sign-in page, whose form says where to
			return []answer{a}
		}
		at, err := url.Parse(a.header.Get("Location"))
		require.NoError(b.w.t, err)
		f := flow{"acme", b.w.asked.last.ID, at.Query().Get("RelayState")}
		return []answer{a, b.post("acme", f.state, b.w.message(f, who(ada)))}
	},
	"organisation": func(b *browser, to string) []answer {
		a := b.do("POST", "/login", url.Values{"organisation": {"acme"}, "return_to": {to}})
		f, began := b.beginAt("acme", a.header.Get("Location"))
		return []answer{a, began, b.post("acme", f.state, b.w.message(f, who(ada)))}
	},
	"password": func(b *browser, to string) []answer {
		return []answer{b.do("POST", "/login/plain", url.Values{"email": {ada}, "password": {password}, "return_to": {to}})}
	},
	"password of any organisation": func(b *browser, to string) []answer {
		return []answer{b.do("POST", "/login", url.Values{"email": {ada}, "password": {password}, "return_to": {to}})}
	},
	"proxy": func(b *browser, to string) []answer {
		sendable := strings.Map(func(r rune) rune { // in a header
			if r < ' ' && r != '\t' || r == 0x7f {
				return -1
			}
			return r
		}, to)
		return []answer{b.do("GET", "/auth/redirect", nil, "Accept", "text/html", "X-Forwarded-Uri", sendable)}
	},
}

// beginAt starts a login at an address of ours.
func (b *browser) beginAt(t sso.TenantID, path string) (flow, answer) {
	b.w.t.Helper()
	a := b.do("GET", path, nil)
	require.Equal(b.w.t, 302, a.status, "%s", a.body)
	at, err := url.Parse(a.header.Get("Location"))
	require.NoError(b.w.t, err)
	return flow{t, b.w.asked.last.ID, at.Query().Get("RelayState")}, a
}

// formReturn finds where the form of the sign-in page leads afterwards.
var formReturn = regexp.MustCompile(`name="return_to" value="([^"]*)"`)

// TestNoSignInLeadsElsewhere asks at each place that takes a path to be led to every address of another origin. Twins are led where they asked.
func TestNoSignInLeadsElsewhere(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	tried := 0
	for name, way := range ways {
		for _, away := range aways {
			for _, a := range way(w.elsewhere(), away) {
				require.Less(t, a.status, 400, "%s: %q: %s", name, away, a.body)
				if a.status == 200 {
					w.stays(html.UnescapeString(formReturn.FindStringSubmatch(string(a.body))[1]), away)
				} else {
					w.stays(a.header.Get("Location"), away)
				}
				require.NotContains(t, fmt.Sprint(a.header), "idplug_session=evil")
				tried++
			}
		}
		if name == "proxy" {
			continue // it leads to the sign-in page, which is asked above
		}
		for _, own := range []string{"/login", "/LOGIN", "/login/acme", "/%6cogin", "/logout", "/saml/acme/slo", "/saml", "/invitation/acme/x"} {
			answers := way(w.elsewhere(), own)
			require.NotEqual(t, own, answers[len(answers)-1].header.Get("Location"), "%s: that would start over", name)
		}
		for _, to := range staying {
			answers := way(w.elsewhere(), to)
			if last := answers[len(answers)-1]; last.status != 200 { // a known browser that is on its way nowhere gets the page
				require.Equal(t, to, last.header.Get("Location"), name)
			}
		}
	}
	require.GreaterOrEqual(t, len(aways), 60)
	score.Report(t, "forms of return_to that were tried", float64(tried), ">= 360")
}

// TestRelayStateIsNoAddress posts answers with addresses as RelayState, sound answers among them, and asks to be led away when logging out.
func TestRelayStateIsNoAddress(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	unsolicited := w.message(flow{tenant: "acme"}, who(ada), func(r *devidp.Response) { r.InResponseTo, r.Assertions[0].Confirmations[0].InResponseTo = "", "" })
	tried := 0
	for _, away := range append([]string{strings.Repeat("r", 81), strings.Repeat("r", 65)}, aways...) {
		b := w.elsewhere()
		f := b.begin("acme")
		sound := w.message(f, who(ada))
		b.isRefused(sso.CorrBrowserBinding, b.copyOf().post("acme", away, sound)) // whose login it answers is not known
		require.NotContains(t, string(b.copyOf().post("acme", away, sound).body), "evil.test")
		b.copyOf().isRefused(sso.CorrBrowserBinding, b.copyOf().post("acme", f.state+away+"x", sound))
		tile := b.copyOf().post("acme", away, unsolicited) // the provider's own page may send one: it is dropped, and a login of ours begins
		require.Equal(t, 303, tile.status, "%s", tile.body)
		w.stays(tile.header.Get("Location"), away)

		require.Equal(t, 303, b.post("acme", f.state, sound).status, "its own RelayState")
		query := url.Values{"RelayState": {away}, "return_to": {away}, "SAMLRequest": {"AAAA"}}
		for _, a := range []answer{
			b.copyOf().do("POST", "/saml/acme/slo", query), b.copyOf().do("GET", "/saml/acme/slo?"+query.Encode(), nil),
			b.do("POST", "/logout?"+query.Encode(), query, "Accept", "text/html"),
		} {
			require.Less(t, a.status, 500, "%q: %s", away, a.body)
			if location := a.header.Get("Location"); location != "" {
				w.stays(location, away)
			}
			require.NotContains(t, string(a.body), "evil.test")
		}
		require.Empty(t, b.session(), "logged out all the same")
		tried += 7
	}
	score.Report(t, "forms of RelayState that were tried", float64(tried), fmt.Sprint(">= ", 7*60))
}

// TestAPathOfAnotherTenantGivesNothingThere: whoever is led to another tenant's pages is a stranger there.
func TestAPathOfAnotherTenantGivesNothingThere(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	for _, path := range []string{"/api/v1/tenants/other/sso", "/api/v1/tenants/other/users"} {
		b := w.elsewhere()
		f, _ := b.beginAt("acme", "/login/acme?return_to="+url.QueryEscape(path))
		a := b.post("acme", f.state, w.message(f, who(ada, admins)))
		require.Equal(t, path, a.header.Get("Location"), "a path of this origin")
		require.Equal(t, 404, b.do("GET", path, nil).status)
		require.Equal(t, 200, b.do("GET", strings.Replace(path, "other", "acme", 1), nil).status)
	}
}
