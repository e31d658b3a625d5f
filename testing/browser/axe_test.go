package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/need"
)

// themes are the two looks that a reader's system asks for.
var themes = []string{"light", "dark"}

// theme has pages shown as a system that is set so would.
func (c *chromium) theme(name string) {
	c.t.Helper()
	c.do(command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	}))
}

// axe is the source of axe-core.
func axe(t *testing.T) string {
	t.Helper()
	_, modules := need.Node(t, "testing/browser/npm")
	source, err := os.ReadFile(filepath.Join(modules, "axe-core", "axe.min.js"))
	require.NoError(t, err)
	return string(source)
}

// What axe-core looks for: WCAG 2.2 A and AA, and what it holds good practice; or, of a page that it has seen in other colours, how they contrast.
const (
	everything  = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	coloursOnly = `{type: "rule", values: ["color-contrast"]}`
)

// judge is what axe-core finds. What it cannot decide by itself it does not report.
//
// Everything is put in its place first: what the bar in view covers by chance is a scroll away from being free, and rows out of sight have no size yet.
const judge = `(async () => {
	for (const bar of document.querySelectorAll(".bar")) bar.style.position = "static";
	for (const row of document.querySelectorAll(".row")) row.style.contentVisibility = "visible";
	const found = await axe.run(document, {resultTypes: ["violations"], runOnly: %s});
	return found.violations.flatMap(v => v.nodes.map(n => v.id + " at " + n.target.join(" ") + ": " + v.help + " " +
		n.any.concat(n.all, n.none).map(x => x.message).join("; ")));
})()`

// violations are what is wrong with the page as it stands; the parts that a selector names, if any, are taken out before.
func (c *chromium) violations(source, rules, but string) []string {
	c.t.Helper()
	if !ask(c, chromedp.Evaluate[bool](`"axe" in window`)) {
		c.do(chromedp.Evaluate[chromedp.Void](source + "; void 0"))
	}
	if but != "" {
		c.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelectorAll(%q).forEach(e => e.remove())`, but)))
	}
	return ask(c, chromedp.Evaluate[[]string](fmt.Sprintf(judge, rules), chromedp.EvalAwaitPromise))
}

// TestEveryPageIsSoundInEveryLook asks axe-core about each page of the table, light and dark, on a desk and on a phone; there each must fit, too. It
// leaves pictures of them where they are wanted.
func TestEveryPageIsSoundInEveryLook(t *testing.T) {
	t.Parallel()
	source, scene := axe(t), newScene(t)
	t.Run("pictures", func(t *testing.T) { takePictures(t, scene) })
	for _, l := range looks {
		t.Run(l.name, func(t *testing.T) {
			c := l.open(t, scene)
			for _, width := range []int64{phone, desktop} {
				c.do(chromedp.EmulateViewport(width, height))
				for i, theme := range themes {
					c.theme(theme)
					rules := everything
					if i > 0 {
						rules = coloursOnly
					}
					require.LessOrEqual(t, c.excess(), 0, "%s scrolls sideways at %d", l.name, width)
					require.Empty(t, c.violations(source, rules, repeats[l.page]), "%s, %s, %d wide", l.name, theme, width)
					c.shoot(fmt.Sprintf("%s-%d-%s", l.name, width, theme))
				}
			}
		})
	}
}

// TestAxeFindsWhatIsWrong: a judge that finds nothing in anything would be no judge.
func TestAxeFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	c := open(t, desktop)
	c.do(chromedp.Navigate("data:text/html,<html lang=en><title>x</title><main><h1>x</h1><input><p style='color:%23ccc;background:white'>faint</p></main>"))
	found := strings.Join(c.violations(axe(t), everything, ""), "\n")
	require.Contains(t, found, "label at input")
	require.Contains(t, found, "color-contrast at p")
	found = strings.Join(c.violations(axe(t), coloursOnly, ""), "\n")
	require.Contains(t, found, "color-contrast at p")
	require.NotContains(t, found, "label")
}

// TestEveryPageIsInTheTable: a page that is added is judged, too.
func TestEveryPageIsInTheTable(t *testing.T) {
	t.Parallel()
	judged := map[string]bool{"layout.html": true, "console_layout.html": true, "parts.html": true}
	for _, l := range looks {
		judged[l.page] = true
	}
	pages, err := filepath.Glob("../../host/web/pages/*.html")
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for _, p := range pages {
		require.True(t, judged[filepath.Base(p)], "%s has no line in looks", filepath.Base(p))
	}
}
