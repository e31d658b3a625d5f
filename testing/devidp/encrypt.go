package devidp

import (
	"crypto/x509"
	"fmt"

	"github.com/beevik/etree"
	"github.com/crewjam/saml/xmlenc"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// Encryption says for whom assertions are encrypted and how (SAML Core 2.3.4). Without a cipher: AES-256-CBC, as Okta does.
// The key always travels with RSA-OAEP.
type Encryption struct {
	Certificate *x509.Certificate
	Cipher      xmlenc.BlockCipher
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
	transport.BlockCipher = e.Cipher
	if e.Cipher == nil {
		transport.BlockCipher = xmlenc.AES256CBC
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
