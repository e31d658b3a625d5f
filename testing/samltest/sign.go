// Package samltest makes signed messages for tests. Only tests may enter.
package samltest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/idplug/idplug/host/saml/signedxml"
)

// Signing says how [Sign] signs. Only Key is needed; the rest has the values of most providers.
type Signing struct {
	Key      crypto.Signer // *rsa.PrivateKey or *ecdsa.PrivateKey
	Cert     []byte        // DER, shown in KeyInfo; without it there is no KeyInfo
	KeyInfo  string        // the content of KeyInfo instead of the certificate, in the signature's own prefix
	Prefix   string        // of the signature's elements, "ds" when empty, "-" for the default namespace
	Method   string        // short name of the signature method: "sha256" when empty, "sha1", "sha384", "sha512"
	Digest   string        // short name of the digest method, likewise
	Info     signedxml.Algorithm
	InfoList string // PrefixList of the CanonicalizationMethod
	// Form is the second transform, exclusive when empty; "-" leaves it out, so that Canonical XML 1.0 is implied.
	Form     signedxml.Algorithm
	FormList string // PrefixList of the second transform
	Break    string // put between the pieces of 64 characters of every base64 value, such as "\n" or "&#13;\n"
}

const (
	digestHole = "{digest}"
	valueHole  = "{value}"
)

// Sign puts an enveloped signature into the element with this ID, behind its Issuer where that is its first child, else
// as its first child. Every other byte of doc stays as it is. Signing an assertion before the response around it gives a
// document with both signatures.
func Sign(doc []byte, id string, s Signing) ([]byte, error) {
	at, err := place(doc, id)
	if err != nil {
		return nil, fmt.Errorf("place signature: %w", err)
	}
	signature, err := s.template(id)
	if err != nil {
		return nil, err
	}
	signed := bytes.Join([][]byte{doc[:at], []byte(signature), doc[at:]}, nil)
	signed, err = s.fill(signed, id, digestHole, s.digestOf)
	if err != nil {
		return nil, fmt.Errorf("digest: %w", err)
	}
	if signed, err = s.fill(signed, id, valueHole, s.valueOf); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return signed, nil
}

// place finds the offset at which the signature goes.
func place(doc []byte, id string) (int64, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	depth, start, inside := 0, int64(-1), 0
	for {
		token, err := d.RawToken()
		if err != nil {
			if start >= 0 {
				return start, nil
			}
			return 0, fmt.Errorf("no element with ID %s: %w", id, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			if start >= 0 && t.Name.Local != "Issuer" {
				return start, nil
			}
			for _, a := range t.Attr {
				if start < 0 && a.Name.Space == "" && a.Name.Local == "ID" && a.Value == id {
					start, inside = d.InputOffset(), depth
				}
			}
		case xml.EndElement:
			if start >= 0 && depth == inside+1 {
				return d.InputOffset(), nil
			}
			if start >= 0 {
				return start, nil
			}
			depth--
		}
	}
}

// template is the signature with holes for its two computed values.
func (s Signing) template(id string) (string, error) {
	hash, err := hashOf(s.Method)
	if err != nil {
		return "", err
	}
	digest, err := hashOf(s.Digest)
	if err != nil {
		return "", err
	}
	method := "http://www.w3.org/2001/04/xmldsig-more#" + s.kind() + "-" + hash.name
	if s.kind() == "rsa" && hash.Hash == crypto.SHA1 {
		method = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
	}
	transforms := `<p:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>`
	if s.Form != "-" {
		transforms += step("Transform", s.Form, s.FormList)
	}
	keyInfo := s.KeyInfo
	if keyInfo == "" && s.Cert != nil {
		keyInfo = "<p:X509Data><p:X509Certificate>" + s.encode(s.Cert) + "</p:X509Certificate></p:X509Data>"
	}
	if keyInfo != "" {
		keyInfo = "<p:KeyInfo>" + keyInfo + "</p:KeyInfo>"
	}
	out := `<p:Signature xmlns:p="http://www.w3.org/2000/09/xmldsig#"><p:SignedInfo>` +
		step("CanonicalizationMethod", s.Info, s.InfoList) +
		`<p:SignatureMethod Algorithm="` + method + `"/><p:Reference URI="#` + id + `"><p:Transforms>` + transforms +
		`</p:Transforms><p:DigestMethod Algorithm="` + digest.uri + `"/><p:DigestValue>` + digestHole +
		`</p:DigestValue></p:Reference></p:SignedInfo><p:SignatureValue>` + valueHole + `</p:SignatureValue>` + keyInfo + `</p:Signature>`
	return s.rename(out), nil
}

// rename gives the elements, written with the prefix p, the prefix that was asked for.
func (s Signing) rename(signature string) string {
	switch s.Prefix {
	case "-":
		return strings.NewReplacer("<p:", "<", "</p:", "</", "xmlns:p=", "xmlns=").Replace(signature)
	case "":
		s.Prefix = "ds"
	}
	return strings.NewReplacer("<p:", "<"+s.Prefix+":", "</p:", "</"+s.Prefix+":", "xmlns:p=", "xmlns:"+s.Prefix+"=").Replace(signature)
}

func step(name string, alg signedxml.Algorithm, prefixes string) string {
	if alg == "" {
		alg = signedxml.ExclusiveC14N
	}
	if prefixes == "" {
		return fmt.Sprintf(`<p:%s Algorithm="%s"/>`, name, alg)
	}
	return fmt.Sprintf(`<p:%s Algorithm="%s"><ec:InclusiveNamespaces xmlns:ec="%s" PrefixList="%s"/></p:%[1]s>`,
		name, alg, signedxml.ExclusiveC14N, prefixes)
}

// fill computes a value from the document as it is and puts it into its hole.
func (s Signing) fill(doc []byte, id, hole string, compute func(parent, signature signedxml.Node) ([]byte, error)) ([]byte, error) {
	parsed, err := signedxml.Parse(doc, signedxml.MetadataLimits())
	if err != nil {
		return nil, err
	}
	parent := parsed.Root()
	for n := range parsed.Root().Descendants() {
		if got, _ := n.Attr("ID"); got == id {
			parent = n
		}
	}
	signature, _ := parent.Child("http://www.w3.org/2000/09/xmldsig#", "Signature")
	value, err := compute(parent, signature)
	if err != nil {
		return nil, err
	}
	return bytes.Replace(doc, []byte(hole), []byte(s.encode(value)), 1), nil
}

func (s Signing) digestOf(parent, signature signedxml.Node) ([]byte, error) {
	alg := s.Form
	if alg == "" {
		alg = signedxml.ExclusiveC14N
	} else if alg == "-" {
		alg = signedxml.InclusiveC14N
	}
	canonical, err := parent.AppendCanonical(nil, alg, strings.Fields(s.FormList), signature)
	if err != nil {
		return nil, err
	}
	hash, err := hashOf(s.Digest)
	if err != nil {
		return nil, err
	}
	return hash.sum(canonical), nil
}

func (s Signing) valueOf(_, signature signedxml.Node) ([]byte, error) {
	alg := s.Info
	if alg == "" {
		alg = signedxml.ExclusiveC14N
	}
	info, _ := signature.Child("http://www.w3.org/2000/09/xmldsig#", "SignedInfo")
	canonical, err := info.AppendCanonical(nil, alg, strings.Fields(s.InfoList), signedxml.Node{})
	if err != nil {
		return nil, err
	}
	hash, err := hashOf(s.Method)
	if err != nil {
		return nil, err
	}
	switch key := s.Key.(type) {
	case *rsa.PrivateKey:
		return rsa.SignPKCS1v15(rand.Reader, key, hash.Hash, hash.sum(canonical))
	case *ecdsa.PrivateKey:
		r, v, err := ecdsa.Sign(rand.Reader, key, hash.sum(canonical))
		if err != nil {
			return nil, err
		}
		size := (key.Params().N.BitLen() + 7) / 8
		return append(r.FillBytes(make([]byte, size)), v.FillBytes(make([]byte, size))...), nil
	}
	return nil, fmt.Errorf("no method for a %T", s.Key)
}

func (s Signing) kind() string {
	if _, ok := s.Key.(*ecdsa.PrivateKey); ok {
		return "ecdsa"
	}
	return "rsa"
}

func (s Signing) encode(value []byte) string {
	text := base64.StdEncoding.EncodeToString(value)
	if s.Break == "" {
		return text
	}
	var lines []string
	for ; len(text) > 64; text = text[64:] {
		lines = append(lines, text[:64])
	}
	return strings.Join(append(lines, text), s.Break)
}

// hashMethod is a hash with its names in XML Signature.
type hashMethod struct {
	crypto.Hash
	name, uri string
}

func (h hashMethod) sum(data []byte) []byte {
	sum := h.New()
	sum.Write(data)
	return sum.Sum(nil)
}

func hashOf(name string) (hashMethod, error) {
	switch name {
	case "sha1":
		return hashMethod{crypto.SHA1, name, "http://www.w3.org/2000/09/xmldsig#sha1"}, nil
	case "", "sha256":
		return hashMethod{crypto.SHA256, "sha256", "http://www.w3.org/2001/04/xmlenc#sha256"}, nil
	case "sha384":
		return hashMethod{crypto.SHA384, name, "http://www.w3.org/2001/04/xmldsig-more#sha384"}, nil
	case "sha512":
		return hashMethod{crypto.SHA512, name, "http://www.w3.org/2001/04/xmlenc#sha512"}, nil
	}
	return hashMethod{}, fmt.Errorf("no hash %q", name)
}
