package browser

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// TestTheConnectionIsTested before anybody depends on it: a real sign-in whose outcome is read, and that changes nothing.
func TestTheConnectionIsTested(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "tested", "Tested Inc")
	c := n.first(desktop)
	n.api(http.MethodPut, "/sso", map[string]any{"version": 0, "use_sso": false, "provider": "okta", "metadata_url": n.metadata("okta")})
	c.visit(n.host+"/console/test", "Test")
	require.Contains(t, c.words(), "not tested yet")
	c.click("Sign in at Okta")
	c.see("Who are you?")
	c.at(n.idp)
	c.click("Grace Hopper")
	c.see("Outcome of the test: Okta")
	words := c.words()
	require.Contains(t, words, "The connection works")
	require.Contains(t, words, "A sign-in of this person would be refused")
	require.Contains(t, words, "user_unknown")
	require.Contains(t, words, "grace@example.com", "what the provider sent")
	c.click("Test again")
	c.see("Test")
	require.NotContains(t, c.words(), "not tested yet")

	// Ada is still who sits here, SSO is still off, and Grace is nobody still.
	c.visit(n.host+"/console/sso", "Single Sign-On")
	require.Equal(t, "inactive", c.chip())
	c.visit(n.host+"/console/users", "Users")
	require.NotContains(t, c.words(), "Grace Hopper")
	c.visit(n.host+"/", "Signed in as Ada Lovelace")
}

// TestMappingsAreTriedOnARecentSignIn: what the provider sent yesterday, under the rows of today.
func TestMappingsAreTriedOnARecentSignIn(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "preview", "Preview Inc")
	n.ssoOn("okta", map[string]any{"create_user_on_first_login": true, "default_roles": []string{"agent"}})
	require.Contains(t, n.signsIn("Grace Hopper", "Signed in as Grace Hopper").words(), "agent")
	c := n.administrator(desktop)
	outcome := func() string { return ask(c, chromedp.Text("#outcome")) }
	tryGrace := func() {
		c.visit(n.host+"/console/preview", "Try the mappings")
		c.do(chromedp.Evaluate[chromedp.Void](`{ const s = document.querySelector("#login");
			s.value = [...s.options].find(o => o.text.includes("grace@example.com")).value; }`))
		c.push(`//button[.="Take its attributes"]`)
		c.do(chromedp.WaitVisible("#outcome"))
	}
	tryGrace()
	require.Contains(t, c.value("#attributes"), "groups=emea")
	require.Contains(t, outcome(), "Agent (by default)")

	c.visit(n.host+"/console/sso", "Single Sign-On")
	c.addRow("+ Add Role Mapping", "groups", "emea", "Team Manager")
	c.saved()
	tryGrace()
	require.Contains(t, outcome(), "Team Manager (Role mapping 1)")
	// The attributes that came may be changed before they are tried.
	c.fill("#attributes", "groups=elsewhere")
	c.leaving(chromedp.Click(`//button[.="Show"]`))
	require.Contains(t, outcome(), "Agent (by default)")

	grace := n.signsIn("Grace Hopper", "Signed in as Grace Hopper").words()
	require.NotContains(t, grace, "team_manager", "trying changes nobody")
}
