package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// tests are those of one package that report figures, or fuzz.
type tests struct {
	dir   string // "./testing/e2e"
	names []string
}

// find walks the tree for tests whose functions reach one that wanted picks.
func find(root string, wanted func(*ast.FuncDecl) bool, prefix string) ([]tests, error) {
	var out []tests
	err := filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); dir != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
			return fs.SkipDir
		}
		names, err := reaching(dir, wanted, prefix)
		if len(names) > 0 {
			below, _ := filepath.Rel(root, dir) // dir is below root
			out = append(out, tests{"./" + filepath.ToSlash(below), names})
		}
		return err
	})
	return out, err
}

// reaching are the top-level tests of a folder that call, by whatever functions of the same folder, one that is wanted.
func reaching(dir string, wanted func(*ast.FuncDecl) bool, prefix string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	calls, hit := map[string][]string{}, map[string]bool{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				calls[f.Name.Name] = append(calls[f.Name.Name], called(f)...)
				hit[f.Name.Name] = hit[f.Name.Name] || wanted(f)
			}
		}
	}
	for grown := true; grown; {
		grown = false
		for name, callees := range calls {
			if !hit[name] && slices.ContainsFunc(callees, func(c string) bool { return hit[c] }) {
				hit[name], grown = true, true
			}
		}
	}
	var names []string
	for name := range calls {
		if hit[name] && strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// called are the names of functions and methods that f calls.
func called(f *ast.FuncDecl) []string {
	var names []string
	ast.Inspect(f, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			switch fun := c.Fun.(type) {
			case *ast.Ident:
				names = append(names, fun.Name)
			case *ast.SelectorExpr:
				names = append(names, fun.Sel.Name)
			}
		}
		return true
	})
	return names
}

// reports tells whether a function reports a figure itself.
func reports(f *ast.FuncDecl) bool { return len(reported(f)) > 0 }

// reported are the metrics that a function reports itself, "" for one that is no literal.
func reported(f *ast.FuncDecl) (metrics []string) {
	const metric = 1 // score.Report(t, metric, …)
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) <= metric {
			return true
		}
		if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Report" {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "score" {
				name := ""
				if literal, ok := call.Args[metric].(*ast.BasicLit); ok {
					name, _ = strconv.Unquote(literal.Value) // Go wrote it
				}
				metrics = append(metrics, name)
			}
		}
		return true
	})
	return metrics
}

// fuzzes tells whether a function is a fuzz target.
func fuzzes(f *ast.FuncDecl) bool { return f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") }
