package arch_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/arch"
	"github.com/idplug/idplug/testing/docblock"
)

// requirement is one module of go.mod.
type requirement struct {
	module string
	direct bool
}

var (
	requireLine    = regexp.MustCompile(`(?m)^(?:require )?\t?([a-z0-9.-]+\.[a-z]+/\S+) v\S+( // indirect)?$`)
	dependencyLine = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.*) \\|$")
)

func requirements(t *testing.T) []requirement {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(docblock.Root(t), "go.mod"))
	require.NoError(t, err)
	var all []requirement
	for _, m := range requireLine.FindAllStringSubmatch(string(text), -1) {
		all = append(all, requirement{module: m[1], direct: m[2] == ""})
	}
	require.NotEmpty(t, all)
	return all
}

// moduleOf returns the longest module path that holds the package.
func moduleOf(all []requirement, imported string) string {
	var longest string
	for _, r := range all {
		if (imported == r.module || strings.HasPrefix(imported, r.module+"/")) && len(r.module) > len(longest) {
			longest = r.module
		}
	}
	return longest
}

func TestEachDependencyHasItsLine(t *testing.T) {
	all := requirements(t)
	page, err := os.ReadFile(filepath.Join(docblock.Root(t), "docs/explanation/dependencies.md"))
	require.NoError(t, err)
	lines := map[string]string{}
	for _, m := range dependencyLine.FindAllStringSubmatch(string(page), -1) {
		require.NotContains(t, lines, m[1], "two lines")
		lines[m[1]] = m[2]
	}

	for _, r := range all {
		if _, ok := lines[r.module]; r.direct && !ok {
			t.Errorf("%s is a direct requirement of go.mod without a line in dependencies.md", r.module)
		}
	}
	for module := range lines {
		if !slices.ContainsFunc(all, func(r requirement) bool { return r.module == module }) {
			t.Errorf("%s has a line in dependencies.md and is not in go.mod", module)
		}
	}

	files, err := arch.Read(os.DirFS(docblock.Root(t)))
	require.NoError(t, err)
	for _, file := range files {
		for _, imported := range file.Imports {
			module := moduleOf(all, imported)
			if _, ok := lines[module]; module != "" && !ok {
				t.Errorf("%s imports %s, whose module has no line in dependencies.md", file.Path, imported)
			}
		}
	}
}

// An entry that names no module of go.mod allows what nobody decided to depend on.
func TestTheTableAllowsOnlyModulesThatAreRequired(t *testing.T) {
	all := requirements(t)
	for _, room := range arch.House {
		for _, third := range room.ThirdParty {
			known := slices.ContainsFunc(all, func(r requirement) bool {
				return r.module == third || strings.HasPrefix(r.module, third+"/") || strings.HasPrefix(third, r.module+"/")
			})
			if !known {
				t.Errorf("%s may import %s, which is not in go.mod", room.Path, third)
			}
		}
	}
}
