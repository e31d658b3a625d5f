// Package python holds the plugin of docs/examples/python, which is written from the protocol page and not from our SDK, against the contract: a
// plugin may be written in any language. It also packs that plugin for other tests. Only tests enter.
package python

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/idplug/idplug/testing/docblock"
	"github.com/idplug/idplug/testing/need"
)

// Key is the provider's.
const Key = "acme"

// Build packs the plugin into one executable file, as its vendor does, and returns the file's path. It takes a second. Where Python, or a module that
// the plugin imports, is missing, the test is skipped.
func Build(t testing.TB) string {
	t.Helper()
	need.Python(t)
	need.Tool(t, "protobuf-compiler", "protoc")
	dir, sources := t.TempDir(), filepath.Join(docblock.Root(t), "docs", "examples", "python")
	if _, err := os.ReadDir(sources); err != nil { // go test's cache does not see what the script reads
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), filepath.Join(sources, "build"), dir).CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return filepath.Join(dir, "idplug-provider-"+Key)
}
