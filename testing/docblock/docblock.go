// Package docblock keeps the parts of docs/ that are printed from code equal to the code. A test hands in what the code
// says; with its -update flag the page is rewritten instead of compared. Any test may enter.
package docblock

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Check compares a block of a page with content, or rewrites it when update is set. The page is named from the root of
// the repository; the block lies between the lines
//
//	<!-- generated:NAME, by make generate -->
//	<!-- /generated:NAME -->
//
// A test package that calls it declares a bool flag named update; `make generate` finds those packages by the call, and in them the tests with
// Page in their names.
func Check(t testing.TB, page, name, content string, update bool) {
	t.Helper()
	if !strings.Contains(t.Name(), "Page") {
		t.Fatalf("make generate runs the tests with Page in their names only: rename %s", t.Name())
	}
	file := filepath.Join(Root(t), filepath.FromSlash(page))
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("read the page: %v", err)
	}
	fresh, err := Replace(string(old), name, content)
	switch {
	case err != nil:
		t.Fatalf("%s: %v", page, err)
	case fresh == string(old):
	case !update:
		t.Errorf("%s: block %q is not what the code says; make generate\n%s", page, name, content)
	default:
		if err := os.WriteFile(file, []byte(fresh), 0o644); err != nil {
			t.Fatalf("write the page: %v", err)
		}
	}
}

// Replace returns the page with the named block's inside replaced by content.
func Replace(page, name, content string) (string, error) {
	begin := fmt.Sprintf("<!-- generated:%s, by make generate -->\n", name)
	end := fmt.Sprintf("<!-- /generated:%s -->\n", name)
	head, rest, found := strings.Cut(page, begin)
	if !found {
		return "", fmt.Errorf("no line %q", strings.TrimSpace(begin))
	}
	_, tail, found := strings.Cut(rest, end)
	if !found {
		return "", fmt.Errorf("no line %q after %q", strings.TrimSpace(end), strings.TrimSpace(begin))
	}
	return head + begin + strings.TrimSpace(content) + "\n" + end + tail, nil
}

// Root returns the folder that holds go.mod, seen from the running test.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatalf("working directory: %v", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
}
