package devidp

import (
	"crypto/x509/pkix"
	"strings"
)

// Okta answers as a SAML application of Okta with the attributes of its setup guide: id, email, firstName, lastName, groups.
// Response and assertion are signed, prefixes are declared again on every part, and metadata shows one key.
func Okta() Dialect {
	const app = "exk1dev0dp0idplug001"
	like := Attribute{NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified", Type: "xs:string"}
	return Dialect{
		Key: "okta", Title: "Okta",
		EntityID:     "http://www.okta.com/" + app,
		MetadataPath: "/app/" + app + "/sso/saml/metadata",
		SSOPath:      "/app/devidp_idplug_1/" + app + "/sso/saml",
		Subject: pkix.Name{
			Country: []string{"US"}, Province: []string{"California"}, Locality: []string{"San Francisco"},
			Organization: []string{"Okta"}, OrganizationalUnit: []string{"SSOProvider"}, CommonName: "devidp",
		},
		CertYears: 10, MaxKeys: 1,
		Sign: SignBoth, SignPrefix: "ds",
		Style:    Style{Declaration: `version="1.0" encoding="UTF-8"`, Protocol: "saml2p", Assertion: "saml2", Redeclare: true},
		Like:     like,
		Metadata: oktaMetadata,
		Describe: func(p Person, ask Ask) (NameID, []Attribute, error) {
			name := NameID{Value: p.Email, Format: FormatEmailAddress}
			if ask.Bare {
				return name, nil, nil
			}
			attributes := named(like, "id", p.UUID(), "email", p.Email, "firstName", p.FirstName, "lastName", p.LastName)
			if len(p.Groups) > 0 {
				attributes = append(attributes, Attribute{Name: "groups", NameFormat: like.NameFormat, Type: like.Type, Values: p.Groups})
			}
			return name, attributes, nil
		},
		Finish: func(r *Response) {
			r.ID = "id" + strings.TrimPrefix(r.ID, "_")
			r.IssuerFormat = formatEntity
			for _, a := range r.Assertions {
				a.ID, a.IssuerFormat = "id"+strings.TrimPrefix(a.ID, "_"), formatEntity
			}
		},
	}
}

func oktaMetadata(d Description) ([]byte, error) {
	w := newMetadataWriter("md", "ds")
	entity := w.entity(d.EntityID)
	role := w.provider(entity, "false")
	w.keys(role, d.Certificates, false)
	w.text(role, nsMetadata, "NameIDFormat", FormatUnspecified)
	w.text(role, nsMetadata, "NameIDFormat", FormatEmailAddress)
	w.endpoints(role, "SingleSignOnService", d.SSO, post, redirect)
	return document(entity, `version="1.0" encoding="UTF-8"`)
}

// named makes single-valued attributes from name, value pairs and leaves out those without a value.
func named(like Attribute, pairs ...string) []Attribute {
	var out []Attribute
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, Attribute{Name: pairs[i], NameFormat: like.NameFormat, Type: like.Type, Values: []string{pairs[i+1]}})
		}
	}
	return out
}
