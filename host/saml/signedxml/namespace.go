package signedxml

import "slices"

// attribute reads one attribute or namespace declaration (production [41]).
func (s *scanner) attribute() error {
	name, local, err := s.name()
	if err != nil {
		return err
	}
	where := s.spanOf(name)
	s.space()
	if s.pos == len(s.src) || s.src[s.pos] != '=' {
		return refuse(CodeMalformed, "attribute %s", name)
	}
	s.pos++
	s.space()
	value, plain, err := s.value()
	if err != nil {
		return err
	}
	switch {
	case name == "xmlns":
		return s.declare("", s.at(value))
	case local > 0 && name[:local] == "xmlns:":
		return s.declare(name[local:], s.at(value))
	case len(s.attrs)-int(s.nodes[s.open].attr0) == s.limits.MaxAttributes:
		return refuse(CodeLimits, "more than %d attributes", s.limits.MaxAttributes)
	}
	s.attrs = append(s.attrs, attr{name: where, local: local, value: value, plain: plain})
	return nil
}

// declare binds a prefix on the innermost open element.
func (s *scanner) declare(prefix, uri string) error {
	switch {
	case prefix == "xml" && uri == xmlURI:
		return nil // says what holds anyway, and canonical form never shows it
	case prefix == "xml", prefix == "xmlns", uri == xmlURI, uri == xmlnsURI:
		return refuse(CodeNamespace, "reserved prefix or namespace in a declaration")
	case prefix != "" && uri == "":
		return refuse(CodeNamespace, "prefix %s undeclared", prefix)
	}
	p, err := s.prefix(prefix)
	if err != nil {
		return err
	}
	space, err := s.intern(uri)
	if err != nil {
		return err
	}
	declared := s.decls[s.nodes[s.open].decl0:]
	if slices.ContainsFunc(declared, func(d decl) bool { return d.prefix == p }) {
		return refuse(CodeDupAttr, "prefix %q declared twice", prefix)
	}
	if len(declared) == s.limits.MaxElementNamespaces {
		return refuse(CodeLimits, "more than %d namespace declarations on an element", s.limits.MaxElementNamespaces)
	}
	// A prefix that means two things is how libraries are led to see different documents; no identity provider does it.
	// The default namespace is another matter: Entra changes it with every xmlns="…" on Response, Assertion and Signature.
	if !s.limits.Lenient && p != noPrefix && s.meaning[p] != none && s.meaning[p] != space {
		return refuse(CodeNamespace, "prefix %s bound to two namespaces", prefix)
	}
	s.meaning[p] = space
	s.decls = append(s.decls, decl{prefix: p, space: space, outer: s.scope[p]})
	s.scope[p] = space
	return nil
}

// prefix gives the place of a prefix in the table, adding it where it is new.
func (s *scanner) prefix(name string) (int32, error) {
	if i := slices.Index(s.prefixes, name); i >= 0 {
		return offset(i), nil
	}
	if len(s.prefixes) >= s.limits.MaxNamespaces {
		return 0, refuse(CodeLimits, "more than %d prefixes", s.limits.MaxNamespaces)
	}
	s.prefixes = append(s.prefixes, name)
	s.scope = append(s.scope, none)
	s.meaning = append(s.meaning, none)
	return offset(len(s.prefixes) - 1), nil
}

// intern gives the place of a namespace URI in the table, adding it where it is new.
func (s *scanner) intern(uri string) (int32, error) {
	if i := slices.Index(s.spaces, uri); i >= 0 {
		return offset(i), nil
	}
	switch {
	case len(s.spaces) >= s.limits.MaxNamespaces:
		return 0, refuse(CodeLimits, "more than %d namespaces", s.limits.MaxNamespaces)
	case len(uri) > s.limits.MaxURIBytes:
		return 0, refuse(CodeLimits, "namespace URI of more than %d bytes", s.limits.MaxURIBytes)
	case !s.limits.Lenient && !isAbsoluteURI(uri):
		// Canonical XML leaves documents with relative namespace URIs undefined, and some libraries then output nothing.
		return 0, refuse(CodeNamespace, "relative or unusual namespace URI")
	}
	s.spaces = append(s.spaces, uri)
	return offset(len(s.spaces) - 1), nil
}

// resolve gives an element and its attributes their namespaces, once all of its declarations are known, and puts the
// attributes in canonical order.
func (s *scanner) resolve(i int32) (err error) {
	n := &s.nodes[i]
	n.decl1, n.attr1 = offset(len(s.decls)), offset(len(s.attrs))
	if n.prefix, n.space, err = s.lookup(s.at(n.text), n.local); err != nil {
		return err
	}
	own := s.attrs[n.attr0:]
	for j := range own {
		a := &own[j]
		if a.local > 0 { // an unprefixed attribute is in no namespace, whatever the default is
			if a.prefix, a.space, err = s.lookup(s.at(a.name), a.local); err != nil {
				return err
			}
		}
		if s.local(a.name, a.local) == "ID" && !s.limits.Lenient {
			if err := s.identify(a); err != nil {
				return err
			}
		}
	}
	s.sortAttrs(own)
	for j := 1; j < len(own); j++ {
		if s.compareAttrs(&own[j-1], &own[j]) == 0 {
			return refuse(CodeDupAttr, "attribute %s", s.at(own[j].name))
		}
	}
	return nil
}

// lookup gives the prefix of a qualified name and the namespace it stands for.
func (s *scanner) lookup(name string, local int32) (prefix, space int32, err error) {
	if local == 0 {
		return noPrefix, s.scope[noPrefix], nil
	}
	p := slices.Index(s.prefixes, name[:local-1])
	if p < 0 || s.scope[p] == none {
		return 0, 0, refuse(CodeNamespace, "prefix of %s is not declared", name)
	}
	return offset(p), s.scope[p], nil
}

// identify checks an ID attribute. The reference of a signature names its element by it, so there must be no doubt which
// attribute is the ID, and whose it is.
func (s *scanner) identify(a *attr) error {
	id := s.at(a.value)
	switch {
	case a.local > 0:
		return refuse(CodeBadID, "qualified ID attribute")
	case len(id) > s.limits.MaxIDBytes:
		return refuse(CodeBadID, "ID of more than %d bytes", s.limits.MaxIDBytes)
	case !isNCName(id):
		return refuse(CodeBadID, "ID is no NCName")
	}
	if _, taken := s.ids[id]; taken {
		return refuse(CodeBadID, "ID used twice")
	}
	if s.ids == nil {
		s.ids = make(map[string]struct{})
	}
	s.ids[id] = struct{}{}
	return nil
}

// isAbsoluteURI asks for a scheme (RFC 3986, 3.1) and something after it. It allows no white space, and none of the
// characters canonical form would have to escape: libxml2 gets them wrong, so two products could not agree on them.
func isAbsoluteURI(uri string) bool {
	scheme := true
	for i := range len(uri) {
		switch c := uri[i]; {
		case c <= ' ', c == '&', c == '<', c == '>', c == '"':
			return false
		case scheme && c == ':':
			if i == 0 || i == len(uri)-1 {
				return false
			}
			scheme = false
		case scheme && !(c|0x20 >= 'a' && c|0x20 <= 'z') && (i == 0 || c != '+' && c != '-' && c != '.' && (c < '0' || c > '9')):
			return false
		}
	}
	return !scheme
}
