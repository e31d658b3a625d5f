package signedxml

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// text reads character data up to the next markup. Outside of the root only white space is legal.
func (s *scanner) text() error {
	start, i := s.pos, s.pos
	for i < len(s.src) && !is(s.src[i], classTextStop) {
		i++
	}
	piece, plain := span{offset(start), offset(i)}, true
	if i < len(s.src) && s.src[i] != '<' {
		var err error
		if piece, i, err = s.resolveText(start); err != nil {
			return err
		}
		plain = false
	}
	s.pos = i
	if s.open == none {
		if strings.Trim(s.src[start:i], " \t\r\n") != "" {
			return refuse(CodeNotSingleRoot, "text outside of the root")
		}
		return nil
	}
	s.addText(piece, plain)
	return nil
}

func (s *scanner) addText(piece span, plain bool) {
	i := offset(len(s.nodes))
	s.nodes = append(s.nodes, node{text: piece, parent: s.open, end: i + 1, isText: true, plain: plain})
}

// resolveText reads character data that needs more than copying, and tells where it ends.
func (s *scanner) resolveText(start int) (piece span, end int, err error) {
	out := s.scratch[:0]
	i := start
	for i < len(s.src) && s.src[i] != '<' {
		switch c := s.src[i]; {
		case c == '&':
			if out, i, err = s.reference(out, i); err != nil {
				return span{}, 0, err
			}
			continue
		case c == '\r':
			out = append(out, '\n')
			if i+1 < len(s.src) && s.src[i+1] == '\n' {
				i++
			}
		case c < ' ' && !is(c, classSpace):
			return span{}, 0, refuse(CodeEncoding, "character that XML forbids")
		case c == '>' && strings.HasSuffix(s.src[start:i], "]]"):
			return span{}, 0, refuse(CodeMalformed, "]]> in text")
		default:
			out = append(out, c)
		}
		i++
	}
	s.scratch = out
	return s.keep(string(out)), i, nil
}

// keep remembers text that stands nowhere in the source.
func (s *scanner) keep(text string) span {
	s.resolved = append(s.resolved, text)
	return span{offset(len(s.resolved) - 1), none}
}

// cdata reads a CDATA section (production [18]).
func (s *scanner) cdata() error {
	const begin, end = "<![CDATA[", "]]>"
	if s.open == none {
		return refuse(CodeNotSingleRoot, "text outside of the root")
	}
	s.pos += len(begin)
	length := strings.Index(s.src[s.pos:], end)
	if length < 0 {
		return refuse(CodeMalformed, "CDATA section is not closed")
	}
	piece := s.src[s.pos : s.pos+length]
	for i := range length {
		if piece[i] < ' ' && !is(piece[i], classSpace) {
			return refuse(CodeEncoding, "character that XML forbids")
		}
	}
	where := span{offset(s.pos), offset(s.pos + length)}
	if strings.IndexByte(piece, '\r') >= 0 {
		where = s.keep(strings.ReplaceAll(strings.ReplaceAll(piece, "\r\n", "\n"), "\r", "\n"))
	}
	s.addText(where, false)
	s.pos += length + len(end)
	return nil
}

// value reads a quoted attribute value and normalizes it (XML 1.0, 3.3.3): literal white space becomes a space, what a
// character reference stands for stays as it is.
func (s *scanner) value() (value span, plain bool, err error) {
	if s.pos == len(s.src) || s.src[s.pos] != '"' && s.src[s.pos] != '\'' {
		return span{}, false, refuse(CodeMalformed, "attribute value without quotes")
	}
	quote := s.src[s.pos]
	s.pos++
	start, i := s.pos, s.pos
	for i < len(s.src) && !is(s.src[i], classValueStop) {
		i++
	}
	if i < len(s.src) && s.src[i] == quote {
		s.pos = i + 1
		return span{offset(start), offset(i)}, true, nil
	}
	out := s.scratch[:0]
	for i = start; i < len(s.src) && s.src[i] != quote; {
		switch c := s.src[i]; {
		case c == '&':
			if out, i, err = s.reference(out, i); err != nil {
				return span{}, false, err
			}
			continue
		case c == '<':
			return span{}, false, refuse(CodeMalformed, "< in an attribute value")
		case c == '\r' && i+1 < len(s.src) && s.src[i+1] == '\n':
			// both together are one line end, and the line feed follows
		case is(c, classSpace):
			out = append(out, ' ')
		case c < ' ':
			return span{}, false, refuse(CodeEncoding, "character that XML forbids")
		default:
			out = append(out, c)
		}
		i++
	}
	if i == len(s.src) {
		return span{}, false, refuse(CodeMalformed, "attribute value is not closed")
	}
	s.scratch, s.pos = out, i+1
	return s.keep(string(out)), false, nil
}

// reference appends what the reference at i stands for and tells where it ends. Without a document type only the five
// predefined entities exist.
func (s *scanner) reference(out []byte, i int) ([]byte, int, error) {
	rest := s.src[i+1:]
	for _, e := range [...]struct {
		name string
		char byte
	}{{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}} {
		if strings.HasPrefix(rest, e.name) {
			return append(out, e.char), i + 1 + len(e.name), nil
		}
	}
	if !strings.HasPrefix(rest, "#") {
		return nil, 0, refuse(CodeMalformed, "unknown entity")
	}
	digits, base := rest[1:], 10
	if strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	// Ten digits hold every character there is with a few leading zeros. The limit keeps a reference from being long.
	const most = 10
	length := strings.IndexByte(digits[:min(len(digits), most+1)], ';')
	if length < 0 {
		return nil, 0, refuse(CodeMalformed, "character reference")
	}
	// ParseUint takes no sign, and no underscore unless the base is zero.
	code, err := strconv.ParseUint(digits[:length], base, 32)
	if err != nil {
		return nil, 0, refuse(CodeMalformed, "character reference")
	}
	if code > utf8.MaxRune || !isChar(rune(code)) {
		return nil, 0, refuse(CodeEncoding, "character that XML forbids")
	}
	return utf8.AppendRune(out, rune(code)), len(s.src) - len(digits) + length + 1, nil
}
