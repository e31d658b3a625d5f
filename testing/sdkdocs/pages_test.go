package sdkdocs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk/sdktest"
	"github.com/idplug/idplug/testing/docblock"
)

// The page lists every exported name with the first sentence of its comment.
func TestTheSDKPageListsEveryName(t *testing.T) {
	for _, path := range packages {
		s := load(t, path)
		var b strings.Builder
		b.WriteString("| name | |\n|---|---|\n")
		for _, d := range s.declarations() {
			if strings.HasSuffix(d.name, ".GoString") || strings.HasSuffix(d.name, ".MarshalText") {
				continue // how String is reached
			}
			fmt.Fprintf(&b, "| %s | %s |\n", quoted(d.name), cell(s.Synopsis(d.doc)))
		}
		docblock.Check(t, "docs/reference/sdk.md", strings.ReplaceAll(path, "/", ""), b.String(), *update)
	}
}

func quoted(names string) string {
	return "`" + strings.ReplaceAll(names, ", ", "`, `") + "`"
}

func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(text)
}

// One heading per rule: the address that a failure prints leads to it.
func TestTheConformancePageExplainsEveryRule(t *testing.T) {
	var b strings.Builder
	for _, c := range sdktest.Checks() {
		fmt.Fprintf(&b, "### %s\n\n%s\n\n*To mend it:* %s\n\n", c.ID, markdown(c.Rule), markdown(c.Fix))
		require.Equal(t, strings.ReplaceAll(c.ID, ".", ""), c.Docs()[strings.Index(c.Docs(), "#")+1:], "as web pages name headings")
	}
	docblock.Check(t, "docs/reference/conformance.md", "rules", b.String(), *update)
}

// code are words that a page shows as such.
var code = regexp.MustCompile(`\{[^}]*\}|\b(?:sdk|serve)\.\w+(?:\.\w+)*(?:\(\w+\))?|idplug-provider-<key>|-update\b|--update\b`)

func markdown(text string) string {
	return code.ReplaceAllStringFunc(text, func(s string) string { return "`" + s + "`" })
}

// Recipes are examples of package sdk, which go test runs; the pages print their source.
func TestTheCookbookPagesPrintWhatRuns(t *testing.T) {
	for page, recipes := range map[string][]string{
		"docs/howto/read-attributes.md": {"email", "subject", "names", "groups", "joined", "overage", "friendly", "missing", "logging"},
		"docs/howto/read-metadata.md":   {"onelogin", "examine", "hints", "mistaken", "address", "whose"},
	} {
		for _, name := range recipes {
			docblock.Check(t, page, name, "```go\n"+source(t, name)+"\n```", *update)
		}
	}
}

// shared are functions that several examples use, by the name of their block.
var shared = map[string]string{
	"onelogin": "func (onelogin) Metadata(", "examine": "func examine(", "hints": "func hints(", "mistaken": "func mistaken(",
}

// source returns the inside of the example of that name, with what it prints, or the whole of a shared function.
func source(t *testing.T, name string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(docblock.Root(t), "sdk", "example*_test.go"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if _, body, found := strings.Cut(string(text), "\nfunc Example_"+name+"() {\n"); found {
			body, _, _ = strings.Cut(body, "\n}\n")
			return strings.ReplaceAll(strings.TrimPrefix(body, "\t"), "\n\t", "\n")
		}
		if begin := shared[name]; begin != "" && strings.Contains(string(text), "\n"+begin) {
			_, body, _ := strings.Cut(string(text), "\n"+begin)
			body, _, _ = strings.Cut(body, "\n}\n")
			return begin + body + "\n}"
		}
	}
	t.Fatalf("no example %s", name)
	return ""
}
