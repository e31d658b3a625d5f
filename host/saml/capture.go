package saml

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

// Capture is a file that somebody took from a provider's traffic, to look at. Nothing of it is verified: no signature, no time, no audience.
type Capture struct {
	Document  []byte        // the XML
	Metadata  bool          // it is metadata; else it is a response or an assertion
	Signed    bool          // a response: there is a signature, which may be anybody's
	Assertion sso.Assertion // a response: what it claims
}

// ReadCapture reads XML, its base64, or a form or browser's export that holds SAMLResponse=. It costs what [signedxml.Parse] does: bombs are refused.
// Errors are sentences for whoever captured the file.
func ReadCapture(raw []byte) (Capture, error) {
	doc, err := captured(raw)
	if err != nil {
		return Capture{}, err
	}
	parsed, err := signedxml.Parse(doc, signedxml.MetadataLimits())
	if err != nil {
		return Capture{}, fmt.Errorf("it cannot be read as XML: %s", detailOf(err))
	}
	c := Capture{Document: doc}
	root := parsed.Root()
	switch {
	case isOneOf(root, nsMetadata, "EntityDescriptor", "EntitiesDescriptor"):
		c.Metadata = true
		return c, nil
	case root.Is(nsAssertion, "Assertion"):
		err = c.claims(root)
	case root.Is(nsAssertion, "EncryptedAssertion"):
		err = errEncrypted
	case root.Is(nsProtocol, "Response"):
		err = c.response(root)
	default:
		err = fmt.Errorf("it is XML, but neither a SAML 2.0 response nor metadata: its root is %s", shown(root.Local()))
	}
	return c, err
}

// captured finds the XML.
func captured(raw []byte) ([]byte, error) {
	raw = bytes.TrimSpace(raw)
	if problem := notXML(raw); problem == "" {
		return raw, nil
	} else if problem != "it is not XML" {
		return nil, errors.New(problem)
	}
	text := string(raw)
	if _, after, found := strings.Cut(text, "SAMLResponse="); found {
		text, _, _ = strings.Cut(after, "&")
		text = strings.Trim(text, "\"'")
		if strings.Contains(text, "%") {
			plain, err := url.PathUnescape(text) // which leaves the + of base64 alone
			if err != nil {
				return nil, errors.New("what follows SAMLResponse= is not a form's value")
			}
			text = plain
		}
	}
	text = strings.Join(strings.Fields(text), "")
	doc, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(doc) == 0 {
		return nil, errors.New("it is neither XML nor base64 nor a form with SAMLResponse=")
	}
	return doc, nil
}

var errEncrypted = errors.New("its assertion is encrypted, and only the server has the key: turn encryption off at the provider, or test with a " +
	"person's own sign-in, whose trace shows what came")

// response reads the one assertion of a response.
func (c *Capture) response(root signedxml.Node) error {
	_, encrypted := root.Child(nsAssertion, "EncryptedAssertion")
	assertion, plain := root.Child(nsAssertion, "Assertion")
	c.Signed = hasSignature(root)
	switch {
	case encrypted > 0:
		return errEncrypted
	case plain > 1:
		return fmt.Errorf("it holds %d assertions; a login has one", plain)
	case plain == 0:
		if refused := status(root); refused != nil {
			return fmt.Errorf("the provider refused: it sent the status %s and no assertion", refused.got)
		}
		return errors.New("it holds no assertion")
	}
	return c.claims(assertion)
}

func hasSignature(n signedxml.Node) bool {
	_, count := n.Child(nsSignature, "Signature")
	return count > 0
}

// claims reads what an assertion says, by the same rules for attributes as a login.
func (c *Capture) claims(assertion signedxml.Node) error {
	c.Signed = c.Signed || hasSignature(assertion)
	r := response{assertion: assertion}
	if refused := r.attributes(); refused != nil {
		if refused.code == sso.EncFailed {
			return errEncrypted
		}
		return fmt.Errorf("its attributes cannot be read: %s instead of %s", refused.got, refused.expected)
	}
	c.Assertion.Attributes = r.out.Attributes
	if issuer, count := assertion.Child(nsAssertion, "Issuer"); count > 0 {
		c.Assertion.IDPEntityID = issuer.Text()
	}
	subject, _ := assertion.Child(nsAssertion, "Subject")
	if !subject.Valid() {
		return nil
	}
	if _, encrypted := subject.Child(nsAssertion, "EncryptedID"); encrypted > 0 {
		return errEncrypted
	}
	if name, count := subject.Child(nsAssertion, "NameID"); count > 0 {
		c.Assertion.NameID.Value = name.Text()
		c.Assertion.NameID.Format, _ = name.Attr("Format")
	}
	return nil
}
