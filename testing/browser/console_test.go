package browser

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// What a person does on the pages of the console.

// tick presses a checkbox, a switch or a radio button by its label, and wants it to be so afterwards.
func (c *chromium) tick(label string, on bool) {
	c.t.Helper()
	selector := fmt.Sprintf(`//label[normalize-space(.)=%q]`, label)
	box := fmt.Sprintf(`(() => { const l = document.evaluate(%q, document, null, 9).singleNodeValue;
		return (l.control ?? l.querySelector("input")).checked; })()`, selector)
	if ask(c, chromedp.Evaluate[bool](box)) != on {
		c.push(selector)
	}
	require.Equal(c.t, on, ask(c, chromedp.Evaluate[bool](box)), label)
}

// push brings what the XPath names to the middle of the window, where no bar covers it, and presses it.
func (c *chromium) push(xpath string) {
	c.t.Helper()
	c.do(chromedp.WaitVisible(xpath), chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`void document.evaluate(%q, document, null, 9).singleNodeValue.scrollIntoView({block: "center", behavior: "instant"})`, xpath)), chromedp.Click(xpath))
}

// fill replaces what stands in a field by a text, as pasting it does.
func (c *chromium) fill(selector, text string) {
	c.t.Helper()
	c.do(chromedp.Focus(selector), chromedp.Evaluate[chromedp.Void](`void document.activeElement.select()`), chromedp.KeyEvent(kb.Delete))
	if text != "" {
		c.do(command(input.InsertText, input.InsertTextParams{Text: text}))
	}
}

// value is what stands in a field.
func (c *chromium) value(selector string) string {
	c.t.Helper()
	return ask(c, chromedp.Value(selector))
}

// chooseProvider presses the card of a provider.
func (c *chromium) chooseProvider(key string) {
	c.t.Helper()
	c.push(fmt.Sprintf(`//label[input[@value=%q]]`, key))
}

// save presses Save and waits for the page that comes.
func (c *chromium) save() {
	c.t.Helper()
	c.leaving(chromedp.Click(`.bar button[value=save]`))
}

// saved is save, with success.
func (c *chromium) saved() {
	c.t.Helper()
	c.save()
	require.Contains(c.t, c.words(), "Saved.")
	c.see("")
}

// leaving does something that leads to another page, and waits for that.
func (c *chromium) leaving(do chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	ask(c, chromedp.WaitEvent(page.LoadEventFired, nil, do))
}

// unguard lets the page be left without a question: it believes that what was typed is sent.
func (c *chromium) unguard() {
	c.t.Helper()
	c.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("form").forEach(f => f.dispatchEvent(new Event("submit")))`))
}

// shown tells whether something is to be seen.
func (c *chromium) shown(selector string) bool {
	c.t.Helper()
	return ask(c, chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelector(%q)?.checkVisibility() ?? false`, selector)))
}

// version is the one of the settings that the form on the page changes.
func (c *chromium) version() int {
	c.t.Helper()
	n, err := strconv.Atoi(c.value(`#sso [name=version]`))
	require.NoError(c.t, err)
	return n
}

// chip is the status beside the heading.
func (c *chromium) chip() string {
	c.t.Helper()
	return strings.TrimSpace(ask(c, chromedp.Text(`h1 .chip`)))
}

// addRow presses a "+ Add …" button and fills the row that comes.
func (c *chromium) addRow(button, attribute, value string, grants ...string) {
	c.t.Helper()
	c.click(button)
	row := ask(c, chromedp.Evaluate[string](`document.activeElement.closest(".row").id`))
	c.do(command(input.InsertText, input.InsertTextParams{Text: attribute}))
	c.press(kb.Tab)
	c.do(command(input.InsertText, input.InsertTextParams{Text: value}))
	for _, grant := range grants {
		c.push(fmt.Sprintf(`//*[@id=%q]//label[normalize-space(.)=%q]`, row, grant))
	}
	require.Equal(c.t, strings.Join(grants, " "), strings.TrimSpace(ask(c, chromedp.Text(fmt.Sprintf(`#%s .chosen`, row)))))
}
