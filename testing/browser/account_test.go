package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// byPassword is Ada in a further window, where SSO is off.
func (n *tenant) byPassword() *chromium {
	n.t.Helper()
	c := open(n.t, desktop)
	c.visit(n.host+"/login/"+n.slug, "Sign in to")
	c.fill("#email", "ada@example.com")
	c.fill("#password", firstPassword)
	c.leaving(chromedp.Submit("#password"))
	c.see("Signed in as Ada Lovelace")
	return c
}

// TestOwnSessionsAreSeenAndEnded: who finds out that they are signed in elsewhere ends that, and it is ended there.
func TestOwnSessionsAreSeenAndEnded(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "sessions", "Sessions Inc")
	c := n.first(desktop)
	sessions := func() int { return ask(c, chromedp.Evaluate[int](`document.querySelectorAll("main dl.facts").length`)) }
	signedOut := func(other *chromium) {
		other.visit(n.host+"/account", "Sign in")
		require.NotContains(t, other.words(), "Ada Lovelace")
	}
	c.click("Your sessions")
	c.see("Your sessions")
	require.Equal(t, 1, sessions())
	require.Contains(t, c.words(), "This one")
	require.NotContains(t, c.words(), "End all other sessions", "there is no other")

	lost := n.byPassword()
	c.do(chromedp.Reload())
	c.see("Your sessions")
	require.Equal(t, 2, sessions())
	c.leaving(chromedp.Click(`button[name=end]`))
	require.Contains(t, c.words(), "The session was ended.")
	require.Equal(t, 1, sessions())
	signedOut(lost)

	lost, stolen := n.byPassword(), n.byPassword()
	c.visit(n.host+"/account", "Your sessions")
	require.Equal(t, 3, sessions())
	c.leaving(chromedp.Click(`button[value=others]`))
	require.Contains(t, c.words(), "All other sessions were ended.")
	require.Equal(t, 1, sessions())
	signedOut(lost)
	signedOut(stolen)
	c.click("Back")
	c.see("Signed in as Ada Lovelace") // this one stayed
}

// TestInGerman: a language that is chosen at the foot of a page is that of every page after it, the sign-in page too, until another one is chosen.
func TestInGerman(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "german", "German Inc")
	c := n.first(phone)
	language := func() string { return ask(c, chromedp.Evaluate[string](`document.documentElement.lang`)) }
	c.visit(n.host+"/console/users", "Users")
	require.Equal(t, "en", language())
	c.click("Deutsch")
	c.see("Benutzer")
	require.Equal(t, "de", language())
	require.Contains(t, c.words(), "Ada Lovelace")
	c.visit(n.host+"/account", "Ihre Sitzungen")
	c.visit(n.host+"/", "Angemeldet als Ada Lovelace")
	c.click("Abmelden")
	c.see("Anmelden")
	require.Contains(t, c.words(), "Sie sind abgemeldet.")
	require.Equal(t, "de", language())
	c.click("English")
	c.see("Sign in")
	require.Equal(t, "en", language())
}
