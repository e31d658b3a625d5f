package browser

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// BenchmarkConsole measures what somebody waits for at the console, in Chromium, on loopback: nothing of it is asserted. A millisecond more or less
// is the browser's own, and what this test's commands to it take.
func BenchmarkConsole(b *testing.B) {
	n := newTenant(b, "big", "Big Inc")
	c := benchAdministrator(b, n)
	b.Run("first-paint", func(b *testing.B) { n.benchPaint(b, open(b, desktop)) })
	b.Run("save", func(b *testing.B) { n.benchSave(b, c) })
	n.manyPeople(b, 10_000)
	b.Run("users-10000", func(b *testing.B) { n.benchLoad(b, c, "/console/users") })
	b.Run("users-10000-search", func(b *testing.B) { n.benchLoad(b, c, "/console/users?search=person9999") })
	n.manyRows(b, c, 500)
	b.Run("rows-500", func(b *testing.B) { n.benchLoad(b, c, "/console/sso") })
	b.Run("rows-500-add", func(b *testing.B) { n.benchAdd(b, c) })
	b.Run("rows-500-save", func(b *testing.B) { n.benchSave(b, c) })
}

// benchAdministrator signs Ada in where the metadata was pasted, so that no save fetches.
func benchAdministrator(b *testing.B, n *tenant) *chromium {
	b.Helper()
	answer, err := http.Get(n.metadata("okta"))
	require.NoError(b, err)
	defer answer.Body.Close()
	xml, err := io.ReadAll(answer.Body)
	require.NoError(b, err)
	n.ssoOn("okta", map[string]any{
		"metadata_url": "", "metadata_xml": string(xml), "create_user_on_first_login": true, "default_roles": []string{"agent"},
	})
	return n.administrator(desktop)
}

// benchPaint is how soon something stands on the sign-in page, with nothing kept from before.
func (n *tenant) benchPaint(b *testing.B, c *chromium) {
	c.do(command(network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}))
	var sum float64
	for b.Loop() {
		c.do(chromedp.Navigate(n.host + "/login"))
		sum += ask(c, chromedp.Poll[float64](`performance.getEntriesByName("first-contentful-paint")[0]?.startTime`))
	}
	b.ReportMetric(sum/float64(b.N), "ms/paint")
}

// benchLoad is how long a page takes from the first byte asked for to its load event.
func (n *tenant) benchLoad(b *testing.B, c *chromium, path string) {
	var sum float64
	for b.Loop() {
		c.do(chromedp.Navigate(n.host + path))
		sum += ask(c, chromedp.Poll[float64](`performance.getEntriesByType("navigation")[0].loadEventEnd`))
	}
	b.ReportMetric(sum/float64(b.N), "ms/load")
}

// benchSave is from pressing Save to the load event of the page that comes after it.
func (n *tenant) benchSave(b *testing.B, c *chromium) {
	c.unguard()
	c.visit(n.host+"/console/sso", "Single Sign-On")
	var sum time.Duration
	for b.Loop() {
		c.do(chromedp.WaitVisible(`.bar button`))
		start := time.Now()
		c.save()
		sum += time.Since(start)
	}
	b.ReportMetric(float64(sum.Milliseconds())/float64(b.N), "ms/save")
}

// benchAdd is from pressing "+ Add Role Mapping" to the focus in the new row, drawn.
func (n *tenant) benchAdd(b *testing.B, c *chromium) {
	c.visit(n.host+"/console/sso", "Single Sign-On")
	var sum float64
	for b.Loop() {
		sum += ask(c, chromedp.Evaluate[float64](`(async () => {
			const start = performance.now();
			document.querySelector("[data-add=role_mappings]").click();
			await new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)));
			return performance.now() - start;
		})()`, chromedp.EvalAwaitPromise))
	}
	b.ReportMetric(sum/float64(b.N), "ms/add")
}

// manyPeople adds people by importing a file.
func (n *tenant) manyPeople(b *testing.B, count int) {
	b.Helper()
	const atOnce = 1000
	for from := 0; from < count; from += atOnce {
		rows := strings.Builder{}
		rows.WriteString("email,name,roles,inboxes\n")
		for i := range atOnce {
			fmt.Fprintf(&rows, "person%d@example.com,Person %d,agent,general\n", from+i, from+i)
		}
		request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, n.host+"/api/v1/tenants/"+n.slug+"/users/import", strings.NewReader(rows.String()))
		require.NoError(b, err)
		request.Header.Set("Authorization", "Bearer "+operatorToken)
		request.Header.Set("Content-Type", "text/csv")
		answer, err := http.DefaultClient.Do(request)
		require.NoError(b, err)
		require.NoError(b, answer.Body.Close())
		require.Equal(b, http.StatusOK, answer.StatusCode)
	}
}

// manyRows saves so many role mappings.
func (n *tenant) manyRows(b *testing.B, c *chromium, count int) {
	b.Helper()
	rows := make([]map[string]any, count)
	for i := range rows {
		rows[i] = map[string]any{"saml_attribute": "groups", "saml_attribute_value": fmt.Sprintf("group-%03d", i), "roles": []string{"analyst", "agent"}}
	}
	c.visit(n.host+"/console/sso", "Single Sign-On")
	n.api(http.MethodPatch, "/sso", map[string]any{"version": c.version(), "role_mappings": rows})
}
