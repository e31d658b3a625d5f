package devidp

import "crypto/x509/pkix"

const pingOneEnvironment = "3f0d1e57-0de0-4d1d-8a11-0d15ea5e0001"

// PingOne answers as a SAML application of PingOne: the assertion alone is signed, the NameID is the person's UUID without a
// Format, and without attribute mappings (bare) the only attribute is saml_subject, so there is no e-mail.
func PingOne() Dialect {
	const base = "/" + pingOneEnvironment + "/saml20"
	like := Attribute{NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:basic", Type: "xs:string"}
	return Dialect{
		Key: "pingone", Title: "PingOne",
		EntityID:     "https://auth.pingone.com/" + pingOneEnvironment,
		MetadataPath: base + "/metadata/3f0d1e57-0de0-4d1d-8a11-0d15ea5e0002",
		SSOPath:      base + "/idp/sso", LogoutPath: base + "/idp/slo",
		Subject: pkix.Name{
			Country: []string{"US"}, Organization: []string{"Ping Identity"}, OrganizationalUnit: []string{"Ping Identity"},
			CommonName: "PingOne SSO Certificate for devidp environment",
		},
		CertYears: 1, MaxKeys: 1,
		Sign: SignAssertion, SignPrefix: "ds", KeyInfo: KeyInfoKeyValue,
		Style:    Style{Protocol: "samlp", Assertion: "saml"},
		Like:     like,
		Metadata: pingOneMetadata,
		Describe: func(p Person, ask Ask) (NameID, []Attribute, error) {
			name := NameID{Value: p.UUID()}
			attributes := named(like, "saml_subject", p.UUID())
			if ask.Bare {
				return name, attributes, nil
			}
			attributes = append(attributes,
				named(like, "id", p.UUID(), "email", p.Email, "firstName", p.FirstName, "lastName", p.LastName)...)
			if len(p.Groups) > 0 {
				attributes = append(attributes, Attribute{Name: "groups", NameFormat: like.NameFormat, Type: like.Type, Values: p.Groups})
			}
			return name, attributes, nil
		},
		Finish: func(r *Response) {
			for _, a := range r.Assertions {
				a.Authn.ContextClass, a.Authn.Authority = ContextUnspecified, a.Issuer
			}
		},
	}
}

func pingOneMetadata(d Description) ([]byte, error) {
	w := newMetadataWriter("md", "ds")
	entity := w.entity(d.EntityID)
	entity.CreateAttr("ID", "DUp57Bcq-y4RtkrRLyYj2fYxtqR") // the same constant in every environment
	role := w.provider(entity, "")
	w.keys(role, d.Certificates, false)
	w.endpoints(role, "SingleLogoutService", d.Logout, redirect, post)
	w.endpoints(role, "SingleSignOnService", d.SSO, post, redirect)
	for _, name := range []string{
		"user.externalId", "user.accountId", "user.account.status", "user.username", "user.id", "user.email", "user.name.family",
		"user.name.given", "user.name.formatted", "user.memberOfGroupNames", "user.memberOfGroupIDs", "user.population.id",
	} {
		el := w.child(role, nsAssertion, "Attribute")
		el.CreateAttr("NameFormat", "urn:oasis:names:tc:SAML:2.0:attrname-format:basic")
		el.CreateAttr("Name", name)
	}
	return document(entity, `version="1.0" encoding="UTF-8"`)
}
