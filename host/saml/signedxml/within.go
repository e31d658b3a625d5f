package signedxml

import "strings"

// ParseWithin parses the text of one element as if it were a child of n: prefixes and default namespace mean what they mean there (XML
// Encryption 1.1, 4.4: what was encrypted goes back to its place, and its author may have relied on declarations around it). The element is
// all there may be, but for white space, and the limits are those of a document. Its tree is its own: below it is nothing of n's document.
func ParseWithin(n Node, element []byte, l Limits) (Node, error) {
	if !n.Valid() {
		return Node{}, refuse(CodeMalformed, "no element to parse within")
	}
	const end = "</r>"
	begin, declared := n.opening()
	text := make([]byte, 0, len(begin)+len(element)+len(end))
	text = append(append(append(text, begin...), element...), end...)
	l.MaxBytes += len(text) - len(element)
	l.MaxDepth++
	l.MaxElements++
	l.MaxElementNamespaces = max(l.MaxElementNamespaces, declared)
	d, err := Parse(text, l)
	if err != nil {
		return Node{}, err
	}
	var only Node
	count := 0
	for only = range d.Root().Children() {
		count++
	}
	if count != 1 || d.Root().hasText() {
		return Node{}, refuse(CodeNotSingleRoot, "%d elements, or text beside them", count)
	}
	return only, nil
}

// Declared is how many bytes the declarations in scope at n need, each once: what they cost [ParseWithin].
func (n Node) Declared() int {
	tag, _ := n.opening()
	return len(tag) - len("<r>")
}

// opening is a start tag with every declaration in scope at n. URIs need no escaping: [isAbsoluteURI] lets none in that does.
func (n Node) opening() (tag string, declared int) {
	var b strings.Builder
	b.WriteString("<r")
	d := n.doc
	seen := make([]bool, len(d.prefixes))
	for i := n.i; i != none; i = d.nodes[i].parent {
		for _, bound := range d.decls[d.nodes[i].decl0:d.nodes[i].decl1] {
			if seen[bound.prefix] {
				continue
			}
			seen[bound.prefix] = true
			declared++
			b.WriteString(" xmlns")
			if bound.prefix != noPrefix {
				b.WriteString(":" + d.prefixes[bound.prefix])
			}
			b.WriteString(`="` + d.spaces[bound.space] + `"`)
		}
	}
	b.WriteString(">")
	return b.String(), declared
}
