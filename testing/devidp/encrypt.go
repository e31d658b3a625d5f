package devidp

import (
	"crypto/x509"
	"fmt"

	"github.com/beevik/etree"
	"github.com/crewjam/saml/xmlenc"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// Encryption says for whom assertions are encrypted and how (SAML Core 2.3.4). The key always travels with RSA-OAEP.
type Encryption struct {
	Certificate *x509.Certificate
	Cipher      Cipher
}

// Cipher is the short name of a cipher of XML Encryption, such as "aes256-gcm". Empty: aes256-cbc, as Okta does.
type Cipher string

func (c Cipher) block() (xmlenc.BlockCipher, bool) {
	block, ok := map[Cipher]xmlenc.BlockCipher{
		"": xmlenc.AES256CBC, "aes128-cbc": xmlenc.AES128CBC, "aes192-cbc": xmlenc.AES192CBC, "aes256-cbc": xmlenc.AES256CBC,
		"aes128-gcm": xmlenc.AES128GCM, "aes192-gcm": xmlenc.AES192GCM, "aes256-gcm": xmlenc.AES256GCM,
	}[c]
	return block, ok
}

// replace puts an EncryptedAssertion where el stood.
func (e Encryption) replace(w statementWriter, el *etree.Element) error {
	scope, err := etreeutils.NSBuildParentContext(el)
	if err != nil {
		return err
	}
	alone, err := etreeutils.NSDetatch(scope, el)
	if err != nil {
		return err
	}
	plain, err := document(alone, "")
	if err != nil {
		return err
	}
	transport := xmlenc.OAEP()
	var known bool
	if transport.BlockCipher, known = e.Cipher.block(); !known {
		return fmt.Errorf("no cipher %q", e.Cipher)
	}
	data, err := transport.Encrypt(e.Certificate, plain, nil)
	if err != nil {
		return fmt.Errorf("xmlenc: %w", err)
	}
	data.CreateAttr("Type", "http://www.w3.org/2001/04/xmlenc#Element")
	at, parent := el.Index(), el.Parent()
	parent.RemoveChildAt(at)
	box := w.detached(parent, nsAssertion, "EncryptedAssertion")
	box.AddChild(data)
	parent.InsertChildAt(at, box)
	return nil
}
