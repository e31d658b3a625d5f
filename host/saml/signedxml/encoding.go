package signedxml

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var (
	bomUTF8    = []byte{0xEF, 0xBB, 0xBF}
	bomUTF16LE = []byte{0xFF, 0xFE}
	bomUTF16BE = []byte{0xFE, 0xFF}
)

// decode turns the bytes into UTF-8 without a byte order mark, and checks that all of it is legal UTF-8. Signed
// messages are UTF-8 and nothing else; more is understood only where no signature depends on it.
func decode(doc []byte, lenient bool) (string, error) {
	var text string
	switch {
	case bytes.HasPrefix(doc, bomUTF8) && lenient:
		text = string(trimAll(doc, bomUTF8))
	case bytes.HasPrefix(doc, bomUTF16LE) && lenient:
		return decodeUTF16(trimAll(doc, bomUTF16LE), binary.LittleEndian)
	case bytes.HasPrefix(doc, bomUTF16BE) && lenient:
		return decodeUTF16(trimAll(doc, bomUTF16BE), binary.BigEndian)
	case bytes.HasPrefix(doc, bomUTF8), bytes.HasPrefix(doc, bomUTF16LE), bytes.HasPrefix(doc, bomUTF16BE):
		return "", refuse(CodeEncoding, "byte order mark")
	case lenient && declaresLatin1(doc):
		return decodeLatin1(doc), nil
	default:
		text = string(doc)
	}
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 { // UTF-16 without a mark is full of NULs
		return "", refuse(CodeEncoding, "not UTF-8")
	}
	return text, nil
}

// trimAll removes the mark as often as it is there: Azure was seen to send it twice.
func trimAll(doc, mark []byte) []byte {
	for bytes.HasPrefix(doc, mark) {
		doc = doc[len(mark):]
	}
	return doc
}

func decodeUTF16(doc []byte, order binary.ByteOrder) (string, error) {
	if len(doc)%2 != 0 {
		return "", refuse(CodeEncoding, "odd number of bytes in UTF-16")
	}
	var b strings.Builder
	b.Grow(len(doc) / 2)
	for i := 0; i < len(doc); i += 2 {
		r := rune(order.Uint16(doc[i:]))
		if utf16.IsSurrogate(r) {
			i += 2
			if i == len(doc) {
				return "", refuse(CodeEncoding, "unpaired surrogate in UTF-16")
			}
			if r = utf16.DecodeRune(r, rune(order.Uint16(doc[i:]))); r == utf8.RuneError {
				return "", refuse(CodeEncoding, "unpaired surrogate in UTF-16")
			}
		}
		b.WriteRune(r)
	}
	return b.String(), nil
}

// declaresLatin1 looks into the XML declaration, which is ASCII in every encoding we read without a byte order mark.
func declaresLatin1(doc []byte) bool {
	doc = bytes.TrimLeft(doc, " \t\r\n")
	end := bytes.Index(doc, []byte("?>"))
	if end < 0 || !bytes.HasPrefix(doc, []byte("<?xml")) {
		return false
	}
	d, err := parseDeclaration(string(doc[len("<?xml"):end]))
	return err == nil && strings.EqualFold(d.encoding, "ISO-8859-1")
}

func decodeLatin1(doc []byte) string {
	var b strings.Builder
	b.Grow(len(doc))
	for _, c := range doc {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// declaration holds what an XML declaration says; encoding is empty where it says nothing.
type declaration struct{ version, encoding, standalone string }

// parseDeclaration reads what stands between "<?xml" and "?>" (production [23] of XML 1.0).
func parseDeclaration(s string) (d declaration, err error) {
	rest := s
	for _, part := range []struct {
		name string
		into *string
	}{{"version", &d.version}, {"encoding", &d.encoding}, {"standalone", &d.standalone}} {
		trimmed := strings.TrimLeft(rest, " \t\r\n")
		if !strings.HasPrefix(trimmed, part.name) {
			continue
		}
		if trimmed == rest {
			return d, refuse(CodeMalformed, "XML declaration")
		}
		value := strings.TrimLeft(trimmed[len(part.name):], " \t\r\n")
		if !strings.HasPrefix(value, "=") {
			return d, refuse(CodeMalformed, "XML declaration")
		}
		value = strings.TrimLeft(value[1:], " \t\r\n")
		if value == "" || value[0] != '"' && value[0] != '\'' {
			return d, refuse(CodeMalformed, "XML declaration")
		}
		end := strings.IndexByte(value[1:], value[0])
		if end <= 0 {
			return d, refuse(CodeMalformed, "XML declaration")
		}
		*part.into, rest = value[1:1+end], value[2+end:]
	}
	if d.version == "" || strings.Trim(rest, " \t\r\n") != "" {
		return d, refuse(CodeMalformed, "XML declaration")
	}
	return d, nil
}

// check refuses what the declaration promises and this package does not read. The encoding of a transcoded document
// was chosen by its first bytes, so that its name no longer matters in lenient mode.
func (d declaration) check(lenient bool) error {
	switch {
	case d.version != "1.0":
		return refuse(CodeEncoding, "XML version is not 1.0")
	case d.standalone != "" && d.standalone != "yes" && d.standalone != "no":
		return refuse(CodeMalformed, "XML declaration")
	case d.encoding == "" || strings.EqualFold(d.encoding, "UTF-8"):
		return nil
	case lenient && (strings.EqualFold(d.encoding, "UTF-16") || strings.EqualFold(d.encoding, "ISO-8859-1") ||
		strings.EqualFold(d.encoding, "US-ASCII")):
		return nil
	}
	return refuse(CodeEncoding, "declared encoding is not UTF-8")
}
