package devidp

import (
	"crypto/x509"
	"encoding/base64"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
)

// metadataWriter writes metadata elements; every dialect arranges them its own way.
type metadataWriter struct{ writer }

func newMetadataWriter(metadataPrefix, signaturePrefix string) metadataWriter {
	return metadataWriter{writer{map[string]string{
		nsMetadata: metadataPrefix, nsSignature: signaturePrefix, nsAssertion: "saml", nsInstance: "xsi", nsFederation: "fed", nsAddressing: "wsa",
	}}}
}

func (w metadataWriter) entity(id string) *etree.Element {
	el := w.root(nsMetadata, "EntityDescriptor")
	el.CreateAttr("entityID", id)
	return el
}

// provider is the IDPSSODescriptor; want is its WantAuthnRequestsSigned, absent when empty.
func (w metadataWriter) provider(entity *etree.Element, want string) *etree.Element {
	el := w.child(entity, nsMetadata, "IDPSSODescriptor")
	attr(el, "WantAuthnRequestsSigned", want)
	el.CreateAttr("protocolSupportEnumeration", nsProtocol)
	return el
}

// keys writes one signing KeyDescriptor per certificate, wrapped at 76 columns unless inline.
func (w metadataWriter) keys(role *etree.Element, certificates []*x509.Certificate, inline bool) {
	for _, c := range certificates {
		text := wrapped(c.Raw, "")
		if inline {
			text = base64.StdEncoding.EncodeToString(c.Raw)
		}
		descriptor := w.child(role, nsMetadata, "KeyDescriptor")
		descriptor.CreateAttr("use", "signing")
		data := w.child(w.child(descriptor, nsSignature, "KeyInfo"), nsSignature, "X509Data")
		w.text(data, nsSignature, "X509Certificate", text)
	}
}

// endpoints writes one service element per binding, all at one location.
func (w metadataWriter) endpoints(role *etree.Element, tag, location string, bindings ...string) {
	for _, b := range bindings {
		el := w.child(role, nsMetadata, tag)
		el.CreateAttr("Binding", b)
		el.CreateAttr("Location", location)
	}
}

const (
	post     = saml.HTTPPostBinding
	redirect = saml.HTTPRedirectBinding
)
