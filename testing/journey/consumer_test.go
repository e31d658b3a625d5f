package journey

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
)

// A vendor's module lies in the tree as `idplug plugin new` writes it, so that a change of SDK or scaffold shows what it does to vendors. -update
// writes it.
func TestTheConsumerIsWhatNewWrites(t *testing.T) {
	root, dir := docblock.Root(t), filepath.Join(t.TempDir(), "acme")
	command(t, t.TempDir(), filepath.Join(bin, "idplug"), "plugin", "new", "acme", "--dir", dir, "--sdk", root)
	fresh := tree(t, dir)
	for name, text := range fresh {
		fresh[name] = strings.ReplaceAll(text, root, "../..")
	}
	if *update {
		require.NoError(t, os.RemoveAll(consumer(t)))
		for name, text := range fresh {
			path := filepath.Join(consumer(t), name)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		}
	}
	require.Equal(t, fresh, tree(t, consumer(t)), "make generate")
}

func TestTheConsumerBuildsAndItsTestsPass(t *testing.T) {
	dir := consumer(t)
	command(t, dir, "go", "mod", "tidy", "-diff")
	command(t, dir, "go", "vet", "./...")
	command(t, dir, "go", "test", "-count=1", "./...")
}

// What a vendor's users run holds no part of the host: no web framework, no database, no SAML library, no telemetry.
func TestTheConsumerLinksNothingOfTheHost(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "idplug-provider-acme")
	command(t, consumer(t), "go", "build", "-trimpath", "-o", binary, ".")
	linked := linkedModules(command(t, t.TempDir(), "go", "version", "-m", binary))
	golden := filepath.Join(docblock.Root(t), "testing/journey/testdata/modules.golden")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(strings.Join(linked, "\n")+"\n"), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, strings.Fields(string(want)), linked, "make generate, and look at what vendors get")
	for _, word := range []string{"echo", "gorm", "crewjam", "otel", "opentelemetry", "prometheus", "pgx", "sqlite", "cobra", "koanf"} {
		require.False(t, slices.ContainsFunc(linked, func(module string) bool { return strings.Contains(module, word) }), word)
	}
}

var moduleLine = regexp.MustCompile(`(?m)^\tdep\t(\S+)\t`)

// linkedModules are the modules of `go version -m`, without versions, which change often and say little.
func linkedModules(text string) []string {
	var out []string
	for _, m := range moduleLine.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return out
}
