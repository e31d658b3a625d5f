// Package sdkdocs holds what a vendor sees of the SDK: its exported surface, under review as a file, and the pages that are printed from its
// comments, its examples and its rules. Nobody may enter; it watches.
package sdkdocs

import (
	"flag"
	"go/ast"
	"go/doc"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
)

var update = flag.Bool("update", false, "rewrite the surface and the generated blocks in docs instead of comparing them")

// The packages that a vendor imports. Package wire is for hosts.
var packages = []string{"sdk", "sdk/serve", "sdk/sdktest"}

// surface is one package as go doc sees it, with its examples.
type surface struct {
	*doc.Package
	fset *token.FileSet
}

func load(t *testing.T, path string) surface {
	t.Helper()
	fset := token.NewFileSet()
	names, err := filepath.Glob(filepath.Join(docblock.Root(t), path, "*.go"))
	require.NoError(t, err)
	var files []*ast.File
	for _, name := range names {
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		require.NoError(t, err)
		files = append(files, file)
	}
	p, err := doc.NewFromFiles(fset, files, "github.com/idplug/idplug/"+path)
	require.NoError(t, err)
	return surface{p, fset}
}

// A change of the contract is a change of these files, which a reviewer sees. Within one major version they only grow.
func TestTheSurfaceIsTheOneAgreedOn(t *testing.T) {
	for _, path := range packages {
		golden := filepath.Join("testdata", strings.ReplaceAll(path, "/", "-")+".txt")
		got := load(t, path).text(t)
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			continue
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		require.Equal(t, string(want), got, "the exported surface of %s changed: is it an addition? then make generate, and say so in the changelog", path)
	}
}

// text prints every exported declaration, without comments.
func (s surface) text(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	write := func(decl ast.Decl) {
		ast.Inspect(decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GenDecl:
				n.Doc = nil
			case *ast.FuncDecl:
				n.Doc, n.Body = nil, nil
			case *ast.Field:
				n.Doc, n.Comment = nil, nil
			case *ast.ValueSpec:
				n.Doc, n.Comment = nil, nil
			case *ast.TypeSpec:
				n.Doc, n.Comment = nil, nil
			}
			return true
		})
		require.NoError(t, format.Node(&b, s.fset, decl))
		b.WriteString("\n\n")
	}
	for _, d := range s.declarations() {
		write(d.decl)
	}
	return "package " + s.Name + "\n\n" + strings.TrimSpace(b.String()) + "\n"
}

// declaration is one exported name, or a group of constants or variables.
type declaration struct {
	name string // "Attributes.First"
	doc  string
	decl ast.Decl
}

func (s surface) declarations() []declaration {
	var all []declaration
	values := func(groups []*doc.Value) {
		for _, v := range groups {
			if names := slices.DeleteFunc(slices.Clone(v.Names), func(n string) bool { return !ast.IsExported(n) }); len(names) > 0 {
				all = append(all, declaration{strings.Join(names, ", "), v.Doc, v.Decl})
			}
		}
	}
	funcs := func(list []*doc.Func, of string) {
		for _, f := range list {
			all = append(all, declaration{of + f.Name, f.Doc, f.Decl})
		}
	}
	values(s.Consts)
	values(s.Vars)
	funcs(s.Funcs, "")
	for _, t := range s.Types {
		all = append(all, declaration{t.Name, t.Doc, t.Decl})
		values(t.Consts)
		values(t.Vars)
		funcs(t.Funcs, "")
		funcs(t.Methods, t.Name+".")
	}
	return all
}

// The host's side of the contract, and what every Go type has, need no example for vendors.
var noExample = []string{"WithCall", "WithLog", "String", "GoString", "MarshalText", "Error", "Unwrap"}

func TestEveryFunctionHasAnExample(t *testing.T) {
	s := load(t, "sdk")
	shown := map[string]bool{}
	for _, e := range s.Examples {
		shown[e.Name] = true
	}
	for _, typ := range s.Types {
		for _, e := range typ.Examples {
			shown[e.Name] = true
		}
		for _, f := range slices.Concat(typ.Funcs, typ.Methods) {
			for _, e := range f.Examples {
				shown[e.Name] = true
			}
		}
	}
	for _, f := range s.Funcs {
		for _, e := range f.Examples {
			shown[e.Name] = true
		}
	}
	for _, d := range s.declarations() {
		f, isFunc := d.decl.(*ast.FuncDecl)
		if isFunc && !slices.Contains(noExample, f.Name.Name) && !shown[strings.ReplaceAll(d.name, ".", "_")] {
			t.Errorf("sdk.%s has no example", d.name)
		}
	}
}

func TestEveryNameIsExplained(t *testing.T) {
	for _, path := range packages {
		for _, d := range load(t, path).declarations() {
			if strings.TrimSpace(d.doc) == "" {
				t.Errorf("%s: %s has no comment", path, d.name)
			}
		}
	}
}
