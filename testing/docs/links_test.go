// Package docs holds the pages to the tree: a link that leads nowhere, a target or a file that is not there, a page that
// nobody can find from the map, a generated block that is not what the code says.
package docs_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
)

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	target   = regexp.MustCompile("(?:`|(?m:^))make ([a-z-]+)")
	declared = regexp.MustCompile(`(?m)^([a-z-]+):(?:[^=]|$)`)
	quoted   = regexp.MustCompile("`([^`\n]+)`")
	filePath = regexp.MustCompile(`^[A-Za-z.][A-Za-z0-9_.*/-]*$`)
)

// A quoted word counts as a path of this repository when it lies in one of these folders, or is one of these files.
var (
	rooms = []string{"core/", "sdk/", "plugins/", "host/", "cmd/", "testing/", "docs/", ".ci/"}
	loose = []string{"go.mod", "tools.versions", "Makefile", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "buf.yaml"}
)

// pages returns every page by its path from the root of the repository.
func pages(t *testing.T) map[string]string {
	t.Helper()
	root := os.DirFS(docblock.Root(t))
	names, err := fs.Glob(root, "*.md")
	require.NoError(t, err)
	require.NoError(t, fs.WalkDir(root, "docs", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".md" {
			names = append(names, name)
		}
		return err
	}))
	all := map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(root, name)
		require.NoError(t, err)
		all[name] = string(text)
	}
	return all
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	root := docblock.Root(t)
	all := pages(t)
	for name, text := range all {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			to := name
			if file != "" {
				to = path.Join(path.Dir(name), file)
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(to))); err != nil {
				t.Errorf("%s: link to %s leads nowhere", name, m[1])
			}
			if anchor != "" && !slices.Contains(anchors(all[to]), anchor) {
				t.Errorf("%s: no heading #%s in %s", name, anchor, to)
			}
		}
	}
}

// anchors are the headings as web pages name them: lower case, spaces to hyphens, other signs dropped.
func anchors(page string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(page, -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
				return r
			}
			return -1
		}, strings.ToLower(m[1])))
	}
	return all
}

func TestEveryPageIsOnTheMap(t *testing.T) {
	all := pages(t)
	listed := map[string]bool{"docs/README.md": true}
	for _, m := range link.FindAllStringSubmatch(all["docs/README.md"], -1) {
		listed[path.Join("docs", m[1])] = true
	}
	for name := range all {
		if strings.HasPrefix(name, "docs/") && !listed[name] {
			t.Errorf("%s is not on the map, docs/README.md", name)
		}
	}
}

func TestEveryMakeTargetNamedExists(t *testing.T) {
	var targets []string
	for _, file := range []string{"Makefile", "testing/consumer/Makefile"} { // ours, and that of a vendor's module
		makefile, err := os.ReadFile(filepath.Join(docblock.Root(t), file))
		require.NoError(t, err)
		for _, m := range declared.FindAllStringSubmatch(string(makefile), -1) {
			targets = append(targets, m[1])
		}
	}
	require.Contains(t, targets, "test")
	for name, text := range pages(t) {
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(targets, m[1]) {
				t.Errorf("%s: there is no make %s", name, m[1])
			}
		}
	}
}

func TestEveryPathNamedExists(t *testing.T) {
	root := docblock.Root(t)
	for name, text := range pages(t) {
		for _, m := range quoted.FindAllStringSubmatch(handWritten(text), -1) {
			if !filePath.MatchString(m[1]) || !inTheTree(m[1]) {
				continue
			}
			found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(m[1])))
			require.NoError(t, err)
			if len(found) == 0 {
				t.Errorf("%s names %s, which is not there", name, m[1])
			}
		}
	}
}

func inTheTree(word string) bool {
	return slices.Contains(loose, word) ||
		slices.ContainsFunc(rooms, func(room string) bool { return strings.HasPrefix(word, room) })
}

// handWritten leaves out generated blocks, which their own tests compare, and code blocks, which show other people's trees.
func handWritten(page string) string {
	page = regexp.MustCompile(`(?s)<!-- generated:.*?<!-- /generated:[a-z]+ -->`).ReplaceAllString(page, "")
	return regexp.MustCompile("(?s)\n```.*?\n```").ReplaceAllString(page, "")
}
