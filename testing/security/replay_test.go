package security

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// rewrapped puts a signed assertion into a Response of another ID, as anybody can: the Response is not signed.
func rewrapped(t *testing.T, message string) string {
	t.Helper()
	doc, err := base64.StdEncoding.DecodeString(message)
	require.NoError(t, err)
	head, rest, ok := bytes.Cut(doc, []byte(` ID="`))
	require.True(t, ok)
	require.NotContains(t, string(head), "Assertion")
	_, rest, ok = bytes.Cut(rest, []byte(`"`))
	require.True(t, ok)
	return base64.StdEncoding.EncodeToString(fmt.Appendf(head, ` ID="_rewrapped%d"%s`, messages.Add(1), rest))
}

// TestTheSameAssertionInAnotherResponseIsTheSame: what counts once is what was signed, not the paper around it.
func TestTheSameAssertionInAnotherResponseIsTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("acme")
	w.trust("acme", entity, trusted(), nil)
	first, thief := w.browser(), w.browser()
	f := first.begin("acme")
	thief.cookies = first.copyOf().cookies // who reads along has everything that the browser has
	message := w.message(f, who("ada@example.test"))

	require.Equal(t, 303, first.post("acme", f.state, message).status)
	again := thief.post("acme", f.state, rewrapped(t, message))
	require.Contains(t, []sso.Code{sso.ReplayAssertion, sso.ReplayRequest}, again.code(), "%s", again.body)
	require.Empty(t, thief.session())

	// Nor is it of use to a login of one's own, even one whose request has the same ID.
	w.asked.same = f.request
	own := w.browser()
	again = own.post("acme", own.begin("acme").state, rewrapped(t, message))
	require.Equal(t, sso.ReplayAssertion, again.code(), "%s", again.body)
	require.Empty(t, own.session())
	w.asked.same = ""

	// The twin: in another Response from the start, it signs in.
	second := w.browser()
	f = second.begin("acme")
	require.Equal(t, 303, second.post("acme", f.state, rewrapped(t, w.message(f, who("ada@example.test")))).status)
	require.Equal(t, first.who(), second.who())
}
