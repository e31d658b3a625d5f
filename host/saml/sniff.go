package saml

import "bytes"

// sniffed is how much of a document is looked at to tell what it is.
const sniffed = 4 << 10

// notXML says in plain words what a document is that is clearly no metadata, a web page written in XML among them; "" when it may be some. It looks
// at the first bytes only.
func notXML(doc []byte) string {
	start := trimSpace(bytes.TrimPrefix(doc, []byte("\xEF\xBB\xBF")))
	if len(start) == 0 {
		return "it is empty"
	}
	low := bytes.ToLower(start[:min(len(start), sniffed)])
	switch {
	case isPage(low):
		if bytes.Contains(bytes.ToLower(doc[:min(len(doc), 64*sniffed)]), []byte(`type="password"`)) {
			return "it is a sign-in page"
		}
		return "it is a web page"
	case low[0] == '{' || low[0] == '[':
		return "it is JSON"
	case bytes.HasPrefix(low, []byte("-----begin")):
		return "it is a certificate or key"
	case bytes.HasPrefix(low, []byte("https://")), bytes.HasPrefix(low, []byte("http://")):
		return "it is an address"
	case low[0] != '<' && low[0] < 0x80 && !bytes.Contains(low, []byte{0}): // a byte order mark and UTF-16 start otherwise
		return "it is not XML"
	}
	return ""
}

// isPage looks behind an XML declaration for HTML's first words.
func isPage(low []byte) bool {
	if bytes.HasPrefix(low, []byte("<?xml")) {
		_, low, _ = bytes.Cut(low, []byte("?>"))
		low = trimSpace(low)
	}
	return bytes.HasPrefix(low, []byte("<!doctype html")) || bytes.HasPrefix(low, []byte("<html"))
}

func trimSpace(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n") }
