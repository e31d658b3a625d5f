package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// press presses keys wherever the focus is.
func (c *chromium) press(keys ...string) {
	c.t.Helper()
	for _, key := range keys {
		c.do(chromedp.KeyEvent(key))
	}
}

// TestKeyboardAlone activates single sign-on and signs in by it, without a mouse.
func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "keys", "Keys Inc")
	c := open(t, desktop)
	c.visit(n.link, "Welcome to")
	c.tabTo("Name")
	c.press("Ada Lovelace")
	c.tabTo("Password")
	c.press(firstPassword)
	c.tabTo("once more")
	c.press(firstPassword, kb.Enter)
	c.see("Signed in as Ada Lovelace")
	c.tabTo("Single Sign-On settings")
	c.press(kb.Enter)
	c.see("Single Sign-On")
	c.tabTo("Skip to the content")
	c.press(kb.Enter)
	c.tabTo("Use SSO")
	c.press(" ")
	c.tabTo("AD FS")
	for range 8 {
		if ask(c, chromedp.Evaluate[bool](`document.querySelector("[value=okta]").checked`)) {
			break
		}
		c.press(kb.ArrowDown)
	}
	c.tabTo("Fetch metadata from URL")
	c.press(n.metadata("okta"))
	c.leaving(chromedp.KeyEvent(kb.Enter))
	require.Equal(t, "active", c.chip())
	c.tabTo("Sign out")
	c.press(kb.Enter)
	c.see("Sign in")

	c.visit(n.host+"/login/keys", "Who are you?")
	c.tabTo("Grace Hopper")
	c.press(kb.Enter)
	c.see("You have no user here yet")
	c.tabTo("Try again")
	c.press(kb.Enter)
	c.see("You have no user here yet") // the provider remembers Grace
	c.tabTo("To the sign-in page")
}

// focused is what has the focus.
type focused struct {
	Words   string `json:"words"`
	Visible bool   `json:"visible"`
}

// tabTo presses Tab until what has the focus carries the words, and checks that a person sees where it is.
func (c *chromium) tabTo(words string) {
	c.t.Helper()
	const mostStops = 60
	for range mostStops {
		c.press(kb.Tab)
		focus := ask(c, chromedp.Evaluate[focused](`(() => {
			const e = document.activeElement, s = getComputedStyle(e);
			const label = e.labels && e.labels.length ? e.labels[0].innerText : e.innerText;
			return {words: e !== document.body && label || "", visible: s.outlineStyle !== "none" || s.boxShadow !== "none"};
		})()`))
		if !strings.Contains(focus.Words, words) {
			continue
		}
		require.True(c.t, focus.Visible, "nobody sees that %q has the focus", words)
		return
	}
	c.t.Fatalf("Tab does not reach %q on %s", words, c.where())
}
