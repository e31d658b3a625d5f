// Package sdktest tests providers. A vendor's test is one line:
//
//	func TestConformance(t *testing.T) { sdktest.Conformance(t, acme.Provider{}) }
//
// The checks are a list of named functions that need no testing.T, so that `idplug plugin check` runs the same list against a binary in any
// language. Tests and that command enter here; nothing that serves people does.
package sdktest

import (
	"log/slog"
	"testing"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

// Start puts p behind a real gRPC connection in this process, as the host would see it, until the test ends.
func Start(t testing.TB, p sdk.Provider) sdk.Provider {
	t.Helper()
	client, stop, err := wire.Loopback(t.Context(), p, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(stop)
	return client
}

// Conformance runs every check against p, behind a connection as made by [Start].
func Conformance(t *testing.T, p sdk.Provider) {
	t.Helper()
	subject := Subject{Provider: Start(t, p)}
	for _, check := range Checks() {
		t.Run(check.ID, func(t *testing.T) {
			if err := check.Run(t.Context(), subject); err != nil {
				t.Errorf("%s\n%v", check.Rule, err)
			}
		})
	}
}
