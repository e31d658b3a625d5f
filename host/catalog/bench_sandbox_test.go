package catalog_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/catalog"
	"github.com/idplug/idplug/host/sandbox"
	"github.com/idplug/idplug/testing/badplugin"
)

// BenchmarkSandbox says what the sandbox costs: from an empty host to the first answer, and per answer after that.
func BenchmarkSandbox(b *testing.B) {
	c, err := compiled()
	require.NoError(b, err)
	open := func(b *testing.B, box sandbox.Box) *catalog.Catalog {
		b.Helper()
		root, err := os.MkdirTemp("", "cat") //nolint:usetesting // a socket's path must be short, and b.TempDir's is not
		require.NoError(b, err)
		b.Cleanup(func() { _ = os.RemoveAll(root) })
		dir := filepath.Join(root, "plugins.d")
		require.NoError(b, os.Mkdir(dir, 0o755))
		_, err = c.Write(dir, badplugin.Binary{Key: "one"})
		require.NoError(b, err)
		catalogue, err := catalog.Open(b.Context(), catalog.Options{
			Dir: dir, StateDir: filepath.Join(root, "state"), Now: time.Now, Log: slog.New(slog.DiscardHandler), Sandbox: box,
		})
		require.NoError(b, err)
		return catalogue
	}
	ask := func(b *testing.B, c *catalog.Catalog) {
		b.Helper()
		p, err := c.Provider("one")
		require.NoError(b, err)
		_, err = p.Profile(b.Context(), person("ada@example.com"))
		require.NoError(b, err)
	}
	for _, level := range []struct {
		name string
		box  sandbox.Box
	}{{"off", ajar}, {"full", shut}, {"off-again", ajar}, {"full-again", shut}} {
		b.Run("start/"+level.name, func(b *testing.B) {
			for b.Loop() {
				c := open(b, level.box)
				ask(b, c)
				b.StopTimer()
				require.NoError(b, c.Close())
				b.StartTimer()
			}
		})
		b.Run("call/"+level.name, func(b *testing.B) {
			c := open(b, level.box)
			for b.Loop() {
				ask(b, c)
			}
			require.NoError(b, c.Close())
		})
	}
}
