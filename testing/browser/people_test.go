package browser

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// TestPeopleAreAddedDeactivatedAndLetInAgain on the pages of the console; each step is seen at the provider's door.
func TestPeopleAreAddedDeactivatedAndLetInAgain(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "people", "People Inc")
	n.ssoOn("okta", nil)
	n.signsIn("Grace Hopper", "You have no user here yet")
	c := n.administrator(desktop)
	c.click("Users")
	c.see("Users")
	c.click("Add a user")
	c.see("Add a user")
	c.fill("#email", "grace@example.com")
	c.fill("#name", "Grace Hopper")
	c.tick("Agent", true)
	c.tick("EMEA", true)
	c.save()
	require.Contains(t, c.words(), "Grace Hopper")
	grace := n.signsIn("Grace Hopper", "Signed in as Grace Hopper")
	require.Contains(t, grace.words(), "emea")

	c.visit(n.host+"/console/users?search=grace", "Users")
	c.leaving(chromedp.Click(`.list tbody a`))
	c.see("Grace Hopper")
	require.Equal(t, "active", c.chip())
	c.do(chromedp.ScrollIntoView(`#status button`))
	c.leaving(chromedp.Click(`#status button[value=deactivate]`))
	require.Equal(t, "deactivated", c.chip())
	grace.do(chromedp.Navigate(n.host + "/"))
	grace.see("deactivated") // her session ended, and the provider sends her back to a closed door
	c.leaving(chromedp.Click(`#status button[value=reactivate]`))
	require.Equal(t, "active", c.chip())
	n.signsIn("Grace Hopper", "Signed in as Grace Hopper")
}

// TestPeopleAreImported: a file is checked, shown and only then taken.
func TestPeopleAreImported(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "import", "Import Inc")
	n.ssoOn("okta", nil)
	c := n.administrator(desktop)
	c.visit(n.host+"/console/users/import", "Import users")
	upload := func(rows string) {
		file := filepath.Join(t.TempDir(), "people.csv")
		require.NoError(t, os.WriteFile(file, []byte("email,name,roles,inboxes\n"+rows), 0o600))
		c.do(chromedp.SetUploadFiles("#file", []string{file}))
		c.leaving(chromedp.Click(`button[value=check]`))
	}
	upload("grace@example.com,Grace Hopper,pilot,\n")
	require.Contains(t, c.words(), "Nothing was saved")
	upload("grace@example.com,Grace Hopper,analyst,emea\nplato@example.com,Plato,agent,general\n")
	require.Contains(t, c.words(), "The file is in order")
	c.leaving(chromedp.Click(`button[value=import]`))
	c.see("Users")
	require.Contains(t, c.words(), "plato@example.com")
	require.Contains(t, n.signsIn("Grace Hopper", "Signed in as Grace Hopper").words(), "analyst")
}

// TestWithoutScripts: the page is opened, metadata saved, SSO turned on, somebody added, somebody signs in; no script runs anywhere.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "plain", "Plain Inc")
	c := n.first(phone)
	c.scripts(false)
	c.visit(n.host+"/console/sso", "Single Sign-On")
	require.False(t, ask(c, chromedp.Evaluate[bool](`document.documentElement.classList.contains("js")`)), "no script ran")
	require.False(t, c.shown("#metadata_url"))
	c.tick("Use SSO", true)
	c.chooseProvider("okta")
	c.leaving(chromedp.Click(`button[value=show]`))
	require.True(t, c.shown(`.guide[data-provider=okta]`), "the guide comes by a button")
	c.fill("#metadata_url", n.metadata("okta"))
	c.saved()
	require.Equal(t, "active", c.chip())
	c.visit(n.host+"/console/users/new", "Add a user")
	c.fill("#email", "grace@example.com")
	c.tick("Agent", true)
	c.save()
	require.Contains(t, c.words(), "grace@example.com")
	c.click("Sign out")
	c.see("Sign in")

	c.visit(n.host+"/login/plain", "Who are you?")
	c.click("Grace Hopper")
	c.click("Continue")
	c.see("Signed in as")
	require.Contains(t, c.words(), "grace@example.com")
}
