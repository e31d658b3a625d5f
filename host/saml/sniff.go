package saml

import "bytes"

// sniffed is how much of a document is looked at to tell what it is.
const sniffed = 4 << 10

// notXML says in plain words what a document that is clearly no XML is instead, "" when it may be XML. It looks at the first bytes only; a web
// page that is well-formed XML is told by it, too.
func notXML(doc []byte) string {
	start := bytes.TrimLeft(bytes.TrimPrefix(doc, []byte("\xEF\xBB\xBF")), " \t\r\n")
	if len(start) == 0 {
		return "it is empty"
	}
	low := bytes.ToLower(start[:min(len(start), sniffed)])
	switch {
	case bytes.HasPrefix(low, []byte("<!doctype html")), bytes.HasPrefix(low, []byte("<html")), bytes.Contains(low, []byte("<html")) && low[0] == '<':
		if bytes.Contains(bytes.ToLower(start[:min(len(start), 64*sniffed)]), []byte(`type="password"`)) {
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
