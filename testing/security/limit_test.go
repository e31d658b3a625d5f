package security

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/score"
)

// at is a browser at a network address.
func (w *world) at(address string) *browser {
	b := w.browser()
	b.from = address
	return b
}

// try is a sign-in by password in plain.
func (b *browser) try(email, password string) answer {
	b.w.t.Helper()
	return b.do("POST", "/login/plain", url.Values{"email": {email}, "password": {password}})
}

// isLimited is told when to come back.
func (b *browser) isLimited(a answer) time.Duration {
	b.w.t.Helper()
	require.Equal(b.w.t, 429, a.status, "%s", a.body)
	require.Equal(b.w.t, sso.TooManyRequests, a.code())
	seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
	require.NoError(b.w.t, err)
	require.Positive(b.w.t, seconds)
	return time.Duration(seconds) * time.Second
}

// untilLimited makes attempts until one is refused as too many, and returns how many were not.
func (b *browser) untilLimited(attempt func(i int) answer) (n int, wait time.Duration) {
	b.w.t.Helper()
	for ; n < 1000; n++ {
		if a := attempt(n); a.status == 429 {
			return n, b.isLimited(a)
		}
	}
	b.w.t.Fatal("a thousand attempts and no end")
	return n, 0
}

// TestGuessingAPasswordIsSlow: who guesses waits; the person whose account it is does not, wherever they are.
func TestGuessingAPasswordIsSlow(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	w.person("plain", "bob@example.test", "agent")
	known := w.at("192.0.2.1")
	require.Equal(t, 303, known.try(ada, password).status)

	guesser := w.at("192.0.2.1") // of ada's own office
	n, wait := guesser.untilLimited(func(int) answer { return guesser.try(ada, "wrong") })
	require.Equal(t, 10, n)
	guesser.isLimited(guesser.try(ada, password))
	guesser.isLimited(guesser.try(" ADA@example.test", password)) // another spelling is the same account
	somewhere := guesser.do("POST", "/login", url.Values{"email": {ada}, "password": {password}})
	guesser.isLimited(somewhere) // and another page counts for it, too
	require.Equal(t, 303, w.at("192.0.2.1").try("bob@example.test", password).status, "another account")
	require.Equal(t, 303, w.at("192.0.2.2").try(ada, password).status, "the person, elsewhere")
	require.Equal(t, 303, known.try(ada, password).status, "the person, in the same office, from a browser that knows the account")

	w.pass(wait)
	require.Equal(t, 303, guesser.try(ada, password).status, "the right password, after waiting")
	score.Report(t, "passwords guessed at one account before waiting", float64(n), "<= 10")
}

// TestWhoKnowsABrowserKnowsOneAccount: the mark of a known browser is good for its account, for itself, and for no more attempts than others have.
func TestWhoKnowsABrowserKnowsOneAccount(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	w.person("plain", "evil@example.test", "agent")
	evil := w.at("192.0.2.1")
	require.Equal(t, 303, evil.try("evil@example.test", password).status)
	n, _ := evil.untilLimited(func(int) answer { return evil.try(ada, "wrong") })
	require.Equal(t, 10, n, "their own mark is none at ada's account")

	thief := w.at("198.51.100.7")
	require.Equal(t, 303, thief.try(ada, password).status) // ada at a machine that is not hers
	n, _ = thief.untilLimited(func(int) answer { return thief.try(ada, "wrong") })
	require.Equal(t, 10, n, "a mark that was stolen guesses no faster")
	require.Equal(t, 303, w.at("198.51.100.7").try(ada, password).status, "nor does it keep ada out")
	for _, forged := range []string{"x", "AAAA", evil.cookies["idplug_browser"] + "A"} {
		b := w.at("192.0.2.1")
		b.cookies["idplug_browser"] = forged
		b.isLimited(b.try(ada, password))
	}
}

// TestSprayingIsSlow tries one password at many accounts from one network; each account is tried once.
func TestSprayingIsSlow(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	known := w.at("192.0.2.9")
	require.Equal(t, 303, known.try(ada, password).status)
	for name, from := range map[string]func(i int) string{
		"one address":         func(int) string { return "192.0.2.9" },
		"one IPv6 customer":   func(i int) string { return fmt.Sprintf("2001:db8:0:9::%x", i+1) },
		"headers of its own":  func(i int) string { return fmt.Sprintf("10.0.%d.%d, 203.0.113.5", i/250, i%250) },
		"a proxy of its own":  func(i int) string { return fmt.Sprintf("127.0.0.1, 10.1.%d.%d, 203.0.113.6", i/250, i%250) },
		"nonsense in between": func(i int) string { return fmt.Sprintf("192.0.2.%d, unknown", i%250) },
	} {
		sprayer := w.browser()
		n, wait := sprayer.untilLimited(func(i int) answer {
			sprayer.from = from(i)
			return sprayer.try(fmt.Sprintf("s%d@example.test", i), "Winter2026!")
		})
		require.Equal(t, 60, n, name)
		w.pass(wait)
		require.Equal(t, 403, sprayer.try("next@example.test", "wrong").status, "%s: one more, after waiting", name)
		sprayer.isLimited(sprayer.try("next2@example.test", "wrong"))
	}
	require.Equal(t, 303, known.try(ada, password).status, "in the same office, from a browser that knows the account")
	require.Equal(t, 303, w.at("192.0.2.10").try(ada, password).status, "next door")
	require.Equal(t, 303, w.at("2001:db8:0:a::1").try(ada, password).status, "another customer")

	office := w.at("198.51.100.1") // five hundred people sign in on a Monday morning
	w.person("simple", "b@example.test", "agent")
	for range 100 {
		require.Equal(t, 303, office.try(ada, password).status)
		office.cookies = map[string]string{}
	}
}

// TestASiteIsSlow attacks from a new network of one site each time. Others of the site who have a known browser, or a login under way, are let in, and
// the site next door is not concerned.
func TestASiteIsSlow(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	known := w.at("2001:db8:7::1")
	require.Equal(t, 303, known.try(ada, password).status)
	owner := w.browser()
	of := func(i int) string { return fmt.Sprintf("2001:db8:7:%x::1", i) }
	n, wait := owner.untilLimited(func(i int) answer {
		owner.from = of(i)
		return owner.try(fmt.Sprintf("s%d@example.test", i), "Winter2026!")
	})
	require.Equal(t, 16*60, n)
	require.Equal(t, 303, known.try(ada, password).status)
	require.Equal(t, 303, w.at("2001:db8:8::1").try(ada, password).status, "next door")
	w.pass(wait)
	require.Equal(t, 303, w.at(of(0xffff)).try(ada, password).status, "after waiting; and a right one does not count")

	const refused = 16 * 300
	for n := range refused {
		owner.from = of(n)
		require.NotEqual(t, 429, owner.post("acme", "x", "AAAA").status, "%d", n)
	}
	owner.from = of(refused)
	owner.isLimited(owner.post("acme", "x", "AAAA"))
	w.at(of(refused+1)).signIn("acme", who(ada))
	w.at("2001:db8:8::1").tile("acme")
}

// TestLookupsAreSlow asks for the way in of one address after the other.
func TestLookupsAreSlow(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	b := w.at("192.0.2.1")
	lookUp := func(b *browser, email string) answer {
		return b.do("POST", "/login", url.Values{"email": {email}})
	}
	n, wait := b.untilLimited(func(i int) answer { return lookUp(b, fmt.Sprintf("p%d@example.test", i)) })
	require.Equal(t, 300, n)
	require.Equal(t, 200, lookUp(w.at("192.0.2.2"), ada).status, "somebody else")
	require.Equal(t, 302, b.do("GET", "/login/acme", nil).status, "an organisation's own page is open to all")
	w.pass(wait)
	require.Equal(t, 200, lookUp(b, ada).status)
	c := w.at("192.0.2.3")
	n, _ = c.untilLimited(func(int) answer { return lookUp(c, ada) })
	require.Equal(t, 30, n)
}

// TestRefusedAnswersAreSlow posts what no login asked for until it is not even judged. Logins that were started are not concerned, from wherever.
func TestRefusedAnswersAreSlow(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	b := w.at("192.0.2.1")
	n, wait := b.untilLimited(func(i int) answer {
		return b.post([]sso.TenantID{"acme", "other"}[i%2], "x", []string{"AAAA", "", "%%%"}[i%3])
	})
	require.Equal(t, 300, n)
	neighbour := w.at("192.0.2.1")
	neighbour.signIn("acme", who(ada))
	neighbour.signIn("other", who(ada))
	w.at("192.0.2.2").tile("acme")
	w.pass(wait)
	w.at("192.0.2.1").tile("acme")

	c := w.at("192.0.2.3")
	f := c.begin("acme")
	n, _ = c.untilLimited(func(int) answer {
		copied := c.copyOf()
		copied.from = c.from
		return copied.post("acme", f.state, "AAAA")
	})
	require.Equal(t, 1+300, n, "a login is spent by its first answer; who keeps copies is not judged for ever")
	c.signIn("acme", who(ada))
}
