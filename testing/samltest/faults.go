package samltest

import (
	"regexp"
	"strings"

	"github.com/beevik/etree"
)

// Where we accept a document and goxmldsig, or crewjam/saml that uses it, does not, one of its known faults must be in the way. Each function here
// names one that the document may meet, or gives "".

var (
	wideByte       = regexp.MustCompile(`[^\x00-\x7F]`)
	rawWhiteSpace  = regexp.MustCompile(`=\s*("[^"]*[\t\r\n][^"]*"|'[^']*[\t\r\n][^']*')`)
	takenBack      = regexp.MustCompile(`xmlns\s*=\s*(""|'')`)
	unusualBase64  = regexp.MustCompile(`(?:Digest|Signature)Value[^>]*>[^<]*[ \t&]`)
	infoPrefixList = regexp.MustCompile(`CanonicalizationMethod[^>]*>\s*<[^>]*InclusiveNamespaces`)
)

// NameFault says why encoding/xml, which reads for goxmldsig, may refuse a name.
func NameFault(doc string) string {
	if wideByte.MatchString(doc) {
		return "knows the names of the fourth edition of XML 1.0 only"
	}
	return ""
}

// ParseFault says why encoding/xml may refuse a document that is well-formed.
func ParseFault(doc string) string {
	if strings.Contains(doc, "standalone") || strings.HasPrefix(doc, "<?xml") {
		return "reads the XML declaration by guessing"
	}
	return NameFault(doc)
}

// CanonicalFault says why goxmldsig may canonicalize a document wrongly.
func CanonicalFault(doc string, root *etree.Element) string {
	switch {
	case takenBack.MatchString(doc):
		return `repeats xmlns="" where there is nothing to take back`
	case rawWhiteSpace.MatchString(doc):
		return "encoding/xml does not normalize white space in attributes"
	case strings.Contains(doc, "xmlns:xml"):
		return "takes xml for an ordinary prefix"
	}
	for _, e := range append([]*etree.Element{root}, root.FindElements(".//*")...) {
		used := map[string]bool{}
		for _, a := range e.Attr {
			if a.Space != "" && a.Space != "xmlns" {
				used[a.Space] = true
			}
		}
		if len(used) > 1 {
			return "sorts attributes by local name before namespace"
		}
	}
	return ""
}

// VerdictFault says why goxmldsig may refuse a good signature of a document that it reads, if it trusts no KeyInfo.
func VerdictFault(doc string) string {
	switch {
	case unusualBase64.MatchString(doc):
		return "no spaces in base64"
	case infoPrefixList.MatchString(doc):
		return "ignores the PrefixList of the CanonicalizationMethod"
	case strings.Count(doc, "Signature>") > 2:
		return "takes the first signature below the element, not the element's own"
	}
	tree := etree.NewDocument()
	if err := tree.ReadFromString(doc); err != nil || tree.Root() == nil {
		return ""
	}
	return CanonicalFault(doc, tree.Root())
}

// Spaced writes a document with the white space of its attributes as XML reads it (section 3.3.3), which encoding/xml leaves to others. What is signed
// stays signed: canonical form has it so, too.
func Spaced(doc string) string {
	return rawWhiteSpace.ReplaceAllStringFunc(doc, strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ", "\t", " ").Replace)
}
