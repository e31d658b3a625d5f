package samltest

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"
)

// Namespaces of XML Encryption.
const (
	xenc   = "http://www.w3.org/2001/04/xmlenc#"
	xenc11 = "http://www.w3.org/2009/xmlenc11#"
)

// Encryption says how [Encrypt] encrypts. Only For is needed; the rest has the values that everybody understands. Short names it does not know are
// written as they are, in a message that nobody can open.
type Encryption struct {
	For        []*rsa.PublicKey // one EncryptedKey each
	Recipients []string         // of the EncryptedKeys, "" or none: for nobody in particular
	Cipher     string           // "aes256-gcm" when empty; aes128, aes192 and aes256, each with -gcm and -cbc
	Transport  string           // "rsa-oaep-mgf1p" when empty, or "rsa-oaep", or "rsa-1_5"
	Digest     string           // of OAEP, "sha256" and so on; without it none is named, which means sha1
	MGF        string           // of "rsa-oaep", likewise
	Label      string           // OAEPparams
	Beside     bool             // EncryptedKeys stand beside the data, a RetrievalMethod points to the first
	Type       string           // of the data: "Element" when empty, "-" for none
	Break      string           // put between the pieces of 64 characters of every value

	Key     []byte // the data's key instead of a random one of the right length
	Padding *byte  // every byte of the padding instead of the right ones, for CBC
}

// Encrypt gives a saml:EncryptedAssertion that holds the element.
func Encrypt(element []byte, e Encryption) (string, error) {
	e.defaults()
	secret := e.Key
	if secret == nil {
		secret = random(e.keySize())
	}
	value, err := e.encrypt(element, secret)
	if err != nil {
		return "", fmt.Errorf("encrypt: %w", err)
	}
	var keys []string
	for i, public := range e.For {
		key, err := e.wrap(i, public, secret)
		if err != nil {
			return "", fmt.Errorf("wrap key: %w", err)
		}
		keys = append(keys, key)
	}
	inside, beside := strings.Join(keys, ""), ""
	if e.Beside {
		inside, beside = `<ds:RetrievalMethod Type="`+xenc+`EncryptedKey" URI="#_key0"/>`, inside
	}
	kind := ` Type="` + xenc + e.Type + `"`
	if e.Type == "-" {
		kind = ""
	}
	return `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><xenc:EncryptedData xmlns:xenc="` + xenc + `" Id="_data"` + kind +
		`><xenc:EncryptionMethod Algorithm="` + e.cipherURI() + `"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">` + inside + `</ds:KeyInfo>` +
		`<xenc:CipherData><xenc:CipherValue>` + e.text(value) + `</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>` + beside + `</saml:EncryptedAssertion>`, nil
}

func (e *Encryption) defaults() {
	for _, f := range []struct {
		of    *string
		usual string
	}{{&e.Cipher, "aes256-gcm"}, {&e.Transport, "rsa-oaep-mgf1p"}, {&e.Type, "Element"}} {
		if *f.of == "" {
			*f.of = f.usual
		}
	}
}

func (e Encryption) cipherURI() string {
	if strings.HasSuffix(e.Cipher, "-gcm") {
		return xenc11 + e.Cipher
	}
	return xenc + e.Cipher
}

func (e Encryption) keySize() int {
	switch strings.Split(e.Cipher, "-")[0] {
	case "aes128":
		return 16
	case "aes192":
		return 24
	}
	return 32
}

// encrypt is CBC for whatever is not GCM.
func (e Encryption) encrypt(plain, secret []byte) ([]byte, error) {
	if len(secret) != e.keySize() { // somebody wants to see the wrapped key refused
		secret = random(e.keySize())
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(e.Cipher, "-gcm") {
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			return nil, err
		}
		nonce := random(gcm.NonceSize())
		return gcm.Seal(nonce, nonce, plain, nil), nil
	}
	padding := random(aes.BlockSize - len(plain)%aes.BlockSize) // only the last byte means anything
	padding[len(padding)-1] = byte(len(padding))
	if e.Padding != nil {
		padding = bytes.Repeat([]byte{*e.Padding}, len(padding))
	}
	iv, padded := random(aes.BlockSize), slices.Concat(plain, padding)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(padded, padded)
	return append(iv, padded...), nil
}

// wrap gives an EncryptedKey.
func (e Encryption) wrap(i int, public *rsa.PublicKey, secret []byte) (string, error) {
	value, err := e.transport(public, secret)
	if err != nil {
		return "", err
	}
	namespace, parameters, recipient := xenc, "", ""
	if e.Transport == "rsa-oaep" {
		namespace = xenc11
	}
	if e.Label != "" {
		parameters += "<xenc:OAEPparams>" + e.text([]byte(e.Label)) + "</xenc:OAEPparams>"
	}
	if e.Digest != "" {
		hash, err := hashOf(e.Digest)
		if err != nil {
			return "", err
		}
		parameters += `<ds:DigestMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Algorithm="` + hash.uri + `"/>`
	}
	if e.MGF != "" {
		parameters += `<xenc11:MGF xmlns:xenc11="` + xenc11 + `" Algorithm="` + xenc11 + "mgf1" + e.MGF + `"/>`
	}
	if i < len(e.Recipients) && e.Recipients[i] != "" {
		recipient = ` Recipient="` + e.Recipients[i] + `"`
	}
	return fmt.Sprintf(`<xenc:EncryptedKey xmlns:xenc="%s" Id="_key%d"%s><xenc:EncryptionMethod Algorithm="%s">%s</xenc:EncryptionMethod>`+
		`<xenc:CipherData><xenc:CipherValue>%s</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>`,
		xenc, i, recipient, namespace+e.Transport, parameters, e.text(value)), nil
}

func (e Encryption) transport(public *rsa.PublicKey, secret []byte) ([]byte, error) {
	if e.Transport == "rsa-1_5" {
		return rsa.EncryptPKCS1v15(rand.Reader, public, secret) //nolint:staticcheck // a message that must be refused
	}
	digest, mask := crypto.SHA1, crypto.SHA1
	for _, named := range []struct {
		name string
		hash *crypto.Hash
	}{{e.Digest, &digest}, {e.MGF, &mask}} {
		if named.name == "" {
			continue
		}
		found, err := hashOf(named.name)
		if err != nil {
			return nil, err
		}
		*named.hash = found.Hash
	}
	return rsa.EncryptOAEPWithOptions(rand.Reader, public, secret, &rsa.OAEPOptions{Hash: digest, MGFHash: mask, Label: []byte(e.Label)})
}

func (e Encryption) text(value []byte) string { return Signing{Break: e.Break}.encode(value) }

func random(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return b
}
