package browser

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// chromium is a browser with one window and no past.
type chromium struct {
	t   testing.TB
	ctx context.Context

	troubles []string
}

// stepTime bounds each thing that the browser is asked to do.
const stepTime = 30 * time.Second

// Sizes of the window.
const (
	height  = 800
	desktop = 1280
	phone   = 390
)

// open opens a window so wide in the one browser, with no past of its own. It must not complain about any page: refused content, failing scripts,
// missing files.
func open(t testing.TB, width int) *chromium {
	t.Helper()
	ctx, leave := chromedp.NewContext(theStage.chromium(t), chromedp.WithNewBrowserContext())
	c := &chromium{t: t, ctx: ctx}
	messages := chromedp.Console(ctx)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for m, err := range messages {
			if err != nil {
				return
			}
			c.hear(m)
		}
	}()
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		leave()
		<-heard
		require.Empty(t, c.troubles, "what the browser complained about")
	})
	c.do(chromedp.EmulateViewport(int64(width), height), command(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	return c
}

// command is a command of the protocol without an answer, as a step.
func command[P any](cmd cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cmd, params)
		return err
	})
}

// hear keeps what the browser complains about. A refusal is a page with a status of its own, which is no complaint.
func (c *chromium) hear(m chromedp.ConsoleMessage) {
	switch {
	case m.IsException(), m.Type == "error", m.Type == "warning":
	default:
		return
	}
	for _, expected := range []struct{ path, status string }{{"/saml/", "403"}, {"/saml/", "409"}, {"/login/", "403"}, {"/invitation/", "410"}, {"/console/", "404"}, {"/console/", "409"}, {"/console/", "422"}} {
		if m.Source == "network" && strings.Contains(m.URL, expected.path) && strings.Contains(m.Text, "status of "+expected.status) {
			return
		}
	}
	c.troubles = append(c.troubles, fmt.Sprintf("%s (%s)", m, m.URL))
}

// do runs steps, within stepTime.
func (c *chromium) do(steps ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	ask(c, chromedp.Steps(steps...))
}

// ask runs an action, within stepTime, and returns its value.
func ask[T any](c *chromium, action chromedp.Action[T]) T {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, stepTime)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		c.t.Fatalf("%v, on %s", err, c.where())
	}
	return value
}

// where is the address and text of the page, for messages.
func (c *chromium) where() string {
	ctx, cancel := context.WithTimeout(c.ctx, 2*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + ": " + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// visit opens an address and waits for a heading.
func (c *chromium) visit(address, heading string) {
	c.t.Helper()
	c.do(chromedp.Navigate(address))
	c.see(heading)
}

// see waits for a page with the heading, which must be no wider than the window.
func (c *chromium) see(heading string) {
	c.t.Helper()
	c.do(chromedp.WaitVisible(fmt.Sprintf(`//h1[contains(., %q)]`, heading)))
	require.LessOrEqual(c.t, c.excess(), 0, "the page scrolls sideways: %s", c.where())
}

// excess is by how much the page is wider than the window, in CSS pixels.
func (c *chromium) excess() int {
	c.t.Helper()
	return ask(c, chromedp.Evaluate[int](`document.documentElement.scrollWidth - window.innerWidth`))
}

// shoot leaves a picture of the whole page in the folder that IDPLUG_SCREENSHOTS names.
func (c *chromium) shoot(name string) {
	dir := os.Getenv("IDPLUG_SCREENSHOTS")
	if dir == "" {
		return
	}
	picture := ask(c, chromedp.FullScreenshot(100))
	require.NoError(c.t, os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600))
}

// click presses what carries the words: a button or a link.
func (c *chromium) click(words string) {
	c.t.Helper()
	c.push(fmt.Sprintf(`//*[self::a or self::button][contains(., %q)]`, words))
}

// words are those of the page.
func (c *chromium) words() string {
	c.t.Helper()
	return ask(c, chromedp.Text("main"))
}

// at checks the origin of the page.
func (c *chromium) at(origin string) {
	c.t.Helper()
	u, err := url.Parse(ask(c, chromedp.Location()))
	require.NoError(c.t, err)
	require.Equal(c.t, origin, u.Scheme+"://"+u.Host)
}

// cookies are those the browser holds whose name begins so.
func (c *chromium) cookies(prefix string) []*network.Cookie {
	c.t.Helper()
	var found []*network.Cookie
	all, err := chromedp.CallBrowser(c.ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: c.own()})
	require.NoError(c.t, err)
	for _, cookie := range all.Cookies {
		if strings.HasPrefix(cookie.Name, prefix) {
			found = append(found, cookie)
		}
	}
	return found
}

// own is the part of the browser that only this window has: its cookies, its permissions.
func (c *chromium) own() cdp.BrowserContextID { return chromedp.FromContext(c.ctx).BrowserContextID }

// forget makes the browser lose its cookies, those of the provider too.
func (c *chromium) forget() {
	c.t.Helper()
	_, err := chromedp.CallBrowser(c.ctx, storage.ClearCookies, storage.ClearCookiesParams{BrowserContextID: c.own()})
	require.NoError(c.t, err)
}
