package browser

import (
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// TestCertificatesAreRefreshedBySavingAgain: the provider signs with a new key; Save fetches it.
func TestCertificatesAreRefreshedBySavingAgain(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "renew", "Renew Inc")
	n.ssoOn("pingone", nil) // no other story has this one: its key changes
	c := n.administrator(desktop)
	const read = `[...document.querySelectorAll(".facts code")].map(e => e.textContent).find(s => /^[0-9a-f:]{64,}$/i.test(s))`
	before := ask(c, chromedp.Evaluate[string](read))
	answer, err := http.Post(n.idp+"/_control/pingone/rotate", "application/json", nil)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
	n.signsIn("Ada Lovelace", "The signature was not made with a key")
	c.saved()
	require.NotEqual(t, before, ask(c, chromedp.Evaluate[string](read)))
	n.signsIn("Ada Lovelace", "Signed in as Ada Lovelace")
}

// TestSwitchingTheProvider: one at a time, and what was entered for each is kept.
func TestSwitchingTheProvider(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "switch", "Switch Inc")
	n.ssoOn("okta", nil)
	c := n.administrator(desktop)
	c.chooseProvider("azure")
	require.Empty(t, c.value("#metadata_url"), "Okta's address is not Azure's")
	require.Empty(t, c.value("#metadata_xml"))
	c.fill("#metadata_url", n.metadata("azure"))
	// Whose session is of the provider that was left has to sign in again.
	c.save()
	c.visit(n.host+"/login/switch?return_to=/console/sso", "Who are you?")
	require.Contains(t, c.words(), "Entra")
	c.click("Ada Lovelace")
	c.see("Single Sign-On")
	require.Equal(t, n.metadata("azure"), c.value("#metadata_url"))
	c.chooseProvider("okta")
	c.save()
	back := n.signsIn("Ada Lovelace", "Signed in as Ada Lovelace")
	require.Contains(t, back.words(), "Okta", "its metadata came back by itself")
}

// TestDeactivateAndReactivate: off and on again, with every setting kept.
func TestDeactivateAndReactivate(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "offon", "Off and On")
	n.first(desktop) // so that Ada has a password
	n.api(http.MethodPut, "/sso", map[string]any{
		"version": 0, "use_sso": true, "provider": "okta", "metadata_url": n.metadata("okta"), "create_user_on_first_login": true,
		"default_roles": []string{"agent"},
		"role_mappings": []map[string]any{{"saml_attribute": "groups", "saml_attribute_value": "emea", "roles": []string{"analyst"}}},
	})
	c := n.administrator(desktop)
	xml := c.value("#metadata_xml")
	c.tick("Use SSO", false)
	require.False(t, c.shown("#metadata_xml"))
	c.saved()
	require.Equal(t, "inactive", c.chip())

	other := open(t, desktop)
	other.visit(n.host+"/login/offon", "Sign in to Off and On")
	other.fill("#email", "ada@example.com")
	other.fill("#password", firstPassword)
	other.click("Sign in")
	other.see("Signed in as Ada Lovelace")

	c.tick("Use SSO", true)
	require.Equal(t, xml, c.value("#metadata_xml"))
	require.Equal(t, "groups", c.value(`[name="role_mappings[0].saml_attribute"]`))
	c.saved()
	require.Equal(t, "active", c.chip())
	n.signsIn("Grace Hopper", "Signed in as Grace Hopper")
	other.do(chromedp.Navigate(n.host + "/"))
	other.see("Who are you?") // sessions by password ended
}

// TestAStaleSaveShowsBothVersions: two administrators, one page.
func TestAStaleSaveShowsBothVersions(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "stale", "Stale Inc")
	n.ssoOn("okta", nil)
	mine, theirs := n.administrator(desktop), n.administrator(desktop)
	theirs.tick("Force users to reauthenticate", true)
	theirs.saved()
	mine.tick("Create new user on first login", true)
	mine.push(`//*[@id="default_roles"]//input[@value="agent"]`)
	mine.save()
	words := mine.words()
	require.Contains(t, words, "Somebody else saved meanwhile")
	require.Contains(t, words, "Force users to reauthenticate")
	require.Contains(t, words, "Default Roles")
	require.Equal(t, "problems", ask(mine, chromedp.Evaluate[string](`document.activeElement.id`)), "it is read out and seen")
	require.True(t, ask(mine, chromedp.Evaluate[bool](`document.querySelector("#create_user_on_first_login").checked`)), "nothing is lost")
	mine.saved()
	theirs.do(chromedp.Reload())
	require.True(t, ask(theirs, chromedp.Evaluate[bool](`document.querySelector("#create_user_on_first_login").checked`)))
}

// TestProblemsStandAtTheirFields: the summary has the focus, and leads to the field.
func TestProblemsStandAtTheirFields(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "problems", "Problems Inc")
	c := n.first(desktop)
	c.visit(n.host+"/console/sso", "Single Sign-On")
	c.tick("Use SSO", true)
	c.chooseProvider("okta")
	c.fill("#metadata_xml", "<html>no metadata</html>")
	c.tick("Create new user on first login", true)
	c.click("+ Add Role Mapping")
	c.save()
	require.Equal(t, "problems", ask(c, chromedp.Evaluate[string](`document.activeElement.id`)))
	require.Contains(t, c.words(), "Nothing was saved")
	require.Equal(t, "<html>no metadata</html>", c.value("#metadata_xml"), "nothing typed is lost")
	require.Equal(t, "true", ask(c, chromedp.Evaluate[string](`document.querySelector("#metadata_xml").getAttribute("aria-invalid")`)))
	require.True(t, c.shown(`#metadata_xml ~ .problem`))
	c.do(chromedp.Click(`#problems a[href="#metadata_xml"]`))
	require.Equal(t, "metadata_xml", ask(c, chromedp.Evaluate[string](`document.activeElement.id`)))
	require.True(t, ask(c, chromedp.Evaluate[bool](`(() => { const r = document.activeElement.getBoundingClientRect(),
		bar = document.querySelector(".bar").getBoundingClientRect(); return r.top >= 0 && r.top < bar.top; })()`)), "nothing covers the field")
	c.push(`//*[@class="rows"]//button`)
	c.tick("Create new user on first login", false)
	c.fill("#metadata_xml", "")
	c.fill("#metadata_url", n.metadata("okta"))
	c.saved()
	n.signsIn("Ada Lovelace", "Signed in as Ada Lovelace")
}

// TestTypedThingsAreGuarded: leaving asks, where something would be lost; not where nothing would.
func TestTypedThingsAreGuarded(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "guard", "Guard Inc")
	n.ssoOn("okta", nil)
	c := n.administrator(desktop)
	c.click("Users")
	c.see("Users")
	c.visit(n.host+"/console/sso", "Single Sign-On")
	c.tick("Force users to reauthenticate", true)
	require.Equal(t, page.DialogTypeBeforeunload, c.answering(false, func() { c.click("Users") }))
	require.Contains(t, c.words(), "Use SSO", "stayed")
	require.Equal(t, page.DialogTypeBeforeunload, c.answering(true, func() { c.click("Users") }))
	c.see("Users")
}

// answering does something that opens a dialog, answers it and tells its kind.
func (c *chromium) answering(yes bool, do func()) page.DialogType {
	c.t.Helper()
	kind := make(chan page.DialogType, 1)
	opened := chromedp.Events(c.ctx, page.JavascriptDialogOpening)
	go func() {
		for e, err := range opened {
			if err == nil {
				kind <- e.Type
				_, _ = chromedp.Call(c.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: yes})
			}
			return
		}
	}()
	do()
	select {
	case k := <-kind:
		return k
	case <-c.t.Context().Done():
		return ""
	}
}

// TestCopyButtons put what the provider asks for into the clipboard, and say so.
func TestCopyButtons(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "copy", "Copy Inc")
	n.ssoOn("okta", nil)
	c := n.administrator(desktop)
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		_, err := chromedp.CallBrowser(c.ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted, Origin: n.host, BrowserContextID: c.own(),
		})
		require.NoError(t, err)
	}
	for _, value := range []string{n.host + "/saml/copy/metadata", n.host + "/saml/copy/acs", n.host + "/login/copy"} {
		c.push(`//main/section[last()]//button[@aria-label="Copy: ` + value + `"]`)
		ask(c, chromedp.Poll[bool](`document.querySelector("#news").textContent === "Copied"`))
		require.Equal(t, value, ask(c, chromedp.Evaluate[string](`navigator.clipboard.readText()`, chromedp.EvalAwaitPromise)))
	}
}
