package signedxml

import (
	"crypto"
	"encoding/base64"
	"strings"
)

const (
	dsigURI   = "http://www.w3.org/2000/09/xmldsig#"
	dsig11URI = "http://www.w3.org/2009/xmldsig11#"
	// maxPrefixes of an InclusiveNamespaces PrefixList. Okta lists one, ADFS none; each has to be looked up.
	maxPrefixes = 32
	// maxSignatureBytes is the size of an RSA-8192 signature.
	maxSignatureBytes = 1024
)

// Signature is an enveloped signature whose structure was found sound. Nothing is proven until Verify says so.
type Signature struct {
	parent, node, info Node
	method             signatureMethod
	infoForm           form        // of SignedInfo
	form               form        // of the parent
	digest             crypto.Hash // of the parent's canonical form
	digestURI          string
	digestValue        []byte
	value              []byte
}

// form is a canonicalization with its parameter.
type form struct {
	alg      Algorithm
	prefixes []string
}

// Node is the ds:Signature element.
func (s Signature) Node() Node { return s.node }

// Algorithms are the URIs of the signature method and of the digest, for traces and warnings.
func (s Signature) Algorithms() (signature, digest string) { return s.method.uri, s.digestURI }

// Covers tells whether n is part of what the signature signs: the signature's parent or below it, but not the signature
// itself, whose KeyInfo anybody can rewrite. It says nothing about whether the signature is good.
func (s Signature) Covers(n Node) bool { return s.parent.Contains(n) && !s.node.Contains(n) }

// Signature finds the ds:Signature that is a child of n and checks its whole structure: one SignedInfo, one Reference
// to the ID of n, transforms and algorithms we perform, no ds:Object, at most one KeyInfo (SAML Core 5.4; XML
// Signature 4). It is false without an error where n has no such child. Signatures elsewhere are the caller's to refuse.
func (n Node) Signature() (Signature, bool, error) {
	node, count := n.Child(dsigURI, "Signature")
	switch {
	case count == 0:
		return Signature{}, false, nil
	case count > 1:
		return Signature{}, true, refuse(CodeSigStructure, "%d signatures in %s", count, n.Local())
	case n.doc.lenient:
		return Signature{}, true, refuse(CodeSigStructure, "signature in a document that was read leniently")
	}
	s := Signature{parent: n, node: node}
	if err := s.read(); err != nil {
		return Signature{}, true, err
	}
	return s, true, nil
}

// read checks the children of ds:Signature: SignedInfo, SignatureValue, perhaps KeyInfo.
func (s *Signature) read() error {
	if _, objects := s.node.Child(dsigURI, "Object"); objects > 0 {
		return refuse(CodeSigObject, "ds:Object in a signature")
	}
	parts, err := sequence(s.node, "SignedInfo", "SignatureValue", "KeyInfo?")
	if err != nil {
		return err
	}
	s.info = parts[0]
	if s.value, err = parts[1].Base64(); err != nil {
		return err
	}
	if len(s.value) > maxSignatureBytes {
		return refuse(CodeSigMalformed, "SignatureValue of more than %d bytes", maxSignatureBytes)
	}
	if err := checkKeyInfo(parts[2]); err != nil {
		return err
	}
	return s.readSignedInfo()
}

// checkKeyInfo refuses foreign elements in a KeyInfo. We never read one; but it lies inside the signed element without
// being signed, and is where an attacker would hide something for others to find.
func checkKeyInfo(info Node) error {
	for n := range info.Descendants() {
		if space := n.Space(); space != dsigURI && space != dsig11URI {
			return refuse(CodeSigStructure, "foreign element %s in KeyInfo", n.Local())
		}
		if n.Is(dsigURI, "Object") || n.Is(dsigURI, "Signature") {
			return refuse(CodeSigStructure, "ds:%s in KeyInfo", n.Local())
		}
	}
	return nil
}

func (s *Signature) readSignedInfo() error {
	if _, references := s.info.Child(dsigURI, "Reference"); references != 1 {
		return refuse(CodeSigReference, "%d references", references)
	}
	parts, err := sequence(s.info, "CanonicalizationMethod", "SignatureMethod", "Reference")
	if err != nil {
		return err
	}
	if s.infoForm, err = readForm(parts[0]); err != nil {
		return err
	}
	if s.method, err = readMethod(parts[1]); err != nil {
		return err
	}
	return s.readReference(parts[2])
}

func (s *Signature) readReference(ref Node) error {
	uri, ok := ref.Attr("URI")
	id, identified := s.parent.Attr("ID")
	if !ok || !identified || uri != "#"+id {
		return refuse(CodeSigReference, "reference is not to the ID of %s", s.parent.Local())
	}
	if _, values := ref.Child(dsigURI, "DigestValue"); values > 1 {
		return refuse(CodeSigReference, "%d digest values", values)
	}
	parts, err := sequence(ref, "Transforms", "DigestMethod", "DigestValue")
	if err != nil {
		return err
	}
	if err := s.readTransforms(parts[0]); err != nil {
		return err
	}
	if s.digestURI, s.digest, err = readDigestMethod(parts[1]); err != nil {
		return err
	}
	s.digestValue, err = parts[2].Base64()
	return err
}

// readTransforms accepts the enveloped signature transform, then one canonicalization. Without the latter Canonical XML
// 1.0 is implied (XML Signature 4.3.3.2), which some .NET products rely on.
func (s *Signature) readTransforms(transforms Node) error {
	var steps []Node
	for step := range transforms.Children() {
		if !step.Is(dsigURI, "Transform") {
			return refuse(CodeSigStructure, "%s in Transforms", step.Local())
		}
		if steps = append(steps, step); len(steps) > 2 {
			return refuse(CodeSigTransform, "more than two transforms")
		}
	}
	if transforms.hasText() {
		return refuse(CodeSigStructure, "text in Transforms")
	}
	if len(steps) == 0 {
		return refuse(CodeSigTransform, "no transform")
	}
	if alg, _ := steps[0].Attr("Algorithm"); alg != enveloped || steps[0].HasElements() || steps[0].hasText() {
		return refuse(CodeSigTransform, "first transform is not the enveloped signature one")
	}
	if len(steps) == 1 {
		s.form = form{alg: InclusiveC14N}
		return nil
	}
	var err error
	s.form, err = readForm(steps[1])
	return err
}

// readForm reads a CanonicalizationMethod or a Transform that is one.
func readForm(n Node) (form, error) {
	uri, _ := n.Attr("Algorithm")
	f := form{alg: Algorithm(uri)}
	if !f.alg.known() {
		return form{}, refuse(CodeSigTransform, "%s with an algorithm that is no canonicalization we perform", n.Local())
	}
	for c := range n.Children() {
		if f.prefixes != nil || f.alg != ExclusiveC14N || !c.Is(string(ExclusiveC14N), "InclusiveNamespaces") ||
			c.HasElements() || c.hasText() {
			return form{}, refuse(CodeSigTransform, "%s in %s", c.Local(), n.Local())
		}
		list, _ := c.Attr("PrefixList")
		var err error
		if f.prefixes, err = readPrefixes(list); err != nil {
			return form{}, err
		}
	}
	if n.hasText() {
		return form{}, refuse(CodeSigTransform, "text in %s", n.Local())
	}
	return f, nil
}

// readPrefixes splits a PrefixList. The result is never nil, not even for an empty list.
func readPrefixes(list string) ([]string, error) {
	prefixes := strings.FieldsFunc(list, func(r rune) bool { return r < ' ' || r == ' ' }) // only white space is legal there
	if len(prefixes) > maxPrefixes {
		return nil, refuse(CodeSigTransform, "more than %d prefixes in PrefixList", maxPrefixes)
	}
	for _, p := range prefixes {
		if p != "#default" && !isNCName(p) {
			return nil, refuse(CodeSigTransform, "PrefixList holds what is no prefix")
		}
	}
	if prefixes == nil {
		prefixes = []string{}
	}
	return prefixes, nil
}

// sequence returns the child elements of n, which must be exactly these elements of XML Signature in this order with
// nothing but white space between them. A name that ends in "?" may be missing; its place then holds the zero Node.
func sequence(n Node, names ...string) ([]Node, error) {
	parts := make([]Node, len(names))
	next := 0
	for c := range n.Children() {
		for next < len(names) && strings.HasSuffix(names[next], "?") && !c.Is(dsigURI, strings.TrimSuffix(names[next], "?")) {
			next++
		}
		if next == len(names) || !c.Is(dsigURI, strings.TrimSuffix(names[next], "?")) {
			return nil, refuse(CodeSigStructure, "%s where it does not belong in %s", c.Local(), n.Local())
		}
		parts[next] = c
		next++
	}
	for ; next < len(names); next++ {
		if !strings.HasSuffix(names[next], "?") {
			return nil, refuse(CodeSigStructure, "no %s in %s", names[next], n.Local())
		}
	}
	if n.hasText() {
		return nil, refuse(CodeSigStructure, "text in %s", n.Local())
	}
	return parts, nil
}

// Base64 is the content of n decoded. White space is legal anywhere in it (XML Schema 2, 3.2.16), emptiness and elements are not: sig.malformed.
func (n Node) Base64() ([]byte, error) {
	if n.HasElements() {
		return nil, refuse(CodeSigMalformed, "elements in %s", n.Local())
	}
	text := n.Text()
	packed := make([]byte, 0, len(text))
	for i := range len(text) {
		if !is(text[i], classSpace) {
			packed = append(packed, text[i])
		}
	}
	value := make([]byte, base64.StdEncoding.DecodedLen(len(packed)))
	size, err := base64.StdEncoding.Strict().Decode(value, packed)
	if err != nil || size == 0 {
		return nil, refuse(CodeSigMalformed, "%s is not base64", n.Local())
	}
	return value[:size], nil
}
