package saml

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

const (
	minRSABits = 2048
	// maxRSABits bounds what one verification costs; nobody signs with more.
	maxRSABits = 8192
	// minExponent is what every tool has made for decades; smaller ones are only met in attacks.
	minExponent = 65537
	// maxCertificates bounds the keys that are tried at a login. Azure was seen with four.
	maxCertificates = 16
	maxCertificate  = 16 << 10 // bytes of DER
)

// certificates reads the role's usable signing certificates, each once, in document order. Key descriptors without a use sign, too.
func certificates(role signedxml.Node, notes *sso.Problems) []sso.Certificate {
	var out []sso.Certificate
	seen := map[string]bool{}
	for k := range role.Named(nsMetadata, "KeyDescriptor") {
		use, _ := k.Attr("use")
		if use != "" && use != "signing" {
			continue
		}
		for _, text := range certificateTexts(k) {
			cert, code, detail := readCertificate(text, use)
			switch {
			case seen[cert.SHA256]:
				continue
			case code != "":
				notes.Add(sso.Warning, metadataField, code, "detail", detail)
			case len(out) < maxCertificates:
				out = append(out, cert)
			}
			if cert.SHA256 != "" {
				seen[cert.SHA256] = true
			}
		}
	}
	return out
}

// certificateTexts are the first X509Certificate of each X509Data: what follows it there is its chain, and an authority's key does not sign for
// the provider. A key descriptor without any gives one empty text, so that somebody hears of it: a bare key has no dates to warn about.
func certificateTexts(k signedxml.Node) []string {
	var out []string
	for info := range k.Named(nsSignature, "KeyInfo") {
		for data := range info.Named(nsSignature, "X509Data") {
			if c, count := data.Child(nsSignature, "X509Certificate"); count > 0 {
				out = append(out, c.Text())
			}
		}
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}

// readCertificate reads one certificate. With a code it is not usable; its SHA256 is set all the same when its bytes could be read.
func readCertificate(text, use string) (cert sso.Certificate, code sso.Code, detail string) {
	der, ok := certificateBytes(text)
	if !ok {
		return cert, sso.MetadataBadCertificate, "it is not base64"
	}
	sum := sha256.Sum256(der)
	cert.SHA256 = hex.EncodeToString(sum[:])
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return cert, sso.MetadataBadCertificate, "it is no X.509 certificate"
	}
	if weakness := weakness(parsed.PublicKey); weakness != "" {
		return cert, sso.MetadataWeakKey, weakness
	}
	cert.Subject, cert.Use, cert.DER = shown(parsed.Subject.String()), use, bytes.Clone(der)
	cert.NotBefore, cert.NotAfter = parsed.NotBefore.UTC(), parsed.NotAfter.UTC()
	return cert, "", ""
}

// certificateBytes decodes base64 with white space anywhere and, because people paste them, PEM's lines around it.
func certificateBytes(text string) ([]byte, bool) {
	text = strings.NewReplacer("-----BEGIN CERTIFICATE-----", "", "-----END CERTIFICATE-----", "").Replace(text)
	text = strings.Join(strings.Fields(text), "")
	if text == "" || len(text) > base64.StdEncoding.EncodedLen(maxCertificate) {
		return nil, false
	}
	der, err := base64.StdEncoding.DecodeString(text)
	return der, err == nil
}

// curves are those that XML Signature implementations agree on (XML Signature 1.1, 6.4.3).
var curves = []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}

// weakness says why a key proves nothing, "" when it does.
func weakness(key crypto.PublicKey) string {
	switch k := key.(type) {
	case *rsa.PublicKey:
		switch bits := k.N.BitLen(); {
		case bits < minRSABits:
			return fmt.Sprintf("RSA with %d bits", bits)
		case bits > maxRSABits:
			return fmt.Sprintf("RSA with %d bits is more than we check", bits)
		case k.E < minExponent:
			return fmt.Sprintf("RSA with the exponent %d", k.E)
		}
		return ""
	case *ecdsa.PublicKey:
		if slices.Contains(curves, k.Curve) {
			return ""
		}
		return "an elliptic curve other than P-256, P-384 and P-521"
	}
	return "neither RSA nor ECDSA"
}
