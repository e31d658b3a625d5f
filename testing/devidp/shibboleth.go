package devidp

import "crypto/x509/pkix"

// Shibboleth answers as a university's provider, for the plugin that takes any: the Response is signed, the NameID is another one at every sign-in,
// attributes have object identifiers with friendly names, and pairwise-id says who somebody is. Bare it releases no attributes.
func Shibboleth() Dialect {
	like := Attribute{NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}
	return Dialect{
		Key: "saml", Title: "Shibboleth (any SAML 2.0 provider)",
		EntityID:     "https://idp.devidp.example/idp/shibboleth",
		MetadataPath: "/idp/shibboleth",
		SSOPath:      "/idp/profile/SAML2/Redirect/SSO",
		Subject:      pkix.Name{CommonName: "idp.devidp.example"},
		CertYears:    20, MaxKeys: 2,
		Sign: SignResponse, SignPrefix: "ds",
		Style:    Style{Declaration: `version="1.0" encoding="UTF-8"`, Protocol: "saml2p", Assertion: "saml2"},
		Like:     like,
		Metadata: shibbolethMetadata,
		Describe: func(p Person, ask Ask) (NameID, []Attribute, error) {
			name := NameID{Value: newID(), Format: FormatTransient, NameQualifier: "https://idp.devidp.example/idp/shibboleth"}
			if ask.Bare {
				return name, nil, nil
			}
			release := func(oid, friendly string, values ...string) Attribute {
				return Attribute{Name: oid, NameFormat: like.NameFormat, FriendlyName: friendly, Values: values}
			}
			attributes := []Attribute{
				release("urn:oasis:names:tc:SAML:attribute:pairwise-id", "pairwise-id", p.UUID()+"@devidp.example"),
				release("urn:oid:0.9.2342.19200300.100.1.3", "mail", p.Email),
				release("urn:oid:2.5.4.42", "givenName", p.FirstName),
				release("urn:oid:2.5.4.4", "sn", p.LastName),
			}
			if len(p.Groups) > 0 {
				attributes = append(attributes, release("urn:oid:1.3.6.1.4.1.5923.1.5.1.1", "isMemberOf", p.Groups...))
			}
			return name, attributes, nil
		},
	}
}

func shibbolethMetadata(d Description) ([]byte, error) {
	w := newMetadataWriter("", "ds")
	entity := w.entity(d.EntityID)
	role := w.provider(entity, "")
	w.keys(role, d.Certificates, false)
	w.text(role, nsMetadata, "NameIDFormat", FormatTransient)
	w.text(role, nsMetadata, "NameIDFormat", FormatPersistent)
	w.endpoints(role, "SingleSignOnService", d.SSO, post, redirect)
	return document(entity, `version="1.0" encoding="UTF-8"`)
}
