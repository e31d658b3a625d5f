package devidp

import (
	"crypto/x509/pkix"
	"time"
)

// OneLogin answers as an application of OneLogin: the Response is signed, a session ends after a day, and metadata has a third sign-on service, by
// SOAP. Bare is the older test connector: User.* names, memberOf and PersonImmutableID without a value.
func OneLogin() Dialect {
	const app = "0de10010-5a3e-4f00-8d0c-0d15ea5e0005"
	like := Attribute{NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:basic", Type: "xs:string"}
	return Dialect{
		Key: "onelogin", Title: "OneLogin",
		EntityID:     "https://app.onelogin.com/saml/metadata/" + app,
		MetadataPath: "/saml/metadata/" + app,
		SSOPath:      "/trust/saml2/http-post/sso/" + app,
		Subject: pkix.Name{
			Country: []string{"US"}, Organization: []string{"devidp"}, OrganizationalUnit: []string{"OneLogin IdP"}, CommonName: "OneLogin Account 00000",
		},
		CertYears: 5, MaxKeys: 1,
		Sign: SignResponse, SignPrefix: "ds",
		Style:    Style{Protocol: "samlp", Assertion: "saml"},
		Like:     like,
		Metadata: oneLoginMetadata,
		Describe: func(p Person, ask Ask) (NameID, []Attribute, error) {
			name := NameID{Value: p.Email, Format: FormatEmailAddress}
			if ask.Bare {
				attributes := named(like, "User.email", p.Email, "User.LastName", p.LastName, "User.FirstName", p.FirstName)
				for _, empty := range []string{"memberOf", "PersonImmutableID"} {
					attributes = append(attributes, Attribute{Name: empty, NameFormat: like.NameFormat, Type: like.Type, Values: []string{""}})
				}
				return name, attributes, nil
			}
			attributes := named(like, "id", p.UUID(), "email", p.Email, "firstName", p.FirstName, "lastName", p.LastName)
			if len(p.Groups) > 0 {
				attributes = append(attributes, Attribute{Name: "memberOf", NameFormat: like.NameFormat, Type: like.Type, Values: p.Groups})
			}
			return name, attributes, nil
		},
		Finish: func(r *Response) {
			for _, a := range r.Assertions {
				a.Authn.SessionNotOnOrAfter = r.IssueInstant.AddDate(0, 0, 1).Truncate(time.Second)
			}
		},
	}
}

func oneLoginMetadata(d Description) ([]byte, error) {
	w := newMetadataWriter("", "ds")
	entity := w.entity(d.EntityID)
	role := w.provider(entity, "")
	w.keys(role, d.Certificates, false)
	w.text(role, nsMetadata, "NameIDFormat", FormatEmailAddress)
	w.endpoints(role, "SingleSignOnService", d.SSO, redirect, post, "urn:oasis:names:tc:SAML:2.0:bindings:SOAP")
	return document(entity, `version="1.0"`)
}
