package security

import (
	"fmt"
	"html"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
)

// sent begins a login at the wish of a page of some site.
func (b *browser) sent(t sso.TenantID, site string) flow {
	b.w.t.Helper()
	return b.flowOf(t, b.do("GET", "/login/"+string(t)+"?return_to=/tickets", nil, "Sec-Fetch-Site", site, "Sec-Fetch-Mode", "navigate"))
}

// unasked brings an answer that nobody asked for, and goes to the provider with the login that it starts.
func (b *browser) unasked(t sso.TenantID, p identity) flow {
	b.w.t.Helper()
	delete(b.cookies, "idplug_tile") // a minute has passed
	return b.flowOf(t, b.post(t, "", b.w.message(flow{tenant: t}, p, func(r *devidp.Response) {
		r.InResponseTo, r.Assertions[0].Confirmations[0].InResponseTo = "", ""
	})))
}

var goOn = regexp.MustCompile(`href="(/login/[^"]+)"`)

// insist looks at the page that asks, and presses the button that goes on as somebody else.
func (b *browser) insist(t sso.TenantID, f flow, p identity) flow {
	b.w.t.Helper()
	b.accept = "text/html"
	question := b.post(t, f.state, b.w.message(f, p))
	b.accept = ""
	require.Equal(b.w.t, 409, question.status, "%s", question.body)
	link := goOn.FindSubmatch(question.body)
	require.NotNil(b.w.t, link, "%s", question.body)
	return b.flowOf(t, b.do("GET", html.UnescapeString(string(link[1])), nil))
}

// TestNoOtherSiteSwapsASession: wherever another site sends a browser, the session of somebody else that it holds stays until the person says otherwise on
// a page of ours.
func TestNoOtherSiteSwapsASession(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	firsts := map[string]func(*browser){
		"elsewhere":     func(b *browser) { b.signIn("other", who(ada)) },
		"here":          func(b *browser) { b.signIn("acme", who(ada)) },
		"by a password": func(b *browser) { b.password("plain", ada) },
	}
	seconds := map[string]func(b *browser, p identity, first func()) flow{
		"a link":               func(b *browser, _ identity, first func()) flow { first(); return b.sent("acme", "cross-site") },
		"a link's sub-domain":  func(b *browser, _ identity, first func()) flow { first(); return b.sent("acme", "same-site") },
		"an unasked answer":    func(b *browser, p identity, first func()) flow { first(); return b.unasked("acme", p) },
		"a link opened before": func(b *browser, _ identity, first func()) flow { defer first(); return b.sent("acme", "cross-site") },
	}
	n := 0
	for name, first := range firsts {
		for by, second := range seconds {
			w.pass(time.Minute) // sign-ins by password are counted
			n++
			eve := who(fmt.Sprintf("eve%d@example.test", n))
			b := w.browser()
			f := second(b, eve, func() { first(b) })
			session, holder, users := b.session(), b.who(), len(w.users("acme"))

			question := b.post("acme", f.state, w.message(f, eve))
			require.Equal(t, 409, question.status, "%s, %s: %s", name, by, question.body)
			require.Equal(t, sso.CorrOtherSession, question.code())
			require.Equal(t, session, b.session(), "%s, %s", name, by)
			require.Equal(t, holder, b.who(), "%s, %s: nothing has ended", name, by)
			require.Len(t, w.users("acme"), users, "%s, %s: nobody was created", name, by)
			last := w.lastLogin("acme")
			require.Equal(t, sso.CorrOtherSession, last.Code)
			require.Empty(t, last.User)

			f = b.insist("acme", second(b, eve, func() {}), eve)
			require.Equal(t, 303, b.post("acme", f.state, w.message(f, eve)).status, "%s, %s", name, by)
			require.NotContains(t, []sso.UserID{"", holder}, b.who())
			w.isDead(session)
		}
	}
}

// TestWhoHasNothingToLoseIsNotAsked: the same ways lead in where the session is the person's own, is no more, or never was; and so does one that
// they chose on a page of ours.
func TestWhoHasNothingToLoseIsNotAsked(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	ways := map[string]func(*browser) flow{
		"a link":            func(b *browser) flow { return b.sent("acme", "cross-site") },
		"an unasked answer": func(b *browser) flow { return b.unasked("acme", who(ada)) },
	}
	for by, way := range ways {
		for name, before := range map[string]func(*browser){
			"nobody":              func(*browser) {},
			"the same person":     func(b *browser) { b.signIn("acme", who(ada)) },
			"somebody, ended":     func(b *browser) { b.signIn("other", who(ada)); b.copyOf().do("POST", "/logout", nil) },
			"a session made up":   func(b *browser) { b.cookies["idplug_session"] = "other.invented" },
			"a hash made up":      func(b *browser) { b.cookies["idplug_held"] = "other.invented" },
			"no tenant's session": func(b *browser) { b.cookies["idplug_held"] = "nowhere.invented" },
		} {
			b := w.browser()
			before(b)
			f := way(b)
			require.Equal(t, 303, b.post("acme", f.state, w.message(f, who(ada))).status, "%s, %s", by, name)
			require.NotEmpty(t, b.who())
		}
	}
	for _, site := range []string{"none", "same-origin", ""} {
		b := w.browser()
		b.signIn("other", who(ada))
		old := b.session()
		f := b.sent("acme", site)
		a := b.post("acme", f.state, w.message(f, who(ada)))
		require.Equal(t, 303, a.status, "%q: %s", site, a.body)
		require.Equal(t, "/tickets", a.header.Get("Location"))
		w.isDead(old)
	}
}
