// Package sdktest tests providers. A vendor's test is one line, for the provider as a Go value:
//
//	func TestConformance(t *testing.T) { sdktest.Conformance(t, acme.Provider{}) }
//
// and [Binary.Check] makes the same checks, and those about processes, with a binary in any language: it is what `idplug plugin check` runs. The
// rules are listed by [Checks] and explained, one by one, on the page docs/reference/conformance.md.
//
// Tests and that command enter here; nothing that serves people does.
package sdktest

import (
	"bytes"
	"flag"
	"io"
	"log/slog"
	"strings"
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

// Conformance makes every check of answers with p, behind a connection as made by [Start], and compares the answers to what lies in the folder
// testdata of the test's package. If the test binary has a bool flag named update, and it is set, the golden answers are written instead.
func Conformance(t *testing.T, p sdk.Provider) {
	t.Helper()
	var log written
	s := &subject{
		provider: start(t, p, io.MultiWriter(t.Output(), &log)), log: log.String, golden: golden{dir: "testdata", update: updating()},
		manifest: func() (sdk.Manifest, error) { return p.Manifest(), nil },
	}
	failed := map[string]bool{}
	for _, check := range Checks() {
		if check.binary {
			continue
		}
		t.Run(check.ID, func(t *testing.T) {
			switch r := check.judge(t.Context(), s, failed); r.Outcome {
			case Passed:
			case Skipped:
				t.Logf("does not apply: %s", r.Seen)
			case Failed:
				t.Errorf("%s\n  seen: %s\n  fix:  %s\n  docs: %s", r.Rule, strings.ReplaceAll(r.Seen, "\n", "\n        "), r.Fix, r.Docs)
			}
		})
	}
}

// updating looks for the flag instead of declaring it: many test packages have one of that name.
func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
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

// written is what was logged so far: the last part, if it is much.
type written struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

const mostLog = 1 << 20 // bytes

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf.Write(p)
	if excess := w.buf.Len() - 2*mostLog; excess > 0 {
		w.buf.Next(excess + mostLog)
	}
	return len(p), nil
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}
