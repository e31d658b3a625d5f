package sdk

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf16"
)

// ErrNoMetadata says that a document holds no identity provider's metadata. [ErrServiceProvider] and [ErrOtherRoles] are it, too, by errors.Is.
var ErrNoMetadata = errors.New("no identity provider in this document")

// Both are [ErrNoMetadata], too, and tell more.
var (
	// ErrServiceProvider says that a document is metadata, of service providers only: somebody pasted our own.
	ErrServiceProvider = fmt.Errorf("%w: it is a service provider's", ErrNoMetadata)
	// ErrOtherRoles says that a document is metadata, of something that is no SAML identity provider: WS-Federation, or a provider whose SAML is
	// turned off.
	ErrOtherRoles = fmt.Errorf("%w: it holds other roles", ErrNoMetadata)
)

// Outline finds the identity providers in a metadata document, alone or in an aggregate. It forgives what people's files look like (byte order
// marks, UTF-16, comments, unreadable certificates) and returns [ErrNoMetadata] for everything that is not metadata at all, or one of its two
// kinds for metadata of something else.
func Outline(document []byte) ([]Entity, error) {
	d := xml.NewDecoder(bytes.NewReader(toUTF8(document)))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var entities []Entity
	none := ErrNoMetadata
	for {
		token, err := d.Token()
		if err != nil {
			break // the end, or a document that breaks off: what was found counts
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "EntityDescriptor" {
			var e entityXML
			switch err := d.DecodeElement(&e, &start); {
			case err != nil:
			case len(e.IDP) > 0:
				entities = append(entities, e.outline())
			case len(e.SP) > 0:
				none = ErrServiceProvider
			case len(e.Roles) > 0 && none == ErrNoMetadata: //nolint:errorlint // the very one, not one of its kinds
				none = ErrOtherRoles
			}
		}
	}
	if len(entities) == 0 {
		return nil, none
	}
	return entities, nil
}

type entityXML struct {
	ID         string `xml:"entityID,attr"`
	ValidUntil string `xml:"validUntil,attr"`
	IDP        []struct {
		WantsSigned   string   `xml:"WantAuthnRequestsSigned,attr"`
		NameIDFormats []string `xml:"NameIDFormat"`
		Keys          []struct {
			Use          string   `xml:"use,attr"`
			Certificates []string `xml:"KeyInfo>X509Data>X509Certificate"`
		} `xml:"KeyDescriptor"`
		SSO []struct {
			Binding  string `xml:"Binding,attr"`
			Location string `xml:"Location,attr"`
		} `xml:"SingleSignOnService"`
	} `xml:"IDPSSODescriptor"`
	SP    []struct{} `xml:"SPSSODescriptor"`
	Roles []struct{} `xml:"RoleDescriptor"`
}

func (x entityXML) outline() Entity {
	e := Entity{ID: strings.TrimSpace(x.ID)}
	e.ValidUntil, _ = time.Parse(time.RFC3339, x.ValidUntil) // unreadable is as good as absent
	seen := map[string]bool{}
	for _, idp := range x.IDP {
		e.WantsSigned = e.WantsSigned || idp.WantsSigned == "true" || idp.WantsSigned == "1"
		for _, format := range idp.NameIDFormats {
			e.NameIDFormats = append(e.NameIDFormats, strings.TrimSpace(format))
		}
		for _, s := range idp.SSO {
			e.SSO, e.Bindings = append(e.SSO, s.Location), append(e.Bindings, s.Binding)
		}
		for _, k := range idp.Keys {
			if k.Use == "encryption" {
				continue
			}
			for _, text := range k.Certificates {
				c, err := certificate(text)
				if err == nil && !seen[string(c.Raw)] {
					seen[string(c.Raw)] = true
					e.Certificates = append(e.Certificates, c)
				}
			}
		}
	}
	return e
}

func certificate(text string) (*x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// toUTF8 drops byte order marks, be there one or two, and decodes UTF-16 where the first of them says so.
func toUTF8(document []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(document, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(document, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return bytes.TrimPrefix(document, []byte("\ufeff"))
	}
	units := make([]uint16, len(document)/2)
	for i := range units {
		units[i] = order.Uint16(document[2*i:])
	}
	return []byte(strings.TrimLeft(string(utf16.Decode(units)), "\ufeff"))
}
