package security

import (
	"context"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// newHouse has acme and other, which sign in by SSO, and plain and simple, which sign in by password and know ada.
func newHouse(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	for _, id := range []sso.TenantID{"acme", "other"} {
		w.tenant(id)
		w.trust(id, entity, trusted(), nil)
	}
	for _, id := range []sso.TenantID{"plain", "simple"} {
		w.tenant(id)
		w.person(id, ada, sso.Administrator)
	}
	return w
}

// isDead asks with a session at each kind of door.
func (w *world) isDead(session string) {
	w.t.Helper()
	require.NotEmpty(w.t, session)
	for _, path := range []string{"/session", "/auth/verify", "/api/v1/tenants/acme/users", "/api/v1/tenants/plain/users", "/api/v1/providers", "/console"} {
		require.Equal(w.t, 401, w.as(session).do("GET", path, nil).status, path)
	}
}

// TestASignInEndsTheSessionBeforeIt signs in twice from one browser, in every pair of ways. What anybody knew of the first session opens nothing after
// the second, while the person's other browsers go on.
func TestASignInEndsTheSessionBeforeIt(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	ways := map[string]func(*browser){
		"SSO":                      func(b *browser) { b.signIn("acme", who(ada)) },
		"SSO elsewhere":            func(b *browser) { b.signIn("other", who(ada)) },
		"password":                 func(b *browser) { b.password("plain", ada) },
		"password elsewhere":       func(b *browser) { b.password("simple", ada) },
		"password in some tenant":  func(b *browser) { b.passwordSomewhere(ada) },
		"tile":                     func(b *browser) { b.tile("acme") },
		"invitation to a password": func(b *browser) { b.invited("plain") },
		"SSO, minutes later": func(b *browser) { // on http a browser keeps back what has no SameSite, then
			f := b.begin("acme")
			delete(b.cookies, "idplug_held")
			require.Equal(b.w.t, 303, b.post("acme", f.state, b.w.message(f, who(ada))).status)
		},
	}
	elsewhere := w.browser()
	elsewhere.signIn("acme", who(ada))
	for first, signIn := range ways {
		for second, signInAgain := range ways {
			w.pass(time.Minute) // sign-ins by password are counted
			b := w.browser()
			signIn(b)
			old := b.session()
			require.NotEmpty(t, w.as(old).who(), first)
			signInAgain(b)
			require.NotEqual(t, old, b.session(), "%s, then %s", first, second)
			require.NotEmpty(t, b.who(), "%s, then %s", first, second)
			w.isDead(old)
		}
	}
	require.NotEmpty(t, elsewhere.who(), "another browser of the same person")
}

// passwordSomewhere signs in at the page that asks for no organisation.
func (b *browser) passwordSomewhere(email string) {
	b.w.t.Helper()
	a := b.do("POST", "/login", url.Values{"email": {email}, "password": {password}})
	require.Equal(b.w.t, 303, a.status, "%s", a.body)
}

// tile comes from the provider's own page with an answer that nobody asked for, and goes on with the login that it starts, also where somebody else is
// signed in.
func (b *browser) tile(t sso.TenantID) {
	b.w.t.Helper()
	f := b.unasked(t, who(ada))
	a := b.post(t, f.state, b.w.message(f, who(ada)))
	if a.code() == sso.CorrOtherSession {
		f = b.insist(t, b.unasked(t, who(ada)), who(ada))
		a = b.post(t, f.state, b.w.message(f, who(ada)))
	}
	require.Equal(b.w.t, 303, a.status, "%s", a.body)
}

// invited sets ada's password anew by a link.
func (b *browser) invited(t sso.TenantID) {
	b.w.t.Helper()
	ctx := context.Background()
	link, err := b.w.directory.InviteToPassword(ctx, operator, t, b.w.users(t)[0].ID)
	require.NoError(b.w.t, err)
	a := b.do("POST", "/invitation/"+string(t)+"/"+link, url.Values{"password": {password}, "password_again": {password}})
	require.Equal(b.w.t, 303, a.status, "%s", a.body)
}

// TestAPlantedSessionBecomesNobodyElses: an attacker has put a session of their own into somebody's browser and waits there.
func TestAPlantedSessionBecomesNobodyElses(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	for _, signIn := range []func(*browser){
		func(b *browser) { b.signIn("acme", who(ada)) }, func(b *browser) { b.password("plain", ada) },
	} {
		attacker := w.browser()
		attacker.signIn("acme", who("evil@example.test"))
		victim := w.as(attacker.session())
		signIn(victim)
		require.NotEqual(t, attacker.session(), victim.session())
		require.Empty(t, attacker.who(), "neither the victim nor themselves")
		require.NotEmpty(t, victim.who())
	}
	for _, invented := range []string{"acme.invented", "acme.", ".x", "plain.AAAA", "nowhere.AAAA", "acme." + password} {
		victim := w.as(invented)
		victim.signIn("acme", who(ada))
		require.NotEqual(t, invented, victim.session(), "an ID that a browser brings is never taken over")
		w.isDead(invented)
	}
}

// TestASignInThatFailsEndsNothing: who is refused keeps what they had.
func TestASignInThatFailsEndsNothing(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	b := w.browser()
	id := b.signIn("acme", who(ada))
	require.Equal(t, sso.PasswordWrong, b.do("POST", "/login/plain", url.Values{"email": {ada}, "password": {"wrong"}}).code())
	forged := stranger()
	evil := who(ada)
	evil.key = &forged
	require.Equal(t, sso.SigUntrustedKey, b.arrive("acme", evil).code())
	b.begin("other") // and never comes back
	require.Equal(t, id, b.who())
}

// TestTabsThatSignInTogetherLeaveOneSession starts several logins in one browser before the first of them ends.
func TestTabsThatSignInTogetherLeaveOneSession(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	b := w.browser()
	b.signIn("acme", who(ada))
	sessions := []string{b.session()}
	flows := []flow{b.begin("acme"), b.begin("other"), b.begin("acme")}
	for _, f := range flows {
		require.Equal(t, 303, b.post(f.tenant, f.state, w.message(f, who(ada))).status)
		require.NotEmpty(t, b.who(), "each tab arrives")
		for _, old := range sessions {
			w.isDead(old)
		}
		sessions = append(sessions, b.session())
	}

	// Both at the same moment: neither knows of the other, and what was there before ends once.
	old := b.session()
	flows = []flow{b.begin("acme"), b.begin("acme")}
	answers := make([]answer, len(flows))
	var group sync.WaitGroup
	for i, f := range flows {
		message := w.message(f, who(ada))
		group.Go(func() { answers[i] = b.copyOf().post(f.tenant, f.state, message) })
	}
	group.Wait()
	for _, a := range answers {
		require.Equal(t, 303, a.status, "%s", a.body)
		b.learn(a)
		require.NotEmpty(t, b.who())
	}
	w.isDead(old)
}
