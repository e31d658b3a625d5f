package arch_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/arch"
	"github.com/idplug/idplug/testing/docblock"
)

var update = flag.Bool("update", false, "rewrite the generated blocks in docs instead of comparing them")

func TestTheTreeKeepsToTheTable(t *testing.T) {
	files, err := arch.Read(os.DirFS(docblock.Root(t)))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, wrong := range arch.Check(arch.House, files) {
		t.Error(wrong)
	}
}

func TestTheArchitecturePagePrintsTheTable(t *testing.T) {
	docblock.Check(t, "docs/explanation/architecture.md", "rooms", arch.Markdown(arch.House), *update)
}

// A watcher that never barks proves nothing, so each rule is shown one tree that breaks it and only it.
func TestEveryRuleGoesRed(t *testing.T) {
	const own = arch.Module + "/"
	for name, c := range map[string]struct {
		file, source string
		want         string // empty: the tree is fine
	}{
		"core imports echo":               {"core/login/a.go", uses("github.com/labstack/echo/v4"), "core/login may not import third party"},
		"core imports net/http":           {"core/sso/a.go", uses("net/http"), "must do without net/http"},
		"core imports below log":          {"core/sso/a.go", uses("log/slog"), "must do without log/slog"},
		"core imports os":                 {"core/directory/a.go", uses("os"), "must do without os"},
		"core imports database/sql":       {"core/settings/a.go", uses("database/sql"), "must do without database/sql"},
		"core may import net/netip":       {"core/sso/a.go", uses("net/netip"), ""},
		"a core test may use os":          {"core/sso/a_test.go", uses("os"), ""},
		"core/sso imports a use case":     {"core/sso/a.go", uses(own + "core/login"), "core/sso may not import core/login"},
		"one use case imports another":    {"core/login/a.go", uses(own + "core/settings"), "core/login may not import core/settings"},
		"a use case's test has another":   {"core/login/a_test.go", uses(own + "core/settings"), ""},
		"core imports the sdk":            {"core/sso/a.go", uses(own + "sdk"), "core/sso may not import sdk"},
		"sdk imports core":                {"sdk/a.go", uses(own + "core/sso"), "sdk may not import core/sso"},
		"sdk imports anybody":             {"sdk/a.go", uses("google.golang.org/grpc/codes"), "sdk may not import third party"},
		"a plugin imports core":           {"plugins/okta/a.go", uses(own + "core/sso"), "plugins/* may not import core/sso"},
		"a new plugin imports the host":   {"plugins/new/a.go", uses(own + "host"), "plugins/* may not import host"},
		"a plugin's test uses sdktest":    {"plugins/okta/a_test.go", uses(own + "sdk/sdktest"), ""},
		"a plugin imports sdktest":        {"plugins/okta/a.go", uses(own + "sdk/sdktest"), "may not import sdk/sdktest"},
		"web imports the store":           {"host/web/a.go", uses(own + "host/store"), "host/web may not import host/store"},
		"web imports gorm":                {"host/web/a.go", uses("gorm.io/gorm"), "host/web may not import third party"},
		"web imports a leaf":              {"host/web/a.go", uses(own + "host/seal"), ""},
		"a leaf imports core":             {"host/seal/a.go", uses(own + "core/sso"), "host/seal may not import core/sso"},
		"signedxml imports etree":         {"host/saml/signedxml/a.go", uses("github.com/beevik/etree"), "may not import third party"},
		"a signedxml test imports etree":  {"host/saml/signedxml/a_test.go", uses("github.com/beevik/etree"), ""},
		"a prefix is not a module":        {"host/store/a.go", uses("gorm.io/gormless"), "may not import third party"},
		"the product imports a test room": {"host/web/a.go", uses(own + "testing/need"), "host/web may not import testing/need"},
		"a test imports a test room":      {"host/web/a_test.go", uses(own + "testing/need"), ""},
		"a test imports a sibling":        {"host/web/a_test.go", uses(own + "host/store"), "host/web may not import host/store"},
		"an external test of its package": {"host/web/a_test.go", uses(own + "host/web"), ""},
		"a folder in no room":             {"pkg/util/a.go", "// Package util is a drawer.\npackage util\n", "lies in no room"},
		"a folder below a room":           {"core/sso/deep/a.go", "// Package deep is new.\npackage deep\n", "lies in no room"},
		"an import of no room":            {"host/a.go", uses(own + "pkg/util"), "pkg/util, which lies in no room"},
		"a Go file at the root":           {"a.go", "// Package idplug is at the root.\npackage idplug\n", "lies in no room"},
		"a Go file directly in testing":   {"testing/a.go", "// Package testing shadows.\npackage testing\n", "directly in testing/"},
		"401 lines":                       {"core/sso/a.go", lines(401), "401 lines, more than 400"},
		"400 lines":                       {"core/sso/a.go", lines(400), ""},
		"401 lines of test":               {"core/sso/a_test.go", lines(401), "401 lines, more than 400"},
		"401 generated lines":             {"host/web/a.gen.go", "// Code generated by x. DO NOT EDIT.\n\n" + lines(401), ""},
		"401 lines that claim it":         {"host/web/a.go", "// Code generated by x. DO NOT EDIT.\n\n" + lines(401), "more than 400"},
		"no package comment":              {"core/sso/a.go", "package sso\n", "core/sso: no package comment"},
		"a test needs no comment":         {"core/sso/a_test.go", "package sso_test\n", ""},
		"a quiet skip":                    {"core/sso/a_test.go", "package x\n\nfunc TestX(t T) {\n\tt.Skip(\"later\")\n}\n", "line 4 skips a test without testing/need"},
		"a fuzz target passes over input": {"core/sso/a_test.go", "package x\n\nfunc FuzzX(f F) { f.Fuzz(func(t T) { t.Skip() }) }\n", ""},
		"a nested module is its own":      {"testing/consumer/a.go", uses("gorm.io/gorm"), ""},
		"testdata is not code":            {"core/sso/testdata/a.go", uses("gorm.io/gorm"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := arch.Read(fstest.MapFS{
				c.file:                    {Data: []byte(c.source)},
				"testing/consumer/go.mod": {Data: []byte("module consumer\n")},
			})
			require.NoError(t, err)
			wrong := arch.Check(arch.House, files)
			if c.want == "" {
				require.Empty(t, wrong)
				return
			}
			require.Len(t, wrong, 1)
			require.Contains(t, wrong[0], c.want)
		})
	}
}

func uses(imported string) string {
	return fmt.Sprintf("// Package x is planted.\npackage x\n\nimport _ %q\n", imported)
}

func lines(n int) string {
	return "// Package x is long.\npackage x\n" + strings.Repeat("\n", n-2)
}

func TestATreeThatCannotBeParsedIsAnError(t *testing.T) {
	_, err := arch.Read(fstest.MapFS{"core/sso/a.go": {Data: []byte("pakage sso")}})
	require.ErrorContains(t, err, "core/sso/a.go")
}
