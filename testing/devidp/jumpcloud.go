package devidp

import "crypto/x509/pkix"

// formatJumpCloud is how JumpCloud writes unspecified: with the version of SAML that had no such format.
const formatJumpCloud = "urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified"

// JumpCloud answers as a custom SAML application of JumpCloud: the assertion alone is signed, and nothing comes that was not mapped. Bare is the
// application as it is created: no attributes, and a NameID whose format says nothing.
func JumpCloud() Dialect {
	like := Attribute{NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:basic", Type: "xs:string"}
	return Dialect{
		Key: "jumpcloud", Title: "JumpCloud",
		EntityID: "https://sso.jumpcloud.com/saml2/devidp",
		SSOPath:  "/saml2/devidp",
		Subject: pkix.Name{
			Country: []string{"US"}, Province: []string{"CO"}, Locality: []string{"Boulder"},
			Organization: []string{"JumpCloud"}, OrganizationalUnit: []string{"JumpCloudSAML"}, CommonName: "JumpCloudSAMLIdP",
		},
		CertYears: 5, MaxKeys: 1,
		Sign: SignAssertion, SignPrefix: "ds",
		Style:    Style{Declaration: `version="1.0" encoding="UTF-8"`, Protocol: "saml2p", Assertion: "saml2"},
		Like:     like,
		Metadata: jumpCloudMetadata,
		Describe: func(p Person, ask Ask) (NameID, []Attribute, error) {
			if ask.Bare {
				return NameID{Value: p.Email, Format: formatJumpCloud}, nil, nil
			}
			attributes := named(like, "email", p.Email, "firstName", p.FirstName, "lastName", p.LastName)
			if len(p.Groups) > 0 {
				attributes = append(attributes, Attribute{Name: "memberOf", NameFormat: like.NameFormat, Type: like.Type, Values: p.Groups})
			}
			return NameID{Value: p.Email, Format: FormatEmailAddress}, attributes, nil
		},
		Finish: func(r *Response) {
			r.IssuerFormat = formatEntity
			for _, a := range r.Assertions {
				a.IssuerFormat = formatEntity
			}
		},
	}
}

func jumpCloudMetadata(d Description) ([]byte, error) {
	w := newMetadataWriter("md", "ds")
	entity := w.entity(d.EntityID)
	role := w.provider(entity, "false")
	w.keys(role, d.Certificates, false)
	w.text(role, nsMetadata, "NameIDFormat", formatJumpCloud)
	w.endpoints(role, "SingleSignOnService", d.SSO, redirect, post)
	return document(entity, `version="1.0" encoding="UTF-8"`)
}
