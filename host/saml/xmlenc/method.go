package xmlenc

import (
	"crypto"
	_ "crypto/sha1" //nolint:gosec // OAEP needs no collision resistance, and most providers know no other hash for it (RFC 8017, B.1)
	_ "crypto/sha256"
	_ "crypto/sha512"

	"github.com/idplug/idplug/host/saml/signedxml"
)

// Namespaces of XML Encryption and of its neighbour.
const (
	xencURI   = "http://www.w3.org/2001/04/xmlenc#"
	xenc11URI = "http://www.w3.org/2009/xmlenc11#"
	dsigURI   = "http://www.w3.org/2000/09/xmldsig#"
)

// Methods are the algorithms of data encryption and key transport that are opened, in the order in which we like them: what metadata lists.
// AES-CBC is last because nothing in it notices a change. RSA 1.5 is not there: its padding tells an attacker about the key (Bleichenbacher),
// and ours signs, too. Triple DES has blocks that are too small.
func Methods() []string {
	return []string{
		xenc11URI + "aes256-gcm", xenc11URI + "aes192-gcm", xenc11URI + "aes128-gcm",
		xencURI + "aes256-cbc", xencURI + "aes192-cbc", xencURI + "aes128-cbc",
		oaep11, oaepMGF1P,
	}
}

// method is an algorithm of data encryption.
type method struct {
	keySize int // bytes
	open    func(key, value []byte) (plain []byte, ok bool)
	fits    func(size int) bool // whether anything can have this many bytes under it
}

// readMethod reads the EncryptionMethod of an EncryptedData. A KeySize says nothing that the algorithm does not.
func readMethod(n signedxml.Node) (method, error) {
	e, err := one(n, "EncryptionMethod")
	if err != nil {
		return method{}, err
	}
	for c := range e.Children() {
		if !c.Is(xencURI, "KeySize") {
			return method{}, bad("%s in the EncryptionMethod of the data", c.Local())
		}
	}
	switch uri, _ := e.Attr("Algorithm"); uri {
	case xenc11URI + "aes128-gcm":
		return method{16, openGCM, fitsGCM}, nil
	case xenc11URI + "aes192-gcm":
		return method{24, openGCM, fitsGCM}, nil
	case xenc11URI + "aes256-gcm":
		return method{32, openGCM, fitsGCM}, nil
	case xencURI + "aes128-cbc":
		return method{16, openCBC, fitsCBC}, nil
	case xencURI + "aes192-cbc":
		return method{24, openCBC, fitsCBC}, nil
	case xencURI + "aes256-cbc":
		return method{32, openCBC, fitsCBC}, nil
	default:
		return method{}, bad("data encryption with %q", uri)
	}
}

// Key transports (XML Encryption 1.1, 5.5.2). The older name means MGF1 with SHA-1, whatever the digest.
const (
	oaepMGF1P = xencURI + "rsa-oaep-mgf1p"
	oaep11    = xenc11URI + "rsa-oaep"
)

// readHash knows the hashes of OAEP, under the names of digests or of mask generations.
func readHash(n signedxml.Node) (crypto.Hash, error) {
	switch uri, _ := n.Attr("Algorithm"); uri {
	case dsigURI + "sha1", xenc11URI + "mgf1sha1":
		return crypto.SHA1, nil
	case xencURI + "sha256", xenc11URI + "mgf1sha256":
		return crypto.SHA256, nil
	case "http://www.w3.org/2001/04/xmldsig-more#sha384", xencURI + "sha384", xenc11URI + "mgf1sha384":
		return crypto.SHA384, nil
	case xencURI + "sha512", xenc11URI + "mgf1sha512":
		return crypto.SHA512, nil
	default:
		return 0, bad("RSA-OAEP with %q", uri)
	}
}
