package mutation

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// edits are what is put into a source, and what is left out of it. What is put around something inner stands inside of what was put around something
// outer before.
type edits struct {
	files  *token.FileSet
	source string
	opens  map[int]string
	closes map[int]string
	left   map[int]int // offset to length
}

func newEdits(files *token.FileSet, source string) edits {
	return edits{files, source, map[int]string{}, map[int]string{}, map[int]int{}}
}

func (e edits) offset(p token.Pos) int { return e.files.Position(p).Offset }

func (e edits) text(n ast.Node) string { return e.source[e.offset(n.Pos()):e.offset(n.End())] }

func (e edits) around(n ast.Node, before, after string) {
	from, to := e.offset(n.Pos()), e.offset(n.End())
	e.opens[from] += before
	e.closes[to] = after + e.closes[to]
}

// instead puts text in the place of what has length bytes.
func (e edits) instead(at token.Pos, length int, text string) {
	e.opens[e.offset(at)] += text
	e.left[e.offset(at)] = length
}

func (e edits) done() string {
	places := maps.Clone(e.opens)
	maps.Copy(places, e.closes)
	var out strings.Builder
	from := 0
	for _, at := range slices.Sorted(maps.Keys(places)) {
		out.WriteString(e.source[from:at])
		out.WriteString(e.closes[at] + e.opens[at])
		from = at + e.left[at]
	}
	return out.String() + e.source[from:]
}
