package signedxml

import (
	"hash"
	"slices"
	"strings"
)

// Algorithm is the URI of a canonicalization algorithm. All of them leave out comments; there are none anyway.
type Algorithm string

// The canonicalizations we perform.
const (
	ExclusiveC14N Algorithm = "http://www.w3.org/2001/10/xml-exc-c14n#"               // Exclusive XML Canonicalization 1.0
	InclusiveC14N Algorithm = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"       // Canonical XML 1.0
	C14N11        Algorithm = "http://www.w3.org/2006/12/xml-c14n11"                  // Canonical XML 1.1
	enveloped               = "http://www.w3.org/2000/09/xmldsig#enveloped-signature" // not a canonicalization: removes the signature
)

func (a Algorithm) known() bool { return a == ExclusiveC14N || a == InclusiveC14N || a == C14N11 }

const (
	// maxGrowth is how many times larger than its document a canonical form may be. Honest ones stay under three: a short
	// value gets one declaration. Without a limit a few hundred kilobytes of `<p:a/>` become gigabytes.
	maxGrowth = 8
	// minCanonical keeps the limit away from small documents.
	minCanonical = 64 << 10
	// flushAt is how much canonical form is gathered before it is hashed.
	flushAt = 2 << 10
)

// AppendCanonical appends the canonical form of n and all below it, without the subtree of exclude (the zero Node
// excludes nothing). The prefixes are those of an InclusiveNamespaces PrefixList and only matter to ExclusiveC14N;
// "#default" stands for the default namespace. Errors have the code sig.c14n.
func (n Node) AppendCanonical(dst []byte, alg Algorithm, prefixes []string, exclude Node) ([]byte, error) {
	c, err := newCanonicalizer(n, alg, prefixes)
	if err != nil {
		return nil, err
	}
	c.out = dst
	c.limit += len(dst)
	if err := c.run(n.i, exclude); err != nil {
		return nil, err
	}
	return c.out, nil
}

// digest hashes the canonical form without keeping it.
func (n Node) digest(h hash.Hash, alg Algorithm, prefixes []string, exclude Node) error {
	c, err := newCanonicalizer(n, alg, prefixes)
	if err != nil {
		return err
	}
	c.hash = h
	c.out = make([]byte, 0, flushAt+flushAt/2)
	if err := c.run(n.i, exclude); err != nil {
		return err
	}
	if c.flush(); c.hashed == 0 {
		return refuse(CodeSigC14N, "canonical form is empty")
	}
	return nil
}

// canonicalizer writes one canonical form.
type canonicalizer struct {
	*Document
	alg       Algorithm
	out       []byte
	hash      hash.Hash // where out goes as it fills up; nil keeps it all
	hashed    int       // bytes that have gone there
	limit     int
	inclusive []bool   // by prefix: shown wherever in scope, instead of only where used
	rendered  []int32  // by prefix: the namespace last declared by an element around the current one, noSpace for none
	changes   []change // of rendered, to be taken back when an element ends
	marks     []int    // len(changes) at the start of each open element
	fresh     []int32  // prefixes the current element must declare
}

// change remembers what rendered held before.
type change struct{ prefix, space int32 }

func newCanonicalizer(n Node, alg Algorithm, prefixes []string) (*canonicalizer, error) {
	if !n.Valid() || !alg.known() {
		return nil, refuse(CodeSigC14N, "no element or unknown algorithm")
	}
	d := n.doc
	c := &canonicalizer{
		Document:  d,
		alg:       alg,
		limit:     max(maxGrowth*len(d.src), minCanonical),
		inclusive: make([]bool, len(d.prefixes)),
		rendered:  make([]int32, len(d.prefixes)),
		changes:   make([]change, 0, 16),
		marks:     make([]int, 0, 16),
		fresh:     make([]int32, 0, 16),
	}
	listed := make(map[string]bool, len(prefixes))
	for _, p := range prefixes {
		if p == "#default" {
			p = ""
		}
		listed[p] = true
	}
	for i, p := range d.prefixes {
		c.inclusive[i] = alg != ExclusiveC14N || listed[p]
	}
	return c, nil
}

// run walks the subtree of apex in document order. Depth costs a mark, not a stack frame.
func (c *canonicalizer) run(apex int32, exclude Node) error {
	skip := int32(none)
	if exclude.doc == c.Document {
		skip = exclude.i
	}
	open := int32(none)
	end := c.nodes[apex].end
	for i := apex; i < end; {
		for open != none && c.nodes[open].end <= i {
			c.endTag(open)
			open = c.nodes[open].parent
		}
		n := &c.nodes[i]
		switch {
		case i == skip:
			i = n.end
			continue
		case n.isText:
			c.text(n)
		default:
			if err := c.startTag(i, apex); err != nil {
				return err
			}
			open = i
		}
		i++
		if err := c.drain(); err != nil {
			return err
		}
	}
	for ; open != none && open >= apex; open = c.nodes[open].parent {
		c.endTag(open)
	}
	return nil
}

// drain passes on what has gathered and stops a canonical form that outgrows its document.
func (c *canonicalizer) drain() error {
	if c.hashed+len(c.out) > c.limit {
		return refuse(CodeSigC14N, "canonical form is more than %d times larger than the document", maxGrowth)
	}
	if c.hash != nil && len(c.out) >= flushAt {
		c.flush()
	}
	return nil
}

func (c *canonicalizer) flush() {
	c.hash.Write(c.out) // a hash never fails
	c.hashed += len(c.out)
	c.out = c.out[:0]
}

func (c *canonicalizer) startTag(i, apex int32) error {
	n := &c.nodes[i]
	c.marks = append(c.marks, len(c.changes))
	c.out = append(c.out, '<')
	c.out = append(c.out, c.at(n.text)...)
	own := c.attrs[n.attr0:n.attr1]
	if i == apex {
		var err error
		if own, err = c.inherited(n, own); err != nil {
			return err
		}
	}
	c.namespaces(i, i == apex)
	for j := range own {
		a := &own[j]
		c.out = append(c.out, ' ')
		c.out = append(c.out, c.at(a.name)...)
		c.out = append(c.out, '=', '"')
		if a.plain {
			c.out = append(c.out, c.at(a.value)...)
		} else {
			c.out = appendValue(c.out, c.at(a.value))
		}
		c.out = append(c.out, '"')
	}
	c.out = append(c.out, '>')
	return nil
}

func (c *canonicalizer) endTag(i int32) {
	c.out = append(c.out, '<', '/')
	c.out = append(c.out, c.at(c.nodes[i].text)...)
	c.out = append(c.out, '>')
	last := len(c.marks) - 1
	for j := len(c.changes) - 1; j >= c.marks[last]; j-- {
		c.rendered[c.changes[j].prefix] = c.changes[j].space
	}
	c.changes, c.marks = c.changes[:c.marks[last]], c.marks[:last]
}

// namespaces writes the declarations the element needs here. A prefix treated inclusively changes only where it is
// declared, but at the apex whatever the ancestors declared comes into view; any other prefix is needed where it is
// used (Canonical XML 2.3; Exclusive XML Canonicalization 3).
func (c *canonicalizer) namespaces(i int32, atApex bool) {
	n := &c.nodes[i]
	c.fresh = c.fresh[:0]
	for _, d := range c.decls[n.decl0:n.decl1] {
		if c.inclusive[d.prefix] {
			c.need(d.prefix, d.space)
		}
	}
	if atApex {
		c.ambient(i)
	}
	if !c.inclusive[n.prefix] {
		c.need(n.prefix, n.space)
	}
	for j := n.attr0; j < n.attr1; j++ {
		if a := &c.attrs[j]; a.local > 0 && !c.inclusive[a.prefix] {
			c.need(a.prefix, a.space)
		}
	}
	for j := 1; j < len(c.fresh); j++ { // few and nearly in order: insertion
		for k := j; k > 0 && c.prefixes[c.fresh[k]] < c.prefixes[c.fresh[k-1]]; k-- {
			c.fresh[k], c.fresh[k-1] = c.fresh[k-1], c.fresh[k]
		}
	}
	for _, p := range c.fresh {
		c.out = append(c.out, " xmlns"...)
		if p != noPrefix {
			c.out = append(c.out, ':')
			c.out = append(c.out, c.prefixes[p]...)
		}
		c.out = append(c.out, '=', '"')
		c.out = appendValue(c.out, c.spaces[c.rendered[p]])
		c.out = append(c.out, '"')
	}
}

// need declares the prefix unless an element of the output around this one already says the same. Nothing declared and
// no default namespace are the same, so that xmlns="" appears exactly where it takes something back.
func (c *canonicalizer) need(prefix, space int32) {
	if prefix == xmlPrefix || c.rendered[prefix] == space {
		return
	}
	c.changes = append(c.changes, change{prefix, c.rendered[prefix]})
	c.rendered[prefix] = space
	c.fresh = append(c.fresh, prefix)
}

// ambient declares the inclusive prefixes that ancestors of the apex bound. The nearest binding counts, also when it is
// that of no default namespace.
func (c *canonicalizer) ambient(apex int32) {
	seen := make([]bool, len(c.prefixes))
	for i := apex; i != none; i = c.nodes[i].parent {
		for _, d := range c.decls[c.nodes[i].decl0:c.nodes[i].decl1] {
			if c.inclusive[d.prefix] && !seen[d.prefix] {
				c.need(d.prefix, d.space)
			}
			seen[d.prefix] = true
		}
	}
}

// inherited adds to the apex' attributes the xml: ones of its ancestors, as both inclusive canonicalizations ask for
// (Canonical XML 1.0, 2.4; 1.1, 2.4). Version 1.1 inherits xml:lang and xml:space only and joins xml:base, which no
// signed message has and we do not do.
func (c *canonicalizer) inherited(n *node, own []attr) ([]attr, error) {
	if c.alg == ExclusiveC14N {
		return own, nil
	}
	all := slices.Clip(own)
	for i := n.parent; i != none; i = c.nodes[i].parent {
		for _, a := range c.attrs[c.nodes[i].attr0:c.nodes[i].attr1] {
			local := c.local(a.name, a.local)
			switch {
			case a.space != xmlSpace:
				continue
			case c.alg == C14N11 && local == "base":
				return nil, refuse(CodeSigC14N, "xml:base around an element in Canonical XML 1.1")
			case c.alg == C14N11 && local != "lang" && local != "space":
				continue
			}
			if !c.hasAttr(all, &a) { // the nearest one counts
				all = append(all, a)
			}
		}
	}
	c.sortAttrs(all)
	return all, nil
}

func (d *Document) hasAttr(attrs []attr, a *attr) bool {
	for i := range attrs {
		if d.compareAttrs(&attrs[i], a) == 0 {
			return true
		}
	}
	return false
}

// compareAttrs is the order of Canonical XML 2.2: by namespace URI, then by local name. Zero means the same expanded name.
func (d *Document) compareAttrs(a, b *attr) int {
	if a.space != b.space {
		return strings.Compare(d.spaces[a.space], d.spaces[b.space])
	}
	return strings.Compare(d.local(a.name, a.local), d.local(b.name, b.local))
}

// sortAttrs sorts by insertion: an element has few attributes, mostly in order already.
func (d *Document) sortAttrs(attrs []attr) {
	for i := 1; i < len(attrs); i++ {
		for j := i; j > 0 && d.compareAttrs(&attrs[j], &attrs[j-1]) < 0; j-- {
			attrs[j], attrs[j-1] = attrs[j-1], attrs[j]
		}
	}
}

func (c *canonicalizer) text(n *node) {
	text := c.at(n.text)
	if n.plain {
		c.out = append(c.out, text...)
		return
	}
	for i := range len(text) {
		switch b := text[i]; b {
		case '&':
			c.out = append(c.out, "&amp;"...)
		case '<':
			c.out = append(c.out, "&lt;"...)
		case '>':
			c.out = append(c.out, "&gt;"...)
		case '\r':
			c.out = append(c.out, "&#xD;"...)
		default:
			c.out = append(c.out, b)
		}
	}
}

// appendValue escapes an attribute value; namespace URIs are written the same way.
func appendValue(out []byte, value string) []byte {
	done := 0
	for i := range len(value) {
		if !is(value[i], classValueStop) {
			continue
		}
		escaped, ok := valueEscape(value[i])
		if ok {
			out = append(append(out, value[done:i]...), escaped...)
			done = i + 1
		}
	}
	return append(out, value[done:]...)
}

func valueEscape(c byte) (string, bool) {
	switch c {
	case '&':
		return "&amp;", true
	case '<':
		return "&lt;", true
	case '"':
		return "&quot;", true
	case '\t':
		return "&#x9;", true
	case '\n':
		return "&#xA;", true
	case '\r':
		return "&#xD;", true
	}
	return "", false
}
