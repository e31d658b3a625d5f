package signedxml

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha1" //nolint:gosec // only where a policy allows it
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/subtle"
	"math/big"
)

// Key is a key the caller trusts for this signer.
type Key struct {
	Public crypto.PublicKey // *rsa.PublicKey of 2048 to 8192 bits, or *ecdsa.PublicKey on P-256, P-384 or P-521
}

// Policy widens what Verify accepts. Its zero value is the strict one.
type Policy struct {
	AllowSHA1 bool // accept rsa-sha1, ecdsa-sha1 and SHA-1 digests from providers that know nothing else
}

const (
	minRSABits = 2048
	// maxRSABits keeps the cost of a verification bounded; nobody signs with more.
	maxRSABits = 8192
	// minRSAExponent keeps the exponent out of which anybody computes a signature, 1.
	minRSAExponent = 3
)

// signatureMethod is a row of the table of methods.
type signatureMethod struct {
	uri   string
	hash  crypto.Hash
	ecdsa bool
}

// readMethod knows the methods of RFC 9231 that are neither broken nor exotic. SHA-1 is known so that Verify can judge it.
func readMethod(n Node) (signatureMethod, error) {
	uri, _ := n.Attr("Algorithm")
	if n.HasElements() || n.hasText() { // HMACOutputLength and parameters of RSA-PSS
		return signatureMethod{}, refuse(CodeSigWeakAlg, "SignatureMethod with parameters")
	}
	return methodOf(uri)
}

func methodOf(uri string) (signatureMethod, error) {
	for _, m := range [...]signatureMethod{
		{"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", crypto.SHA256, false},
		{"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", crypto.SHA384, false},
		{"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", crypto.SHA512, false},
		{"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", crypto.SHA256, true},
		{"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", crypto.SHA384, true},
		{"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", crypto.SHA512, true},
		{"http://www.w3.org/2000/09/xmldsig#rsa-sha1", crypto.SHA1, false},
		{"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1", crypto.SHA1, true},
	} {
		if m.uri == uri {
			return m, nil
		}
	}
	return signatureMethod{}, refuse(CodeSigWeakAlg, "unknown signature method")
}

func readDigestMethod(n Node) (uri string, h crypto.Hash, err error) {
	uri, _ = n.Attr("Algorithm")
	if n.HasElements() || n.hasText() {
		return "", 0, refuse(CodeSigWeakAlg, "DigestMethod with parameters")
	}
	switch uri {
	case "http://www.w3.org/2001/04/xmlenc#sha256":
		return uri, crypto.SHA256, nil
	case "http://www.w3.org/2001/04/xmldsig-more#sha384":
		return uri, crypto.SHA384, nil
	case "http://www.w3.org/2001/04/xmlenc#sha512":
		return uri, crypto.SHA512, nil
	case "http://www.w3.org/2000/09/xmldsig#sha1":
		return uri, crypto.SHA1, nil
	}
	return "", 0, refuse(CodeSigWeakAlg, "unknown digest method")
}

// Verify proves that the signature's parent, as its nodes are read, was signed by one of the keys, and tells by which.
// The digest is taken over the canonical form of those very nodes without the signature. What KeyInfo says is ignored.
func (s Signature) Verify(keys []Key, p Policy) (key int, err error) {
	if !s.node.Valid() {
		return none, refuse(CodeSigMissing, "no signature")
	}
	if !p.AllowSHA1 && (s.method.hash == crypto.SHA1 || s.digest == crypto.SHA1) {
		return none, refuse(CodeSigWeakAlg, "SHA-1")
	}
	if err := s.checkDigest(); err != nil {
		return none, err
	}
	h := s.method.hash.New()
	if err := s.info.digest(h, s.infoForm.alg, s.infoForm.prefixes, Node{}); err != nil {
		return none, err
	}
	return s.method.by(keys, h.Sum(nil), s.value)
}

// VerifyOctets proves that octets were signed by one of the keys, and tells by which: a signature beside a message, as the HTTP-Redirect binding has it
// (SAML Bindings 3.4.4.1). method is the URI of the signature method.
func VerifyOctets(method string, octets, value []byte, keys []Key, p Policy) (key int, err error) {
	m, err := methodOf(method)
	switch {
	case err != nil:
		return none, err
	case !p.AllowSHA1 && m.hash == crypto.SHA1:
		return none, refuse(CodeSigWeakAlg, "SHA-1")
	}
	h := m.hash.New()
	h.Write(octets)
	return m.by(keys, h.Sum(nil), value)
}

// by finds the key that made a signature.
func (m signatureMethod) by(keys []Key, hashed, value []byte) (key int, err error) {
	fitting := 0
	for i, k := range keys {
		if !m.fits(k.Public) {
			continue
		}
		fitting++
		if m.verify(k.Public, hashed, value) {
			return i, nil
		}
	}
	if fitting == 0 && len(keys) > 0 {
		return none, refuse(CodeSigWeakAlg, "none of %d keys is strong and of the kind of the signature method", len(keys))
	}
	return none, refuse(CodeSigUntrustedKey, "none of %d keys verifies the signature", fitting)
}

func (s Signature) checkDigest() error {
	h := s.digest.New()
	if err := s.parent.digest(h, s.form.alg, s.form.prefixes, s.node); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(h.Sum(nil), s.digestValue) != 1 {
		return refuse(CodeSigDigest, "%s is not what was signed", s.parent.Local())
	}
	return nil
}

// fits tells whether the key is strong and of the method's kind.
func (m signatureMethod) fits(key crypto.PublicKey) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return k != nil && k.N != nil && !m.ecdsa && k.N.BitLen() >= minRSABits && k.N.BitLen() <= maxRSABits && k.E >= minRSAExponent
	case *ecdsa.PublicKey:
		return k != nil && m.ecdsa && (k.Curve == elliptic.P256() || k.Curve == elliptic.P384() || k.Curve == elliptic.P521())
	}
	return false
}

// verify checks a signature by a key that fits.
func (m signatureMethod) verify(key crypto.PublicKey, hashed, value []byte) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(k, m.hash, hashed, value) == nil
	case *ecdsa.PublicKey:
		// r and s side by side, each as long as the curve's order (RFC 9231, 2.3.6); ASN.1 is not legal here.
		size := (k.Params().N.BitLen() + 7) / 8
		if len(value) != 2*size {
			return false
		}
		r, s := new(big.Int).SetBytes(value[:size]), new(big.Int).SetBytes(value[size:])
		return ecdsa.Verify(k, hashed, r, s)
	}
	return false
}
