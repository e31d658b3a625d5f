// Package sdktest tests providers. A vendor's test is one line:
//
//	func TestConformance(t *testing.T) { sdktest.Conformance(t, acme.Provider{}) }
//
// The checks are a list of named functions that need no testing.T, so that `idplug plugin check` runs the same list against a binary in any
// language. Tests and that command enter here; nothing that serves people does.
package sdktest

import (
	"bytes"
	"io"
	"log/slog"
	"sync"
	"testing"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
)

// Start puts p behind a real gRPC connection in this process, as the host would see it, until the test ends.
func Start(t testing.TB, p sdk.Provider) sdk.Provider {
	t.Helper()
	return start(t, p, t.Output())
}

// Conformance runs every check against p, behind a connection as made by [Start].
func Conformance(t *testing.T, p sdk.Provider) {
	t.Helper()
	var log written
	subject := Subject{Provider: start(t, p, io.MultiWriter(t.Output(), &log)), Log: log.String}
	for _, check := range Checks() {
		t.Run(check.ID, func(t *testing.T) {
			if err := check.Run(t.Context(), subject); err != nil {
				t.Errorf("%s\n%v", check.Rule, err)
			}
		})
	}
}

func start(t testing.TB, p sdk.Provider, log io.Writer) sdk.Provider {
	t.Helper()
	client, stop, err := wire.Loopback(t.Context(), p, slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(stop)
	return client
}

// written is what was logged so far.
type written struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}
