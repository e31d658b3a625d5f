// Package proxy holds the how-to on connecting an application to its word: the nginx configuration printed there runs in a real nginx, before an
// application that shows what reaches it, idplug, and the development identity provider. Only tests enter.
package proxy

import (
	"os"
	"testing"

	"github.com/idplug/idplug/testing/conformance"
)

func TestMain(m *testing.M) {
	code := m.Run()
	conformance.Clean()
	os.Exit(code)
}
