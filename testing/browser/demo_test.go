package browser

import (
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// TestTheDemoSignsIn does what the README promises: start the demo, open its page, choose a person.
func TestTheDemoSignsIn(t *testing.T) {
	t.Parallel()
	c := open(t, desktop)
	demo := startDemo(t)
	c.visit(demo+"/login/acme-okta", "Who are you?")
	c.click("Grace Hopper")
	c.see("Signed in as Grace Hopper")
	c.at(demo)
	words := c.words()
	for _, word := range []string{"grace@example.com", "Acme at Okta", "Okta", "agent", "emea"} {
		require.Contains(t, words, word)
	}
	require.NotContains(t, words, "administrator")
	c.do(chromedp.Navigate(demo + "/session"))
	require.Contains(t, ask(c, chromedp.Text("pre")), `"roles":["agent"]`)

	c.visit(demo+"/", "Signed in as Grace Hopper")
	c.click("Sign out")
	c.see("Sign in")
	require.Contains(t, c.words(), "You are signed out.")
	require.Empty(t, c.cookies("idplug_session"))

	// Somebody else sits down: the administrator, who reads the Single Sign-On page.
	c.forget()
	c.visit(demo+"/login/acme-okta?return_to=/console", "Who are you?")
	c.click("Ada Lovelace")
	c.see("Single Sign-On")
	require.Contains(t, c.words(), demo+"/saml/acme-okta/acs")
	c.visit(demo+"/api/docs", "API")
}

// startDemo runs the demo as `make run` does, in a folder of its own.
func startDemo(t *testing.T) string {
	t.Helper()
	return startProgram(t, "idplug runs at ", "demo", "--dir", filepath.Join(t.TempDir(), "demo"), "--listen", "127.0.0.1:0").URL
}
