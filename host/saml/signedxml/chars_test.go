package signedxml_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/saml/signedxml"
)

func parses(doc string) bool {
	_, err := signedxml.Parse([]byte(doc), signedxml.DefaultLimits())
	return err == nil
}

// TestNamesAreOfNameCharacters tries both ends of every range of XML 1.0, 2.3, and what is beside them.
func TestNamesAreOfNameCharacters(t *testing.T) {
	t.Parallel()
	begins := func(r rune) bool { return parses("<" + string(r) + "/>") }
	follows := func(r rune) bool { return parses("<a" + string(r) + "/>") }
	for _, span := range [][2]rune{
		{'A', 'Z'},
		{'_', '_'},
		{'a', 'z'},
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
		for _, r := range span {
			require.True(t, begins(r), "%U", r)
			require.True(t, follows(r), "%U", r)
		}
		require.False(t, begins(span[0]-1), "%U", span[0]-1)
		if next := span[1] + 1; next != 0xD800 { // the surrogates begin there, which are no characters
			require.False(t, begins(next), "%U", next)
		}
	}
	for _, r := range []rune{'-', '.', '0', '9', 0xB7, 0x300, 0x36F, 0x203F, 0x2040} {
		require.False(t, begins(r), "%U", r)
		require.True(t, follows(r), "%U", r)
	}
	for _, r := range []rune{',', ';', '@', '[', '`', '{', 0x7F, 0xB6, 0xB8, 0x37E, 0x203E, 0x2041, 0xF0000} {
		require.False(t, follows(r), "%U", r)
	}
}

func TestTextIsOfCharacters(t *testing.T) {
	t.Parallel()
	for _, r := range []rune{'\t', '\n', ' ', 0x7F, 0x80, 0xD7FF, 0xE000, 0xFFFD, 0x10000, 0x10FFFF} {
		require.True(t, parses("<r>"+string(r)+"</r>"), "%U", r)
	}
	for _, text := range []string{"\x00", "\x08", "\x0B", "\x0C", "\x0E", "\x1F", "\uFFFE", "\uFFFF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80"} {
		require.False(t, parses("<r>"+text+"</r>"), "%q", text)
	}
	for reference, is := range map[string]bool{
		"&#xD7FF;": true, "&#xD800;": false, "&#xDFFF;": false, "&#xE000;": true, "&#x10FFFF;": true, "&#x110000;": false, "&#x1F;": false, "&#x20;": true,
	} {
		require.Equal(t, is, parses("<r>"+reference+"</r>"), reference)
	}
}

// TestNamespacesAreAbsoluteURIs tries the ends of what a scheme is made of (RFC 3986, 3.1).
func TestNamespacesAreAbsoluteURIs(t *testing.T) {
	t.Parallel()
	bound := func(uri string) bool { return parses(`<r xmlns="` + uri + `"/>`) }
	for _, c := range "aAzZ" {
		require.True(t, bound(string(c)+":x"), "%c", c)
		require.True(t, bound("u"+string(c)+":x"), "%c", c)
	}
	for _, c := range "09+-." {
		require.True(t, bound("u"+string(c)+":x"), "%c", c)
		require.False(t, bound(string(c)+":x"), "%c", c)
	}
	for _, c := range "/,*@[`{_" { // their neighbours
		require.False(t, bound("u"+string(c)+"v:x"), "%c", c)
		require.False(t, bound(string(c)+":x"), "%c", c)
	}
	require.False(t, bound(":x"))
	require.False(t, bound("u:"))
}
