package mutation

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// unchecked gives a source in which every check has a switch, and lists them. A check is something that refuses: an operand of a condition under which a
// function returns a refusal, or of what a function answers. IDs begin behind those that are taken.
func unchecked(name, source string, taken int) (string, []Mutant, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		return "", nil, err
	}
	c := &checker{edits: newEdits(files, source), taken: taken}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			c.function(f)
		}
	}
	return c.done(), c.checks, nil
}

// checker collects what to put where.
type checker struct {
	edits
	taken  int
	checks []Mutant
}

func (c *checker) function(f *ast.FuncDecl) {
	answers := answerOf(f)
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false // an iterator's body, which breaks off instead of refusing
		case *ast.IfStmt:
			if refuses(n.Body.List) {
				c.each(n.Cond, token.LOR, "mutKept(%d) && (", ")")
			}
		case *ast.SwitchStmt:
			if n.Tag == nil {
				c.cases(n)
			}
		case *ast.ReturnStmt:
			if last := len(n.Results) - 1; answers && last >= 0 {
				if _, both := n.Results[last].(*ast.BinaryExpr); both {
					c.each(n.Results[last], token.LAND, "(mutLost(%d) || (", "))")
				}
			}
		}
		return true
	})
}

func (c *checker) cases(n *ast.SwitchStmt) {
	for _, s := range n.Body.List {
		clause := s.(*ast.CaseClause)
		if !refuses(clause.Body) {
			continue
		}
		for _, e := range clause.List {
			c.each(e, token.LOR, "mutKept(%d) && (", ")")
		}
	}
}

// each puts a switch around each operand of a chain.
func (c *checker) each(e ast.Expr, chain token.Token, before, after string) {
	if b, ok := e.(*ast.BinaryExpr); ok && b.Op == chain {
		c.each(b.X, chain, before, after)
		c.each(b.Y, chain, before, after)
		return
	}
	at := c.files.Position(e.Pos())
	id := c.taken + len(c.checks) + 1
	c.checks = append(c.checks, Mutant{ID: id, At: fmt.Sprintf("%s:%d", at.Filename, at.Line), Text: c.text(e)})
	c.around(e, fmt.Sprintf(before, id), after)
}

// answerOf tells whether a function's last result says whether something is well.
func answerOf(f *ast.FuncDecl) bool {
	if f.Type.Results == nil {
		return false
	}
	last, ok := f.Type.Results.List[len(f.Type.Results.List)-1].Type.(*ast.Ident)
	return ok && last.Name == "bool"
}

// refuses tells whether statements end in the return of a refusal, an error, false, or the text of a problem.
func refuses(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	r, ok := body[len(body)-1].(*ast.ReturnStmt)
	if !ok || len(r.Results) == 0 {
		return false
	}
	return slices.ContainsFunc(r.Results, func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.Ident:
			return slices.Contains([]string{"refused", "err", "first", "false"}, e.Name)
		case *ast.CallExpr:
			name, ok := e.Fun.(*ast.Ident)
			return ok && slices.Contains([]string{"no", "refuse", "bad", "unreadable"}, name.Name)
		case *ast.UnaryExpr:
			return e.Op == token.AND // &refusal{…}
		case *ast.BasicLit:
			return e.Kind == token.STRING && strings.Trim(e.Value, `"`) != ""
		}
		return false
	})
}
