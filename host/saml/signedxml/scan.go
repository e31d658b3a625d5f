package signedxml

import "strings"

// scanner fills a document's tables in one pass.
type scanner struct {
	*Document
	limits   Limits
	pos      int
	open     int32   // the innermost open element, or none
	depth    int     // open elements
	elements int     // elements so far
	scope    []int32 // the namespace each prefix stands for here, or none; indexed like prefixes
	meaning  []int32 // the namespace each prefix was first bound to, or none; indexed like prefixes
	ids      map[string]struct{}
	scratch  []byte // where references and line ends are resolved
}

// Parse reads a document, or says with an [*Error] why it is refused. It keeps a copy, so doc may be reused. The work is
// linear in len(doc), and nothing in it can make Parse panic or recurse.
func Parse(doc []byte, l Limits) (*Document, error) {
	if most := min(l.MaxBytes, maxOffset/2); len(doc) > most { // transcoding to UTF-8 may double a document
		return nil, refuse(CodeLimits, "more than %d bytes", most)
	}
	src, err := decode(doc, l.Lenient)
	if err != nil {
		return nil, err
	}
	s := newScanner(src, l)
	if err := s.document(); err != nil {
		return nil, err
	}
	return s.Document, nil
}

func newScanner(src string, l Limits) *scanner {
	// Every node and every end tag begins with "<"; few elements have more than one attribute on average. A wrong guess
	// costs a copy, so it is capped far below what a hostile document could ask for.
	const most = 4096
	markup := min(strings.Count(src, "<"), most)
	return &scanner{
		Document: &Document{
			src:      src,
			nodes:    make([]node, 0, markup+1),
			attrs:    make([]attr, 0, markup/2+8),
			decls:    make([]decl, 0, markup/4+8),
			prefixes: append(make([]string, 0, 12), "", "xml"),
			spaces:   append(make([]string, 0, 12), "", xmlURI),
			lenient:  l.Lenient,
		},
		limits:  l,
		open:    none,
		scope:   append(make([]int32, 0, 12), noSpace, xmlSpace),
		meaning: append(make([]int32, 0, 12), none, xmlSpace),
	}
}

// document reads the whole document (production [1]).
func (s *scanner) document() error {
	if err := s.prolog(); err != nil {
		return err
	}
	for s.pos < len(s.src) {
		var err error
		if s.src[s.pos] == '<' {
			err = s.markup()
		} else {
			err = s.text()
		}
		if err != nil {
			return err
		}
	}
	switch {
	case s.open != none:
		return refuse(CodeMalformed, "%s is not closed", s.at(s.nodes[s.open].text))
	case len(s.nodes) == 0:
		return refuse(CodeNotSingleRoot, "no element")
	case strings.Contains(s.src, "\uFFFE") || strings.Contains(s.src, "\uFFFF"):
		return refuse(CodeEncoding, "character that XML forbids")
	}
	return nil
}

// prolog reads the XML declaration. Before it nothing is legal, though metadata in the wild has white space there.
func (s *scanner) prolog() error {
	if s.limits.Lenient {
		s.space()
	}
	const begin, end = "<?xml", "?>"
	rest := s.src[s.pos:]
	if !strings.HasPrefix(rest, begin) || len(rest) == len(begin) || !is(rest[len(begin)], classSpace) {
		return nil
	}
	length := strings.Index(rest, end)
	if length < 0 {
		return refuse(CodeMalformed, "XML declaration")
	}
	d, err := parseDeclaration(rest[len(begin):length])
	if err != nil {
		return err
	}
	s.pos += length + len(end)
	return d.check(s.limits.Lenient)
}

// markup reads whatever begins with "<".
func (s *scanner) markup() error {
	rest := s.src[s.pos:]
	switch {
	case strings.HasPrefix(rest, "</"):
		return s.endTag()
	case strings.HasPrefix(rest, "<!--"):
		return s.skip(CodeComment, "comment", "<!--", "-->")
	case strings.HasPrefix(rest, "<?"):
		return s.skip(CodePI, "processing instruction", "<?", "?>")
	case strings.HasPrefix(rest, "<![CDATA["):
		return s.cdata()
	case strings.HasPrefix(rest, "<!DOCTYPE"):
		return refuse(CodeDoctype, "document type declaration")
	case strings.HasPrefix(rest, "<!"):
		return refuse(CodeMalformed, "unknown markup")
	}
	return s.startTag()
}

// skip passes over a comment or a processing instruction, which only lenient mode does.
func (s *scanner) skip(code, what, begin, end string) error {
	if !s.limits.Lenient {
		return refuse(code, "%s", what)
	}
	body := s.src[s.pos+len(begin):]
	length := strings.Index(body, end)
	if length < 0 {
		return refuse(CodeMalformed, "%s is not closed", what)
	}
	body = body[:length]
	if code == CodeComment && (strings.Contains(body, "--") || strings.HasSuffix(body, "-")) {
		return refuse(CodeMalformed, "-- in a comment")
	}
	if code == CodePI {
		target, _, _ := strings.Cut(strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(body), " ")
		if !isNCName(target) || strings.EqualFold(target, "xml") {
			return refuse(CodeMalformed, "name of a processing instruction")
		}
	}
	for i := range len(body) {
		if body[i] < ' ' && !is(body[i], classSpace) {
			return refuse(CodeEncoding, "character that XML forbids")
		}
	}
	s.pos += len(begin) + length + len(end)
	return nil
}

// startTag reads a start tag or an empty element (productions [40] and [44]) with its attributes.
func (s *scanner) startTag() error {
	s.pos++
	name, local, err := s.name()
	if err != nil {
		return err
	}
	if err := s.mayOpen(name); err != nil {
		return err
	}
	i := offset(len(s.nodes))
	s.nodes = append(s.nodes, node{
		text: s.spanOf(name), local: local, parent: s.open,
		attr0: offset(len(s.attrs)), decl0: offset(len(s.decls)),
	})
	s.open = i
	s.depth++
	s.elements++
	for {
		spaced := s.space()
		switch {
		case strings.HasPrefix(s.src[s.pos:], ">"):
			s.pos++
			return s.resolve(i)
		case strings.HasPrefix(s.src[s.pos:], "/>"):
			s.pos += len("/>")
			if err := s.resolve(i); err != nil {
				return err
			}
			s.close()
			return nil
		case !spaced:
			return refuse(CodeMalformed, "tag of %s", name)
		}
		if err := s.attribute(); err != nil {
			return err
		}
	}
}

// mayOpen tells whether one more element may begin here.
func (s *scanner) mayOpen(name string) error {
	switch {
	case s.open == none && len(s.nodes) > 0:
		return refuse(CodeNotSingleRoot, "%s after the root", name)
	case s.depth == s.limits.MaxDepth:
		return refuse(CodeLimits, "more than %d levels", s.limits.MaxDepth)
	case s.elements == s.limits.MaxElements:
		return refuse(CodeLimits, "more than %d elements", s.limits.MaxElements)
	}
	return nil
}

// endTag reads an end tag (production [42]), which must be that of the innermost open element.
func (s *scanner) endTag() error {
	if s.open == none {
		return refuse(CodeMalformed, "end tag without an element")
	}
	name := s.at(s.nodes[s.open].text)
	s.pos += len("</")
	if !strings.HasPrefix(s.src[s.pos:], name) {
		return refuse(CodeMalformed, "%s is not closed", name)
	}
	s.pos += len(name)
	s.space()
	if !strings.HasPrefix(s.src[s.pos:], ">") {
		return refuse(CodeMalformed, "%s is not closed", name)
	}
	s.pos++
	s.close()
	return nil
}

// close ends the innermost open element: its subtree is complete, and its declarations end with it.
func (s *scanner) close() {
	n := &s.nodes[s.open]
	n.end = offset(len(s.nodes))
	for i := n.decl1 - 1; i >= n.decl0; i-- {
		s.scope[s.decls[i].prefix] = s.decls[i].outer
	}
	s.open = n.parent
	s.depth--
}

// space passes over white space and tells whether there was any.
func (s *scanner) space() bool {
	start := s.pos
	for s.pos < len(s.src) && is(s.src[s.pos], classSpace) {
		s.pos++
	}
	return s.pos > start
}

// spanOf is the place of text that ends where the scanner stands.
func (s *scanner) spanOf(text string) span { return span{offset(s.pos - len(text)), offset(s.pos)} }

// name reads a qualified name and tells where its local part begins.
func (s *scanner) name() (name string, local int32, err error) {
	i := s.pos
	colons, wide := 0, false
	for ; i < len(s.src); i++ {
		c := s.src[i]
		if is(c, className) {
			continue
		}
		if c == ':' {
			colons++
			local = offset(i + 1 - s.pos)
		} else if is(c, classWide) {
			wide = true
		} else {
			break
		}
	}
	name = s.src[s.pos:i]
	switch {
	case name == "":
		return "", 0, refuse(CodeMalformed, "a name is missing")
	case len(name) > s.limits.MaxNameBytes:
		return "", 0, refuse(CodeLimits, "name of more than %d bytes", s.limits.MaxNameBytes)
	case colons > 1 || local == 1 || colons == 1 && int(local) == len(name):
		return "", 0, refuse(CodeNamespace, "colons of %s", name)
	case wide && (!isNCName(name[local:]) || colons == 1 && !isNCName(name[:local-1])),
		!wide && (!is(name[0], classNameStart) || !is(name[local], classNameStart)):
		return "", 0, refuse(CodeMalformed, "name")
	}
	s.pos = i
	return name, local, nil
}
