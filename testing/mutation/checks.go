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
			return !breaksOff(n)
		case *ast.CompositeLit:
			c.step(n)
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

// breaksOff tells whether a function is an iterator's body, whose truth value says whether to go on.
func breaksOff(f *ast.FuncLit) bool {
	results := f.Type.Results
	if results == nil {
		return true
	}
	kind, ok := results.List[0].Type.(*ast.Ident)
	return ok && kind.Name == "bool"
}

// step gives a switch to what a step of the road does: check{"signature", r.signature}.
func (c *checker) step(n *ast.CompositeLit) {
	if name, ok := n.Type.(*ast.Ident); ok && name.Name == "check" && len(n.Elts) == 2 {
		c.one(n, n.Elts[1], "mutStep(%d, ", ")")
	}
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
	c.one(e, e, before, after)
}

// one puts a switch around e; what it says is the text of whole.
func (c *checker) one(whole, e ast.Expr, before, after string) {
	at := c.files.Position(e.Pos())
	id := c.taken + len(c.checks) + 1
	c.checks = append(c.checks, Mutant{ID: id, At: fmt.Sprintf("%s:%d", at.Filename, at.Line), Text: c.text(whole)})
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

// refuses tells whether statements end in a refusal: in the return of one, of an error, of false or of the text of a problem; in an error that is one
// from now on; or in a problem that is listed.
func refuses(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	switch s := body[len(body)-1].(type) {
	case *ast.ReturnStmt:
		return slices.ContainsFunc(s.Results, refusal)
	case *ast.AssignStmt:
		_, called := s.Rhs[0].(*ast.CallExpr)
		return s.Tok == token.ASSIGN && called && refusal(s.Rhs[0])
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		return ok && named(call.Fun) == "Add" && len(call.Args) > 0 && named(call.Args[0]) == "Failure"
	}
	return false
}

// refusal tells whether an expression is something that refuses.
func refusal(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return slices.Contains([]string{"refused", "err", "first", "false", "home"}, e.Name) || strings.HasPrefix(e.Name, "err") && len(e.Name) > len("err")
	case *ast.CallExpr:
		switch f := e.Fun.(type) {
		case *ast.Ident:
			return slices.Contains([]string{"no", "refuse", "bad", "unreadable", "unread", "mustWait", "Refuse"}, f.Name)
		case *ast.SelectorExpr: // sso.Refuse(…), and what is said more: .With(…).Because(…)
			return f.Sel.Name == "Refuse" || (f.Sel.Name == "With" || f.Sel.Name == "Because") && refusal(f.X)
		}
	case *ast.UnaryExpr:
		return e.Op == token.AND // &refusal{…}
	case *ast.BasicLit:
		return e.Kind == token.STRING && strings.Trim(e.Value, `"`) != ""
	}
	return false
}

// named is the last name of an expression: Failure of sso.Failure.
func named(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
