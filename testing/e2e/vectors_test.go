package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/vectors"
)

// TestVectorsOverHTTP posts every vector in a login of its own: each is refused with its code and status, and leaves no session; the same message
// without the change signs in, in the very next login.
func TestVectorsOverHTTP(t *testing.T) {
	t.Parallel()
	f := newForge(t)
	for i, v := range vectors.All() {
		t.Run(v.Name, func(t *testing.T) {
			// Assertion IDs are the same in all, and count once for each entity ID.
			entityID := fmt.Sprintf("http://www.okta.com/exkvector%d", i)
			f.trust(t, entityID)
			b := f.browser(v.Name)
			b.accept = acceptJSON
			base, state := f.ask(t, b, entityID)
			message, err := v.Message(base)
			require.NoError(t, err)
			f.answer(t, b, message, state)
			if v.Code == "" {
				requireSignedIn(t, b)
				return
			}
			require.Equal(t, string(v.Code), f.last.code(), "%d %s", f.last.status, f.last.text())
			require.Equal(t, sso.TextOf(v.Code).Status, f.last.status)
			require.NoError(t, b.get("/session"))
			require.Equal(t, http.StatusUnauthorized, b.page.status)
			if !v.Signed() {
				return
			}
			base, state = f.ask(t, b, entityID)
			twin, err := v.Twin(base)
			require.NoError(t, err)
			f.answer(t, b, twin, state)
			requireSignedIn(t, b)
		})
	}
}

func requireSignedIn(t *testing.T, b *browser) {
	t.Helper()
	require.Equal(t, http.StatusSeeOther, b.w.last.status, "%s %s", b.w.last.code(), b.w.last.text())
	require.NoError(t, b.get("/session"))
	require.Equal(t, http.StatusOK, b.page.status)
	require.True(t, strings.Contains(string(b.page.body), vectors.Ada), b.page.text())
}
