package browser

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

const firstPassword = "correct horse battery staple"

// first opens the link of the first administrator and chooses a password.
func (n *tenant) first(width int) *chromium {
	n.t.Helper()
	c := open(n.t, width)
	c.visit(n.link, "Welcome to")
	c.fill("#name", "Ada Lovelace")
	c.fill("#password", firstPassword)
	c.fill("#password_again", firstPassword)
	c.click("Set password")
	c.see("Signed in as Ada Lovelace")
	return c
}

// TestActivate is the article's first task: from nothing to everybody signing in at the provider.
func TestActivate(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "activate", "Activate Inc")
	c := n.first(desktop)
	c.click("Single Sign-On settings")
	c.see("Single Sign-On")
	require.Equal(t, "incomplete", c.chip())
	require.Contains(t, c.words(), "Settings › Security and Compliance › Single Sign-On")
	require.Contains(t, c.words(), n.host+"/saml/activate/acs", "what the provider asks for is there before anything is set up")
	for _, option := range []string{"#force_reauthentication", "#metadata_url", "#create_user_on_first_login"} {
		require.False(t, c.shown(option), "%s appears once SSO is on", option)
	}
	c.tick("Use SSO", true)
	for _, option := range []string{"#force_reauthentication", "#metadata_url", "#create_user_on_first_login"} {
		require.True(t, c.shown(option), option)
	}
	c.chooseProvider("okta")
	require.True(t, c.shown(`.guide[data-provider=okta] li`), "the chosen provider's guide opens")
	require.Contains(t, c.words(), "How to set up Okta")
	c.fill("#metadata_url", n.metadata("okta"))
	c.saved()
	require.Equal(t, "active", c.chip())
	require.Contains(t, c.value("#metadata_xml"), "EntityDescriptor", "what was fetched stands in Metadata")
	require.Contains(t, c.words(), "http://www.okta.com/exk1dev0dp0idplug001")

	// Everybody now signs in there; the administrator, too.
	c.click("Sign out")
	c.see("Sign in")
	c.visit(n.host+"/login/activate", "Who are you?")
	c.at(n.idp)
	c.click("Ada Lovelace")
	c.see("Signed in as Ada Lovelace")
	require.Contains(t, c.words(), "Okta")
	n.signsIn("Grace Hopper", "You have no user here yet") // unknown here, and nobody is created
}

// TestMetadataPastedDroppedAndChosen: three ways to give the XML of a provider that publishes no address.
func TestMetadataPastedDroppedAndChosen(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "pasted", "Pasted Inc")
	answer, err := http.Get(n.metadata("google-workspace"))
	require.NoError(t, err)
	defer answer.Body.Close()
	xml, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "GoogleIDPMetadata.xml")
	require.NoError(t, os.WriteFile(file, xml, 0o600))

	c := n.first(desktop)
	c.visit(n.host+"/console/sso", "Single Sign-On")
	c.tick("Use SSO", true)
	c.chooseProvider("google-workspace")
	c.fill("#metadata_url", n.metadata("google-workspace"))
	c.save()
	require.Contains(t, c.words(), "Nothing was saved", "this provider publishes no metadata at an address")
	c.fill("#metadata_url", "")
	c.fill("#metadata_xml", string(xml))
	c.saved()
	require.Equal(t, "active", c.chip())

	c.fill("#metadata_xml", "")
	c.drop("#metadata_xml", file)
	ask(c, chromedp.Poll[bool](`document.querySelector("#metadata_xml").value.includes("EntityDescriptor")`))
	c.saved()

	c.fill("#metadata_xml", "")
	c.do(chromedp.SetUploadFiles("#metadata_file", []string{file}))
	ask(c, chromedp.Poll[bool](`document.querySelector("#metadata_xml").value.includes("EntityDescriptor")`))
	c.saved()
	require.Contains(t, c.words(), "accounts.google.com")
	n.signsIn("Ada Lovelace", "Signed in as Ada Lovelace")
}

// drop lets a file from outside the browser fall on an element.
func (c *chromium) drop(selector, file string) {
	c.t.Helper()
	c.do(chromedp.ScrollIntoView(selector))
	at := ask(c, chromedp.Evaluate[struct{ X, Y float64 }](`(() => { const r = document.querySelector("`+selector+`").getBoundingClientRect();
		return {X: r.x + r.width / 2, Y: r.y + r.height / 2}; })()`))
	data := &input.DragData{Items: []*input.DragDataItem{}, Files: []string{file}, DragOperationsMask: 1}
	for _, what := range []input.DispatchDragEventType{input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop} {
		c.do(command(input.DispatchDragEvent, input.DispatchDragEventParams{Type: what, X: at.X, Y: at.Y, Data: data}))
	}
}

// TestForcedReauthentication: who logged out is asked again at the provider, who only went away is not.
func TestForcedReauthentication(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "forced", "Forced Inc")
	n.ssoOn("okta", nil)
	c := n.administrator(desktop)
	signInAgain := func() {
		c.visit(n.host+"/console/sso", "Single Sign-On")
		c.click("Sign out")
		c.see("Sign in")
		c.do(chromedp.Navigate(n.host + "/login/forced?return_to=/console/sso"))
	}
	signInAgain()
	c.see("Single Sign-On") // not asked: off, which is the default
	c.tick("Force users to reauthenticate", true)
	c.saved()
	require.True(t, ask(c, chromedp.Evaluate[bool](`document.querySelector("#force_reauthentication").checked`)))
	signInAgain()
	c.see("Who are you?")
	require.Contains(t, c.words(), "Sign in again")
	c.click("Ada Lovelace")
	c.see("Single Sign-On")
	c.do(chromedp.Navigate("about:blank"))
	c.visit(n.host+"/console/sso", "Single Sign-On") // closing the tab or going away does not count
}

// TestUsersAreCreatedAtTheirFirstLogin: default roles and inboxes, and rows that give others.
func TestUsersAreCreatedAtTheirFirstLogin(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "jit", "JIT Inc")
	n.ssoOn("okta", nil)
	c := n.administrator(desktop)
	require.False(t, c.shown("#default_roles"), "mappings appear with the switch")
	c.tick("Create new user on first login", true)
	require.True(t, c.shown("#default_roles"))
	c.push(`//*[@id="default_roles"]//input[@value="agent"]`)
	c.push(`//*[@id="default_inboxes"]//input[@value="general"]`)
	require.Contains(t, ask(c, chromedp.Evaluate[string](`[...document.querySelectorAll("#attributes option")].map(o => o.value).join(" ")`)), "groups")
	c.addRow("+ Add Role Mapping", "groups", "emea", "Team Manager")
	c.addRow("+ Add Role Mapping", "groups", "admins", "Administrator")
	c.addRow("+ Add Inbox Mapping", "groups", "emea", "EMEA")
	c.saved()

	grace := n.signsIn("Grace Hopper", "Signed in as Grace Hopper").words()
	require.Contains(t, grace, "team_manager")
	require.Contains(t, grace, "emea")
	require.NotContains(t, grace, "general")
	plato := n.signsIn("Plato", "Signed in as Plato").words()
	require.Contains(t, plato, "agent", "nothing matches: the defaults")
	require.Contains(t, plato, "general")
	require.NotContains(t, plato, "team_manager")

	// A provider that cannot do it says so.
	c.chooseProvider("azure")
	require.True(t, c.shown(".no-jit"))
	c.chooseProvider("okta")
	require.False(t, c.shown(".no-jit"))
	c.saved()
}
