package signedxml

import (
	"iter"
	"math"
	"strings"
)

// Names of the two namespaces that exist without a declaration.
const (
	xmlURI   = "http://www.w3.org/XML/1998/namespace"
	xmlnsURI = "http://www.w3.org/2000/xmlns/"
)

// Places of the entries every document's tables begin with.
const (
	noPrefix  = 0 // prefixes[0] is "", the default namespace's
	xmlPrefix = 1 // prefixes[1] is "xml"
	noSpace   = 0 // spaces[0] is "", no namespace
	xmlSpace  = 1 // spaces[1] is xmlURI

	none = -1 // no parent, no binding
)

// Document is a parsed document: tables in document order. It never changes and may be read by many goroutines.
// The strings it hands out are slices of one copy of the document; clone what shall live longer.
type Document struct {
	src      string   // what was parsed, in UTF-8
	resolved []string // pieces in which references or line ends had to be resolved
	nodes    []node
	attrs    []attr
	decls    []decl
	prefixes []string // distinct prefixes
	spaces   []string // distinct namespace URIs
	lenient  bool
}

// span is a piece of text: src[from:to], or resolved[from] where to is none. Tables of spans instead of strings hold no
// pointers, which halves what a parse costs the garbage collector.
type span struct{ from, to int32 }

// maxOffset is the largest place there can be.
const maxOffset = math.MaxInt32

// offset narrows a place in the document or in one of its tables. None has more rows than the document has bytes, and
// Parse sees to it that those are fewer than maxOffset.
func offset(place int) int32 { return int32(place) } //nolint:gosec // see above

func (d *Document) at(s span) string {
	if s.to == none {
		return d.resolved[s.from]
	}
	return d.src[s.from:s.to]
}

// local gives the local part of a qualified name.
func (d *Document) local(name span, local int32) string { return d.src[name.from+local : name.to] }

// node is an element or a piece of character data. The subtree of node i is nodes[i:end].
type node struct {
	text         span // an element's qualified name, or the characters
	parent, end  int32
	space        int32 // place of the element's namespace in spaces
	prefix       int32 // place of its prefix in prefixes
	attr0, attr1 int32 // its attributes, in canonical order
	decl0, decl1 int32 // its namespace declarations, in document order
	local        int32 // where the local name begins in text
	isText       bool
	plain        bool // text is its own canonical form
}

// attr is an attribute that is no namespace declaration.
type attr struct {
	name   span // qualified
	value  span // normalized
	prefix int32
	space  int32
	local  int32 // where the local name begins in name
	plain  bool  // value is its own canonical form
}

// decl is a namespace declaration.
type decl struct {
	prefix, space int32
	outer         int32 // the namespace the prefix had around the element
}

// Node is an element of a document. Nodes are small values and can be compared; the zero Node is no element, and
// everything asked of it is empty.
type Node struct {
	doc *Document
	i   int32
}

// Root is the document's element.
func (d *Document) Root() Node { return Node{d, 0} }

func (n Node) row() *node { return &n.doc.nodes[n.i] }

// Valid tells whether n is an element at all.
func (n Node) Valid() bool { return n.doc != nil }

// Local is the local part of the element's name.
func (n Node) Local() string {
	if !n.Valid() {
		return ""
	}
	return n.doc.local(n.row().text, n.row().local)
}

// Space is the URI of the element's namespace, empty for none.
func (n Node) Space() string {
	if !n.Valid() {
		return ""
	}
	return n.doc.spaces[n.row().space]
}

// Is tells whether the element has this expanded name. It is the only way names should be compared.
func (n Node) Is(space, local string) bool {
	return n.Valid() && n.Local() == local && n.Space() == space
}

// Attr is the value of the attribute with this name and no namespace. Attributes such as x:ID are never meant.
func (n Node) Attr(local string) (string, bool) { return n.AttrNS("", local) }

// AttrNS is the value of the attribute with this expanded name.
func (n Node) AttrNS(space, local string) (string, bool) {
	if !n.Valid() {
		return "", false
	}
	for _, a := range n.doc.attrs[n.row().attr0:n.row().attr1] {
		if n.doc.local(a.name, a.local) == local && n.doc.spaces[a.space] == space {
			return n.doc.at(a.value), true
		}
	}
	return "", false
}

// Text is the character data directly inside the element: references resolved, CDATA included, line ends normalized,
// nothing trimmed. It skips child elements; ask HasElements where there must be none.
func (n Node) Text() string {
	var first string
	var more []string
	n.pieces(func(piece string) {
		switch {
		case first == "":
			first = piece
		default:
			more = append(more, piece)
		}
	})
	if more == nil {
		return first
	}
	return first + strings.Join(more, "")
}

// pieces visits the character data directly inside n.
func (n Node) pieces(visit func(string)) {
	if !n.Valid() {
		return
	}
	nodes := n.doc.nodes
	for c := n.i + 1; c < nodes[n.i].end; c = nodes[c].end {
		if nodes[c].isText {
			visit(n.doc.at(nodes[c].text))
		}
	}
}

// hasText tells whether anything but white space stands directly inside n.
func (n Node) hasText() (found bool) {
	n.pieces(func(piece string) { found = found || strings.Trim(piece, " \t\r\n") != "" })
	return found
}

// HasElements tells whether the element has child elements.
func (n Node) HasElements() bool {
	for range n.Children() {
		return true
	}
	return false
}

// Children are the child elements in document order.
func (n Node) Children() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if !n.Valid() {
			return
		}
		nodes := n.doc.nodes
		for c := n.i + 1; c < nodes[n.i].end; c = nodes[c].end {
			if !nodes[c].isText && !yield(Node{n.doc, c}) {
				return
			}
		}
	}
}

// Descendants are all elements below n in document order, n itself not among them.
func (n Node) Descendants() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if !n.Valid() {
			return
		}
		nodes := n.doc.nodes
		for c := n.i + 1; c < nodes[n.i].end; c++ {
			if !nodes[c].isText && !yield(Node{n.doc, c}) {
				return
			}
		}
	}
}

// Named are the child elements with this expanded name, in document order.
func (n Node) Named(space, local string) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for c := range n.Children() {
			if c.Is(space, local) && !yield(c) {
				return
			}
		}
	}
}

// Child is the first child element with this expanded name, and how many there are. The count is there because a
// second one is nearly always a reason to refuse.
func (n Node) Child(space, local string) (first Node, count int) {
	for c := range n.Named(space, local) {
		if count == 0 {
			first = c
		}
		count++
	}
	return first, count
}

// Parent is the element around n, or the zero Node for the root.
func (n Node) Parent() Node {
	if !n.Valid() || n.row().parent == none {
		return Node{}
	}
	return Node{n.doc, n.row().parent}
}

// Contains tells whether o is n or lies below it.
func (n Node) Contains(o Node) bool {
	return n.Valid() && n.doc == o.doc && n.i <= o.i && o.i < n.row().end
}

// ResolveQName gives the expanded name a qualified name stands for in the content of n, such as the value of xsi:type
// (Namespaces in XML applied to XML Schema 3.2.18). White space around it is ignored. Exclusive canonical form does not
// show a prefix that only content uses: bound outside of a signed element, and in no PrefixList, it is not signed.
func (n Node) ResolveQName(qname string) (space, local string, ok bool) {
	prefix, local, qualified := strings.Cut(strings.Trim(qname, " \t\r\n"), ":")
	if !qualified {
		prefix, local = "", prefix
	}
	if !n.Valid() || !isNCName(local) || qualified && !isNCName(prefix) {
		return "", "", false
	}
	if prefix == "xml" {
		return xmlURI, local, true
	}
	d := n.doc
	for i := n.i; i != none; i = d.nodes[i].parent {
		for _, b := range d.decls[d.nodes[i].decl0:d.nodes[i].decl1] {
			if d.prefixes[b.prefix] == prefix {
				return d.spaces[b.space], local, true
			}
		}
	}
	return "", local, prefix == ""
}
