package browser

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// picture is one that the README shows.
type picture struct {
	name          string
	path          string // under /console
	top           string // what stands at the upper edge; "" for the beginning of the page
	theme         string
	width, height int64
}

var pictures = []picture{
	{"console", "/sso", "", "light", desktop, 860},
	{"mappings", "/sso", `//section[.//*[@id="default_roles"]]/preceding::*[self::h2 or self::h3][1]`, "dark", desktop, 860},
	{"phone", "/users", `//*[@class="crumbs"]`, "light", phone, 860},
}

// mostBytes is the size of a picture in the repository.
const mostBytes = 150 << 10

// tidy puts names that stay the same in place of the addresses and times of this run, so that a picture only changes when the page does.
const tidy = `(([host, idp]) => {
	const plain = s => s.replaceAll(host, "https://sso.example.com").replaceAll(idp, "https://acme.okta.com").replace(/\d+ days left/, "3650 days left")
		.replace(/^[0-9a-f]{64}$/, "4f7c0d6e1b".repeat(6) + "9a2e");
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) walk.currentNode.data = plain(walk.currentNode.data);
	for (const field of document.querySelectorAll("input:not([type=file]), textarea")) field.value = plain(field.value);
	for (const time of document.querySelectorAll("time")) time.textContent = "Jan 12, 2026, 9:41 AM";
	document.activeElement.blur();
})(%s)`

// take takes the picture.
func (p picture) take(t *testing.T, s *scene) []byte {
	t.Helper()
	c := console(p.path)(t, s)
	c.theme(p.theme)
	c.do(chromedp.EmulateViewport(p.width, p.height), chromedp.Evaluate[chromedp.Void](fmt.Sprintf(tidy, fmt.Sprintf("[%q, %q]", s.acme.host, s.acme.idp))))
	if p.top != "" {
		c.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`void document.evaluate(%q, document, null, 9).singleNodeValue.scrollIntoView({behavior: "instant"})`, p.top)))
	}
	shot, err := png.Decode(bytes.NewReader(ask(c, chromedp.CaptureScreenshot())))
	require.NoError(t, err)
	var packed bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&packed, shot))
	return packed.Bytes()
}

// takePictures takes the README's pictures, and puts them into the folder that IDPLUG_PICTURES names.
func takePictures(t *testing.T, s *scene) {
	t.Helper()
	for _, p := range pictures {
		packed := p.take(t, s)
		require.LessOrEqual(t, len(packed), mostBytes, p.name)
		if dir := os.Getenv("IDPLUG_PICTURES"); dir != "" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, p.name+".png"), packed, 0o644)) // #nosec G306 -- for everybody to see
		}
	}
}
