package arch

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// File is what the rules need to know of one Go file.
type File struct {
	Path      string // from the root of the module, with slashes
	Imports   []string
	Lines     int
	Doc       string // the package comment, if this file carries it
	Skips     []int  // lines that skip a test without package need
	Test      bool
	Generated bool
}

// Dir is the folder the file lies in; "." is the root of the module.
func (f File) Dir() string { return path.Dir(f.Path) }

// Read parses every Go file of the module: not testdata, not hidden folders, not modules nested in it. It parses in this
// process, because go test's cache sees the files a test opens and not those that a `go list` beside it would open.
func Read(tree fs.FS) ([]File, error) {
	var files []File
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && skipped(tree, name):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		file, err := parse(name, source)
		if err != nil {
			return err
		}
		files = append(files, file)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the tree: %w", err)
	}
	return files, nil
}

func skipped(tree fs.FS, dir string) bool {
	if base := path.Base(dir); base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(tree, path.Join(dir, "go.mod"))
	return err == nil
}

func parse(name string, source []byte) (File, error) {
	positions := token.NewFileSet()
	syntax, err := parser.ParseFile(positions, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return File{}, err
	}
	file := File{
		Path:      name,
		Lines:     bytes.Count(source, []byte("\n")),
		Doc:       strings.TrimSpace(syntax.Doc.Text()),
		Test:      strings.HasSuffix(name, "_test.go"),
		Generated: ast.IsGenerated(syntax) && generatedName(name),
	}
	for _, spec := range syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return File{}, fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		file.Imports = append(file.Imports, imported)
	}
	for _, decl := range syntax.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Fuzz") {
			continue // a fuzz target passes over inputs that are no case of its rule
		}
		ast.Inspect(decl, func(node ast.Node) bool {
			if call, ok := node.(*ast.CallExpr); ok && skipsTest(call) {
				file.Skips = append(file.Skips, positions.Position(call.Pos()).Line)
			}
			return true
		})
	}
	return file, nil
}

// generatedName also asks for the file's name, so that a header alone does not free hand-written code from the rules.
func generatedName(name string) bool {
	return strings.HasSuffix(name, ".pb.go") || strings.HasSuffix(name, ".gen.go") || strings.HasPrefix(name, "sdk/internal/pb/")
}

func skipsTest(call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	receiver, ok := method.X.(*ast.Ident)
	if !ok {
		return false
	}
	switch receiver.Name {
	case "t", "tb", "b":
		return method.Sel.Name == "Skip" || method.Sel.Name == "Skipf" || method.Sel.Name == "SkipNow"
	}
	return false
}
