package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
)

var (
	testFunc  = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	testNamed = regexp.MustCompile("`(Test\\w+)`")
)

// TestEveryPitfallHasItsTest: each row of the page names tests that there are, or says why none is needed.
func TestEveryPitfallHasItsTest(t *testing.T) {
	const page, pitfalls = "docs/explanation/plugin-pitfalls.md", 26
	there := testNames(t)
	rows := 0
	for line := range strings.Lines(pages(t)[page]) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 4 || strings.HasPrefix(line, "| what happens") {
			continue
		}
		rows++
		named := testNamed.FindAllStringSubmatch(cells[3], -1)
		if len(named) == 0 {
			require.Contains(t, cells[3], "none needed: ", line)
		}
		for _, m := range named {
			require.True(t, there[m[1]], "there is no %s: %s", m[1], line)
		}
	}
	require.GreaterOrEqual(t, rows, pitfalls)
}

// testNames are the names of all tests of the module.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	require.NoError(t, filepath.WalkDir(docblock.Root(t), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && strings.HasPrefix(e.Name(), ".") && len(e.Name()) > 1 {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		for _, m := range testFunc.FindAllStringSubmatch(string(source), -1) {
			names[m[1]] = true
		}
		return err
	}))
	return names
}
