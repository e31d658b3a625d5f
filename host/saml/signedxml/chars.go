package signedxml

import "unicode/utf8"

// What a byte may be or must stop. One table look-up per byte is most of what a scan costs.
const (
	classSpace     = 1 << iota // white space of XML
	classNameStart             // first character of an NCName, ASCII only
	className                  // further character of an NCName, ASCII only
	classWide                  // part of a character beyond ASCII
	classTextStop              // ends the fast path through character data
	classValueStop             // ends the fast path through an attribute value
)

var classes = func() (t [256]uint8) {
	for c := range 0x20 {
		t[c] = classTextStop | classValueStop // illegal, or white space to be normalized
	}
	for _, c := range "\t\n " {
		t[c] &^= classTextStop
	}
	for _, c := range "\t\n\r " {
		t[c] |= classSpace
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c] = classNameStart | className
		t[c-'a'+'A'] = classNameStart | className
	}
	t['_'] = classNameStart | className
	for _, c := range "0123456789-." {
		t[c] = className
	}
	for c := utf8.RuneSelf; c < 256; c++ {
		t[c] = classWide
	}
	t['<'] |= classTextStop | classValueStop
	t['&'] |= classTextStop | classValueStop
	t['>'] |= classTextStop // canonical form escapes it, and "]]>" is illegal
	t['"'] |= classValueStop
	t['\''] |= classValueStop
	return t
}()

func is(c byte, class uint8) bool { return classes[c]&class != 0 }

// isChar is production [2] Char of XML 1.0.
func isChar(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r <= 0xD7FF:
		return true
	}
	return r >= 0xE000 && r <= utf8.MaxRune && r != 0xFFFE && r != 0xFFFF
}

// isNCName is production [4] NCName of Namespaces in XML 1.0, which rests on [4] and [4a] of XML 1.0, fifth edition.
func isNCName(s string) bool {
	if s == "" {
		return false
	}
	for i, r := range s {
		if r < utf8.RuneSelf {
			if i == 0 && !is(s[i], classNameStart) || !is(s[i], className) {
				return false
			}
		} else if !isWideNameStart(r) && (i == 0 || !isWideName(r)) {
			return false
		}
	}
	return true
}

func isWideNameStart(r rune) bool {
	for _, span := range [...][2]rune{
		{0xC0, 0xD6},
		{0xD8, 0xF6},
		{0xF8, 0x2FF},
		{0x370, 0x37D},
		{0x37F, 0x1FFF},
		{0x200C, 0x200D},
		{0x2070, 0x218F},
		{0x2C00, 0x2FEF},
		{0x3001, 0xD7FF},
		{0xF900, 0xFDCF},
		{0xFDF0, 0xFFFC},
		{0x10000, 0xEFFFF},
	} {
		if r >= span[0] && r <= span[1] {
			return true
		}
	}
	return false
}

func isWideName(r rune) bool {
	return r == 0xB7 || r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040
}
