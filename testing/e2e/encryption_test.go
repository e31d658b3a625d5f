package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/vectors"
)

// requestIDs are what differs between two answers to the same.
var requestIDs = regexp.MustCompile(`[0-9A-Za-z_-]{16,}`)

// TestFailedDecryptionsLookAlike posts every encrypted message that does not open or shows nothing signed: the answers are the same, status and body,
// for programs and for people.
func TestFailedDecryptionsLookAlike(t *testing.T) {
	t.Parallel()
	f := newForge(t)
	const entityID = "http://www.okta.com/exkalike"
	f.trust(t, entityID)
	for _, kind := range []string{acceptJSON, "text/html"} {
		b := f.browser(kind)
		b.accept = kind
		var first string
		for i, v := range vectors.All() {
			if kind != acceptJSON && i%5 != 0 { // pages are made of the same answer: some will do
				continue
			}
			if v.Code != sso.EncFailed || !v.Sealed() || !strings.HasPrefix(v.Name, "encryption") || strings.HasPrefix(v.Name, "encryption told: ") {
				continue
			}
			base, state := f.ask(t, b, entityID)
			message, err := v.Message(base)
			require.NoError(t, err)
			f.answer(t, b, message, state)
			require.Equal(t, sso.TextOf(sso.EncFailed).Status, f.last.status, v.Name)
			require.Contains(t, string(f.last.body), string(sso.EncFailed), v.Name)
			body := requestIDs.ReplaceAllString(string(f.last.body), "…")
			if first == "" {
				first = body
			}
			require.Equal(t, first, body, v.Name)
		}
		require.NotEmpty(t, first)
	}
}
