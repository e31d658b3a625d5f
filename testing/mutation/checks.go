// Package mutation takes the verifier's checks away, one at a time, and sees whether a test notices: a check without a test may be lost any day. All
// checks of a package are compiled once with a switch each, in sources that lie over the tree's own (go build -overlay), so that nothing in the tree
// is touched and a thousand messages can be tried in one process without any one check. Only tests enter.
package mutation

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// Check is something that refuses: an operand of a condition under which a function returns a refusal, or of what a function answers.
type Check struct {
	ID   int    // from 1, in the order of files and places
	At   string // "conditions.go:31"
	Text string // "!r.now.Before(r.endsAt)"
	room string
	nth  int // of the same text in its file
}

func (c Check) String() string { return c.At + ": " + c.Text }

// switched gives a source in which every check has a switch, kept(ID), and lists them. IDs begin behind those that are taken.
func switched(name, source string, taken int) (string, []Check, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		return "", nil, err
	}
	s := &switcher{files: files, source: source, taken: taken}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			s.function(f)
		}
	}
	slices.SortFunc(s.cuts, func(a, b cut) int { return b.at - a.at })
	for _, c := range s.cuts {
		source = source[:c.at] + c.text + source[c.at:]
	}
	return source, s.checks, nil
}

// switcher collects what to put where.
type switcher struct {
	files  *token.FileSet
	source string
	taken  int
	checks []Check
	cuts   []cut
}

type cut struct {
	at   int
	text string
}

func (s *switcher) function(f *ast.FuncDecl) {
	answers := answerOf(f)
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false // an iterator's body, which breaks off instead of refusing
		case *ast.IfStmt:
			if refuses(n.Body.List) {
				s.each(n.Cond, token.LOR, "kept(%d) && (", ")")
			}
		case *ast.SwitchStmt:
			if n.Tag == nil {
				s.cases(n)
			}
		case *ast.ReturnStmt:
			if last := len(n.Results) - 1; answers && last >= 0 {
				if _, both := n.Results[last].(*ast.BinaryExpr); both {
					s.each(n.Results[last], token.LAND, "(!kept(%d) || (", "))")
				}
			}
		}
		return true
	})
}

func (s *switcher) cases(n *ast.SwitchStmt) {
	for _, c := range n.Body.List {
		c := c.(*ast.CaseClause)
		if !refuses(c.Body) {
			continue
		}
		for _, e := range c.List {
			s.each(e, token.LOR, "kept(%d) && (", ")")
		}
	}
}

// each puts a switch around each operand of a chain.
func (s *switcher) each(e ast.Expr, chain token.Token, before, after string) {
	if b, ok := e.(*ast.BinaryExpr); ok && b.Op == chain {
		s.each(b.X, chain, before, after)
		s.each(b.Y, chain, before, after)
		return
	}
	from, to := s.files.Position(e.Pos()), s.files.Position(e.End())
	id := s.taken + len(s.checks) + 1
	s.checks = append(s.checks, Check{ID: id, At: fmt.Sprintf("%s:%d", from.Filename, from.Line), Text: s.source[from.Offset:to.Offset]})
	s.cuts = append(s.cuts, cut{to.Offset, after}, cut{from.Offset, fmt.Sprintf(before, id)})
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
