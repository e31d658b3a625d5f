package devidp

import (
	"crypto/x509/pkix"
	"time"

	"github.com/beevik/etree"
)

const (
	claimsGroup = "http://schemas.xmlsoap.org/claims/Group"
	claimsUPN   = claimsWS + "upn"
)

// ADFS answers as a relying party trust of AD FS: the assertion alone is signed, claims have URIs and no NameFormat, and the NameID is what a rule
// issues: the e-mail address, or (bare) none at all, as it is before somebody adds that rule. Metadata has WS-Federation roles, a service
// provider's role and an encryption key beside the SAML one; two signing keys after a rotation.
func ADFS() Dialect {
	return Dialect{
		Key: "adfs", Title: "AD FS",
		EntityID:     "http://fs.devidp.example/adfs/services/trust",
		MetadataPath: "/FederationMetadata/2007-06/FederationMetadata.xml",
		SSOPath:      "/adfs/ls/", LogoutPath: "/adfs/ls/",
		Subject:   pkix.Name{CommonName: "ADFS Signing - fs.devidp.example"},
		CertYears: 1, MaxKeys: 2,
		Sign: SignAssertion, SignPrefix: "ds",
		Style:    Style{Protocol: "samlp", AttributesFirst: true},
		Metadata: adfsMetadata,
		Describe: func(p Person, ask Ask) (NameID, []Attribute, error) {
			if ask.Bare {
				return NameID{}, named(Attribute{}, claimsUPN, p.Login), nil
			}
			attributes := named(Attribute{}, claimsWS+"emailaddress", p.Email, claimsWS+"givenname", p.FirstName, claimsWS+"surname", p.LastName)
			if len(p.Groups) > 0 {
				attributes = append(attributes, Attribute{Name: claimsGroup, Values: p.Groups})
			}
			return NameID{Value: p.Email, Format: FormatEmailAddress}, attributes, nil
		},
		Finish: func(r *Response) {
			for _, a := range r.Assertions {
				a.Authn.SessionIndex = a.ID
				a.Conditions.NotOnOrAfter = r.IssueInstant.Add(time.Hour)
				if a.NameID.Value == "" {
					a.NameID, a.Authn.SessionIndex = nil, ""
				}
			}
		},
	}
}

func adfsMetadata(d Description) ([]byte, error) {
	w := newMetadataWriter("", "")
	entity := w.entity(d.EntityID)
	entity.CreateAttr("ID", newID())
	for _, kind := range []string{"fed:ApplicationServiceType", "fed:SecurityTokenServiceType"} {
		federationRole(w, entity, kind, d.SSO, d)
	}
	consumer := w.child(entity, nsMetadata, "SPSSODescriptor")
	consumer.CreateAttr("WantAssertionsSigned", "true")
	consumer.CreateAttr("protocolSupportEnumeration", nsProtocol)
	w.keys(consumer, d.Certificates, true)
	w.endpoints(consumer, "AssertionConsumerService", d.SSO, post)
	role := w.provider(entity, "")
	encryptionKey(w, role, d)
	w.keys(role, d.Certificates, true)
	w.endpoints(role, "SingleLogoutService", d.Logout, redirect, post)
	for _, format := range []string{FormatEmailAddress, FormatPersistent, FormatTransient} {
		w.text(role, nsMetadata, "NameIDFormat", format)
	}
	w.endpoints(role, "SingleSignOnService", d.SSO, redirect, post)
	for _, claim := range []string{claimsWS + "emailaddress", claimsWS + "givenname", claimsWS + "surname", claimsUPN, claimsGroup} {
		el := w.child(role, nsAssertion, "Attribute")
		el.CreateAttr("Name", claim)
		el.CreateAttr("NameFormat", "urn:oasis:names:tc:SAML:2.0:attrname-format:uri")
	}
	return document(entity, "")
}

// encryptionKey shows, before the signing keys, a key that nothing is ever signed with. devidp decrypts nothing, so it is the oldest signing
// certificate again: as good as any to be passed over.
func encryptionKey(w metadataWriter, role *etree.Element, d Description) {
	w.keys(role, d.Certificates[len(d.Certificates)-1:], true)
	role.SelectElement("KeyDescriptor").CreateAttr("use", "encryption")
}
