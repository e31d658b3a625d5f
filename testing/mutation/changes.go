package mutation

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// changed gives a source in which every place that mutation testing usually changes has a switch, and lists them: comparisons negated and moved by one,
// conditions negated, "and" for "or", terms left out, the other truth value, statements left out. What stands in for an operator is in testdata/kept.go.
func changed(name, source string, taken int) (string, []Mutant, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		return "", nil, err
	}
	c := &changer{edits: newEdits(files, source), taken: taken, truths: map[ast.Expr]bool{}}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			ast.Inspect(f.Body, c.visit)
		}
	}
	return c.done(), c.mutants, nil
}

// changer collects what to put where.
type changer struct {
	edits
	taken   int
	mutants []Mutant
	truths  map[ast.Expr]bool // that stand where a truth value is wanted
}

// visit changes a node, always before what it consists of.
func (c *changer) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ArrayType:
		return false // its length is a constant
	case *ast.GenDecl:
		return n.Tok != token.CONST
	case *ast.BlockStmt:
		c.statements(n.List)
	case *ast.CommClause:
		c.statements(n.Body)
	case *ast.CaseClause:
		c.statements(n.Body)
	case *ast.SwitchStmt:
		if n.Tag == nil {
			for _, clause := range n.Body.List {
				c.truth(clause.(*ast.CaseClause).List...)
			}
		}
	case *ast.IfStmt:
		c.truth(n.Cond)
	case *ast.ForStmt:
		c.truth(n.Cond)
	case ast.Expr:
		c.expression(n)
	}
	return true
}

func (c *changer) truth(list ...ast.Expr) {
	for _, e := range list {
		c.truths[e] = true
	}
}

func (c *changer) expression(e ast.Expr) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		c.truths[e.X] = c.truths[e]
		return
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			c.truth(e.X)
			return
		}
	case *ast.BinaryExpr:
		if c.operator(e) {
			return
		}
	case *ast.Ident:
		if e.Name == "true" || e.Name == "false" {
			c.instead(e.Pos(), len(e.Name), fmt.Sprintf(map[string]string{"true": "mutKept(%d)", "false": "mutLost(%d)"}[e.Name], c.mutant("other truth", e)))
			return
		}
	}
	if c.truths[e] {
		c.negate(e)
	}
}

func (c *changer) negate(e ast.Expr) {
	c.around(e, "((", fmt.Sprintf(") != mutLost(%d))", c.mutant("negated", e)))
}

// operator changes a binary expression where it can.
func (c *changer) operator(e *ast.BinaryExpr) bool {
	switch e.Op {
	case token.LAND, token.LOR:
		c.truth(e.X, e.Y)
		name := map[token.Token]string{token.LAND: "mutBoth", token.LOR: "mutEither"}[e.Op]
		c.around(e, fmt.Sprintf("%s(%d, ", name, c.mutant("and for or", e)), ") })")
		c.instead(e.OpPos, len(e.Op.String()), ", func() bool { return (")
	case token.EQL, token.NEQ:
		c.negate(e)
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		c.negate(e)
		c.call(map[token.Token]string{token.LSS: "mutLess", token.LEQ: "mutAtMost", token.GTR: "mutGreater", token.GEQ: "mutAtLeast"}[e.Op], "by one", e)
	case token.ADD, token.SUB, token.MUL:
		if constant(e) || text(e) {
			return false
		}
		c.call(map[token.Token]string{token.ADD: "mutPlus", token.SUB: "mutMinus", token.MUL: "mutTimes"}[e.Op], "without the second", e)
	default:
		return false
	}
	return true
}

func (c *changer) call(name, kind string, e *ast.BinaryExpr) {
	c.around(e, fmt.Sprintf("%s(%d, ", name, c.mutant(kind, e)), ")")
	c.instead(e.OpPos, len(e.Op.String()), ",")
}

// constant tells whether an expression is of literals and of limits alone, which have no type of their own.
func constant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return strings.HasPrefix(e.Name, "max")
	case *ast.BinaryExpr:
		return constant(e.X) && constant(e.Y)
	}
	return false
}

// text tells whether an expression joins texts: what a refusal says is not what this is about.
func text(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.BinaryExpr:
		return text(e.X) || text(e.Y)
	}
	return false
}

// statements gives those a switch that can be left out.
func (c *changer) statements(list []ast.Stmt) {
	for i, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt:
			if strings.HasPrefix(c.text(s), "panic(") {
				continue // without it a function has no end
			}
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		case *ast.BranchStmt:
			if s.Tok != token.BREAK && s.Tok != token.CONTINUE {
				continue
			}
		case *ast.ReturnStmt:
			if len(s.Results) > 0 || i == len(list)-1 {
				continue
			}
		case *ast.IncDecStmt:
		default:
			continue
		}
		c.around(s, fmt.Sprintf("if mutKept(%d) { ", c.mutant("left out", s)), " }")
	}
}

func (c *changer) mutant(kind string, n ast.Node) int {
	at := c.files.Position(n.Pos())
	id := c.taken + len(c.mutants) + 1
	text := strings.Join(strings.Fields(c.text(n)), " ")
	c.mutants = append(c.mutants, Mutant{ID: id, At: fmt.Sprintf("%s:%d", at.Filename, at.Line), Text: text, Kind: kind})
	return id
}
