package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
	"github.com/idplug/idplug/testing/score"
)

var codeLine = regexp.MustCompile(`(?m)^\t(\w+)\s+Code = "([^"]+)"`)

// TestEveryCodeIsGivenAndTested: a code that nothing refuses with is dead, one that no test expects is a wish.
func TestEveryCodeIsGivenAndTested(t *testing.T) {
	root := docblock.Root(t)
	list, err := os.ReadFile(filepath.Join(root, "core", "sso", "code.go"))
	require.NoError(t, err)
	product, tests := sources(t, root)
	codes := codeLine.FindAllStringSubmatch(string(list), -1)
	require.NotEmpty(t, codes)
	wishes := 0
	for _, c := range codes {
		name, text := c[1], c[2]
		if !product.names(name, text) {
			t.Errorf("%s (%s): nothing in the product gives it", name, text)
		}
		if !tests.names(name, text) {
			wishes++
			t.Errorf("%s (%s): no test expects it", name, text)
		}
	}
	score.Report(t, "codes", float64(len(codes)), ">= 100")
	score.Report(t, "codes that no test asserts", float64(wishes), "= 0")
}

// TestAWordIsNoCode: many codes are named as much else is.
func TestAWordIsNoCode(t *testing.T) {
	none := mentions{}
	none.add(t, "x_test.go", `package x
func f() { http.NotFound(nil, nil); errors.NotFound(); t.Log("it is not_found", NotFound); s.NotFound = "" }`)
	require.False(t, none.names("NotFound", "not_found"))
	for _, source := range []string{
		`package x; func f() { require.Equal(t, sso.NotFound, code) }`,
		`package sso; func f() { want := NotFound }`,
		`package x; var table = map[string]string{"a": "not_found"}`,
		`package x; var problems = []string{"roles[0].key: not_found"}`,
		"package x; var said = `{\"code\":\"not_found\"}`",
	} {
		some := mentions{}
		some.add(t, "x_test.go", source)
		require.True(t, some.names("NotFound", "not_found"), source)
	}
}

// mentions are the constants of codes that sources name with their package, as sso.NotFound, and the texts of literals that may be a code's own.
type mentions map[string]bool

// names tells whether a code's constant or its text is mentioned.
func (m mentions) names(name, text string) bool { return m["sso."+name] || m[strconv.Quote(text)] }

// Words in quotes inside of a text, as in JSON, and the code of a field, as in "roles[0].key: key_invalid".
var (
	quoted  = regexp.MustCompile(`"([a-z][a-z0-9_.]*)"`)
	ofField = regexp.MustCompile(`^[\w.\[\]]+: ([a-z][a-z0-9_.]*)(?: |$)`)
)

func (m mentions) add(t *testing.T, path, source string) {
	t.Helper()
	if filepath.Ext(path) != ".go" { // a script
		for w := range strings.FieldsSeq(source) {
			m[strconv.Quote(strings.Trim(w, `"'.,;:()`))] = true
		}
		m.quotes(source)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
	require.NoError(t, err, path)
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				m[x.Name+"."+n.Sel.Name] = true
			}
		case *ast.Ident:
			if file.Name.Name == "sso" {
				m["sso."+n.Name] = true
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil {
				m[strconv.Quote(text)] = true
				m.quotes(text)
				if field := ofField.FindStringSubmatch(text); field != nil {
					m[strconv.Quote(field[1])] = true
				}
			}
		}
		return true
	})
}

func (m mentions) quotes(text string) {
	for _, q := range quoted.FindAllStringSubmatch(text, -1) {
		m[strconv.Quote(q[1])] = true
	}
}

// sources are the product's code, without the catalogue of codes itself, and everything that tests it.
func sources(t *testing.T, root string) (product, tests mentions) {
	t.Helper()
	product, tests = mentions{}, mentions{}
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
		if err == nil {
			to.add(t, path, string(b))
		}
		return err
	})
	require.NoError(t, err)
	return product, tests
}
