package arch_test

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

var codeLine = regexp.MustCompile(`(?m)^\t(\w+)\s+Code = "([^"]+)"`)

// TestEveryCodeIsGivenAndTested: a code that nothing refuses with is dead, one that no test names is a wish.
func TestEveryCodeIsGivenAndTested(t *testing.T) {
	root := docblock.Root(t)
	list, err := os.ReadFile(filepath.Join(root, "core", "sso", "code.go"))
	require.NoError(t, err)
	product, tests := sources(t, root)
	codes := codeLine.FindAllStringSubmatch(string(list), -1)
	require.NotEmpty(t, codes)
	for _, c := range codes {
		name, text := c[1], c[2]
		if !product[name] && !product[text] {
			t.Errorf("%s (%s): nothing in the product gives it", name, text)
		}
		if !tests[name] && !tests[text] {
			t.Errorf("%s (%s): no test names it", name, text)
		}
	}
}

// words are the names and the dotted names of sources.
type words map[string]bool

var word = regexp.MustCompile(`[\w.]+`)

func (ws words) add(source string) {
	for _, w := range word.FindAllString(source, -1) {
		ws[strings.Trim(w, ".")] = true
		for part := range strings.SplitSeq(w, ".") {
			ws[part] = true
		}
	}
}

// sources are the product's code, without the catalogue of codes itself, and everything that tests it.
func sources(t *testing.T, root string) (product, tests words) {
	t.Helper()
	product, tests = words{}, words{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		if e.IsDir() {
			if rel != "." && strings.HasPrefix(e.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		to := product
		switch ext := filepath.Ext(rel); {
		case strings.HasPrefix(rel, "core/sso/code.go"), strings.HasPrefix(rel, "core/sso/texts_"), rel == "testing/arch/codes_test.go":
			return nil
		case strings.HasSuffix(rel, "_test.go"), strings.HasPrefix(rel, "testing/") && (ext == ".go" || ext == ".txtar"):
			to = tests
		case ext != ".go":
			return nil
		}
		b, err := os.ReadFile(path)
		to.add(string(b))
		return err
	})
	require.NoError(t, err)
	return product, tests
}
