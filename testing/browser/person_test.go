package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// typeInto types into a field of the page.
func (c *chromium) typeInto(selector, text string) {
	c.t.Helper()
	c.do(chromedp.SendKeys(selector, text))
}

// press presses keys wherever the focus is.
func (c *chromium) press(keys ...string) {
	c.t.Helper()
	for _, key := range keys {
		c.do(chromedp.KeyEvent(key))
	}
}

// TestKeyboardAlone signs in and out without a mouse.
func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	c := open(t, desktop)
	s := newSites(t, "http://localhost:"+freePort(t))
	c.visit(s.host+"/login/acme", "Who are you?")
	c.tabTo("Grace Hopper")
	c.press(kb.Enter)
	c.see("Signed in as Grace Hopper")
	c.tabTo("Sign out")
	c.press(kb.Enter)
	c.see("Sign in")
	c.tabTo("E-mail address")
	c.do(chromedp.KeyEvent("grace@example.com"))
	c.press(kb.Enter)
	c.see("You logged out")
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
	const mostStops = 20
	for range mostStops {
		c.press(kb.Tab)
		focus := ask(c, chromedp.Evaluate[focused](`(() => {
			const e = document.activeElement, s = getComputedStyle(e);
			const label = e.labels && e.labels.length ? e.labels[0].innerText : e.innerText;
			return {words: label || "", visible: s.outlineStyle !== "none" || s.boxShadow !== "none"};
		})()`))
		if !strings.Contains(focus.Words, words) {
			continue
		}
		require.True(c.t, focus.Visible, "nobody sees that %q has the focus", words)
		return
	}
	c.t.Fatalf("Tab does not reach %q on %s", words, c.where())
}

// TestPhone looks at every page in a window as narrow as a phone; each must fit ([chromium.see]) and bring no complaint.
func TestPhone(t *testing.T) {
	t.Parallel()
	c := open(t, phone)
	s := newSites(t, "http://localhost:"+freePort(t))
	c.visit(s.host+"/", "Sign in")
	c.typeInto("#email", "nobody@example.com")
	c.click("Continue")
	c.do(chromedp.WaitVisible("#password"))
	c.see("Sign in")
	c.visit(s.host+"/login/acme", "Who are you?")
	c.click("Ada Lovelace")
	c.see("Signed in as Ada Lovelace")
	c.visit(s.host+"/api/docs", "API")
	c.visit(s.host+"/", "Signed in as Ada Lovelace")
	c.click("Sign out")
	c.see("Sign in")
}
