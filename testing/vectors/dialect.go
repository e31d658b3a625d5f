package vectors

import (
	"regexp"
	"slices"
	"strings"

	"github.com/idplug/idplug/testing/devidp"
)

// dialect is how a provider writes namespaces. Changes are written for the usual one and translated for the others, so that one attack is tried in
// each handwriting.
type dialect int

const (
	usual  dialect = iota // samlp:, saml:, ds:
	second                // saml2p:, saml2:, ds: (Okta)
	bare                  // default namespaces everywhere, in the signature, too (Entra)
)

func dialects() []dialect { return []dialect{usual, second, bare} }

func (d dialect) String() string { return []string{"saml:", "saml2:", "default namespaces"}[d] }

// style is the handwriting of everything but the signature.
func (d dialect) style() devidp.Style {
	s := devidp.Style{Declaration: `version="1.0" encoding="UTF-8"`}
	switch d {
	case usual:
		s.Protocol, s.Assertion = "samlp", "saml"
	case second:
		s.Protocol, s.Assertion = "saml2p", "saml2"
	case bare:
	}
	return s
}

var (
	bareTag   = regexp.MustCompile(`<(/?)([A-Z]\w*)((?: xmlns=)?)`)
	usualTag  = regexp.MustCompile(`<(/?)(?:samlp|saml|ds):`)
	usualName = regexp.MustCompile(` xmlns:(?:samlp|saml|ds)=`)
)

// read translates into the usual dialect.
func (d dialect) read(text string) string {
	switch d {
	case second:
		return strings.NewReplacer("saml2p:", "samlp:", "saml2:", "saml:", ":saml2p=", ":samlp=", ":saml2=", ":saml=").Replace(text)
	case bare:
		return bareTag.ReplaceAllStringFunc(text, func(tag string) string {
			m := bareTag.FindStringSubmatch(tag)
			prefix, xmlns := prefixOf(m[2]), m[3]
			if xmlns != "" {
				xmlns = " xmlns:" + prefix + "="
			}
			return "<" + m[1] + prefix + ":" + m[2] + xmlns
		})
	case usual:
	}
	return text
}

// write translates out of the usual dialect.
func (d dialect) write(text string) string {
	switch d {
	case second:
		return strings.NewReplacer("samlp:", "saml2p:", "saml:", "saml2:", ":samlp=", ":saml2p=", ":saml=", ":saml2=").Replace(text)
	case bare:
		return usualName.ReplaceAllString(usualTag.ReplaceAllString(text, "<$1"), " xmlns=")
	case usual:
	}
	return text
}

// prefixOf is the usual prefix of an element.
func prefixOf(local string) string {
	switch {
	case slices.Contains([]string{"Response", "Status", "StatusCode", "Extensions"}, local):
		return "samlp"
	case slices.Contains([]string{
		"Signature", "SignedInfo", "CanonicalizationMethod", "SignatureMethod", "Reference", "Transforms", "Transform", "DigestMethod", "DigestValue",
		"SignatureValue", "KeyInfo", "X509Data", "X509Certificate", "Object",
	}, local):
		return "ds"
	}
	return "saml"
}

// in makes the same vector in another dialect.
func (v Vector) in(d dialect) Vector {
	v.dialect, v.style = d, d.style()
	if d == bare {
		v.signing.Prefix = "-"
	}
	return v
}
