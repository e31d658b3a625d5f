package devidp

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" // old providers sign with it, and refusing them is a rule worth testing
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// Algorithm identifiers of XML Signature 1.1 section 6 and RFC 6931.
const (
	RSASHA1     = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
	RSASHA256   = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	RSASHA384   = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"
	RSASHA512   = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
	ECDSASHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
	ECDSASHA384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"
	ECDSASHA512 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"

	DigestSHA1   = "http://www.w3.org/2000/09/xmldsig#sha1"
	DigestSHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
	DigestSHA384 = "http://www.w3.org/2001/04/xmldsig-more#sha384"
	DigestSHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
)

const (
	nsSignature = "http://www.w3.org/2000/09/xmldsig#"
	excC14N     = "http://www.w3.org/2001/10/xml-exc-c14n#"
	enveloped   = nsSignature + "enveloped-signature"
)

// KeyInfo says what a signature tells about its key.
type KeyInfo int

// What a signature tells.
const (
	KeyInfoCertificate KeyInfo = iota // X509Data with the certificate: nearly everybody
	KeyInfoNone                       // no KeyInfo at all: PingFederate as it comes
	KeyInfoKeyValue                   // X509Data and KeyValue: PingOne
	KeyInfoSubject                    // X509SubjectName before the certificate: Google
)

// Signature says how an element is signed. Key is required, Certificate unless KeyInfo is KeyInfoNone; every other zero value
// means what most providers do.
type Signature struct {
	Key         crypto.Signer
	Certificate *x509.Certificate
	Method      string // SignatureMethod; empty: SHA-256 with the kind of Key
	Digest      string // DigestMethod; empty: SHA-256
	PrefixList  string // InclusiveNamespaces of the Reference's transform, blank separated
	InfoList    string // the same of SignedInfo's own canonicalisation
	Prefix      string // namespace prefix of the Signature; empty: default namespace
	KeyInfo     KeyInfo
}

// sign puts an enveloped signature over el at the child position at. el needs its final place in the tree and an ID.
func (s Signature) sign(el *etree.Element, at int) error {
	digest, err := s.digest(el)
	if err != nil {
		return fmt.Errorf("digest: %w", err)
	}
	method := s.method()
	w := writer{prefixes: map[string]string{nsSignature: s.Prefix, excC14N: "ec"}}
	sig := w.detached(el, nsSignature, "Signature")
	info := w.child(sig, nsSignature, "SignedInfo")
	canonicalization(w, w.child(info, nsSignature, "CanonicalizationMethod"), s.InfoList)
	w.child(info, nsSignature, "SignatureMethod").CreateAttr("Algorithm", method)
	ref := w.child(info, nsSignature, "Reference")
	ref.CreateAttr("URI", "#"+el.SelectAttrValue("ID", ""))
	transforms := w.child(ref, nsSignature, "Transforms")
	w.child(transforms, nsSignature, "Transform").CreateAttr("Algorithm", enveloped)
	canonicalization(w, w.child(transforms, nsSignature, "Transform"), s.PrefixList)
	w.child(ref, nsSignature, "DigestMethod").CreateAttr("Algorithm", s.digestMethod())
	w.text(ref, nsSignature, "DigestValue", base64.StdEncoding.EncodeToString(digest))

	// SignedInfo is canonicalised where it will stand: an InfoList may reach for declarations of its ancestors.
	el.InsertChildAt(at, sig)
	octets, err := canonical(info, s.InfoList)
	if err != nil {
		return fmt.Errorf("canonicalise SignedInfo: %w", err)
	}
	value, err := signOctets(s.Key, method, octets)
	if err != nil {
		return err
	}
	w.text(sig, nsSignature, "SignatureValue", base64.StdEncoding.EncodeToString(value))
	return s.keyInfo(w, sig)
}

func (s Signature) digest(el *etree.Element) ([]byte, error) {
	hash, ok := digestHashes[s.digestMethod()]
	if !ok {
		return nil, fmt.Errorf("unknown digest method %q", s.digestMethod())
	}
	octets, err := canonical(el, s.PrefixList)
	if err != nil {
		return nil, err
	}
	h := hash.New()
	h.Write(octets)
	return h.Sum(nil), nil
}

func canonical(el *etree.Element, prefixList string) ([]byte, error) {
	scope, err := etreeutils.NSBuildParentContext(el)
	if err != nil {
		return nil, err
	}
	alone, err := etreeutils.NSDetatch(scope, el)
	if err != nil {
		return nil, err
	}
	return dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList(prefixList).Canonicalize(alone)
}

func canonicalization(w writer, el *etree.Element, prefixList string) {
	el.CreateAttr("Algorithm", excC14N)
	if prefixList != "" {
		w.child(el, excC14N, "InclusiveNamespaces").CreateAttr("PrefixList", prefixList)
	}
}

func (s Signature) method() string {
	if s.Method != "" {
		return s.Method
	}
	if _, ok := s.Key.Public().(*ecdsa.PublicKey); ok {
		return ECDSASHA256
	}
	return RSASHA256
}

func (s Signature) digestMethod() string {
	if s.Digest != "" {
		return s.Digest
	}
	return DigestSHA256
}

func (s Signature) keyInfo(w writer, sig *etree.Element) error {
	if s.KeyInfo == KeyInfoNone {
		return nil
	}
	if s.Certificate == nil {
		return fmt.Errorf("key info: no certificate")
	}
	info := w.child(sig, nsSignature, "KeyInfo")
	data := w.child(info, nsSignature, "X509Data")
	if s.KeyInfo == KeyInfoSubject {
		w.text(data, nsSignature, "X509SubjectName", s.Certificate.Subject.String())
	}
	w.text(data, nsSignature, "X509Certificate", base64.StdEncoding.EncodeToString(s.Certificate.Raw))
	key, ok := s.Certificate.PublicKey.(*rsa.PublicKey)
	if s.KeyInfo == KeyInfoKeyValue && ok {
		value := w.child(w.child(info, nsSignature, "KeyValue"), nsSignature, "RSAKeyValue")
		w.text(value, nsSignature, "Modulus", base64.StdEncoding.EncodeToString(key.N.Bytes()))
		w.text(value, nsSignature, "Exponent", base64.StdEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()))
	}
	return nil
}

var digestHashes = map[string]crypto.Hash{
	DigestSHA1: crypto.SHA1, DigestSHA256: crypto.SHA256, DigestSHA384: crypto.SHA384, DigestSHA512: crypto.SHA512,
}

var methodHashes = map[string]crypto.Hash{
	RSASHA1: crypto.SHA1, RSASHA256: crypto.SHA256, RSASHA384: crypto.SHA384, RSASHA512: crypto.SHA512,
	ECDSASHA256: crypto.SHA256, ECDSASHA384: crypto.SHA384, ECDSASHA512: crypto.SHA512,
}

func signOctets(key crypto.Signer, method string, octets []byte) ([]byte, error) {
	hash, ok := methodHashes[method]
	if !ok {
		return nil, fmt.Errorf("unknown signature method %q", method)
	}
	h := hash.New()
	h.Write(octets)
	value, err := key.Sign(rand.Reader, h.Sum(nil), hash)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if public, ok := key.Public().(*ecdsa.PublicKey); ok {
		return plainECDSA(value, (public.Curve.Params().BitSize+7)/8)
	}
	return value, nil
}

// plainECDSA turns Go's ASN.1 signature into the r‖s that XML Signature 1.1 section 6.4.3 asks for.
func plainECDSA(der []byte, size int) ([]byte, error) {
	var rs struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &rs); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("sign: malformed ECDSA value: %w", err)
	}
	return bytes.Join([][]byte{rs.R.FillBytes(make([]byte, size)), rs.S.FillBytes(make([]byte, size))}, nil), nil
}
