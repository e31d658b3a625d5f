package web

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
)

// TestBoundsAreTheDocumentedOnes reads the bounds off a server and finds them in the configuration's page. Tests of what happens at a bound use its
// constant, so that they pass with any number; operators plan with the documented one.
func TestBoundsAreTheDocumentedOnes(t *testing.T) {
	w := newWorld(t)
	page, err := os.ReadFile(filepath.Join(docblock.Root(t), "docs/reference/configuration.md"))
	require.NoError(t, err)
	text := strings.Join(strings.Fields(string(page)), " ")

	seats := seatsOf(netip.MustParseAddr("2001:db8::1"))
	server := HTTPServer("", nil)
	then := func(l *limiter) string {
		if l.every < time.Second {
			return fmt.Sprintf("%d, then %s a second", l.burst, map[time.Duration]string{2: "two", 5: "five"}[time.Second/l.every])
		}
		return strings.Replace(fmt.Sprintf("%d, then one in %.0f s", l.burst, l.every.Seconds()), "one in 1 s", "one a second", 1)
	}
	row := func(what string, l limits) string {
		return fmt.Sprintf("| %s | %s | %s |", what, then(l.account), then(l.network))
	}
	const once = "| the first one to each %s that was started is not counted | %s |"
	for _, sentence := range []string{
		fmt.Sprintf("few at a time: %d of one network, %d of one /48, %d in all.", seats[0].most, seats[1].most, cap(w.reading.all)),
		fmt.Sprintf("%.0f seconds for its headers and %.0f for all of it", server.ReadHeaderTimeout.Seconds(), server.ReadTimeout.Seconds()),
		fmt.Sprintf("may have %d networks' worth", w.passwords.site.burst/w.passwords.network.burst),
		row("a wrong password", w.passwords),
		row("an e-mail address on the sign-in page", w.lookups),
		row("an address for a forgotten password", w.resets),
		fmt.Sprintf(once, "login", then(w.answers.network)),
		fmt.Sprintf(once, "logout", then(w.logouts.network)),
	} {
		require.Contains(t, text, sentence)
	}
}
