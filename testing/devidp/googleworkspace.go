package devidp

import "crypto/x509/pkix"

// maxGoogleGroups is how many groups Google's membership mapping takes.
const maxGoogleGroups = 75

// GoogleWorkspace answers as a custom SAML app of Google Workspace: either assertion or Response is signed, the NameID has the
// format that was asked for and always the primary e-mail as value, empty fields are empty values, and the metadata, which
// Google offers as a file only, expires with its newest certificate.
func GoogleWorkspace() Dialect {
	like := Attribute{Type: "xs:anyType"}
	return Dialect{
		Key: "google-workspace", Title: "Google Workspace",
		EntityID: "https://accounts.google.com/o/saml2?idpid=C0devidp1",
		SSOPath:  "/o/saml2/idp?idpid=C0devidp1",
		Subject: pkix.Name{
			Country: []string{"US"}, Province: []string{"California"}, Locality: []string{"Mountain View"},
			Organization: []string{"Google Inc."}, OrganizationalUnit: []string{"Google Workspace"}, CommonName: "Google",
		},
		CertYears: 5, MaxKeys: 2,
		Sign: SignAssertion, SignPrefix: "ds", KeyInfo: KeyInfoSubject,
		Style:    Style{Declaration: `version="1.0" encoding="UTF-8" standalone="no"`, Protocol: "saml2p", Assertion: "saml2"},
		Like:     like,
		Metadata: googleMetadata,
		Describe: func(p Person, ask Ask) (NameID, []Attribute, error) {
			name := NameID{Value: p.Email, Format: FormatUnspecified}
			if ask.NameIDFormat != "" {
				name.Format = ask.NameIDFormat
			}
			if ask.Bare {
				return name, nil, nil
			}
			groups := p.Groups[:min(len(p.Groups), maxGoogleGroups)]
			attributes := []Attribute{
				{Name: "email", Type: like.Type, Values: []string{p.Email}},
				{Name: "firstName", Type: like.Type, Values: []string{p.FirstName}},
				{Name: "lastName", Type: like.Type, Values: []string{p.LastName}},
			}
			if len(groups) > 0 {
				attributes = append(attributes, Attribute{Name: "groups", Type: like.Type, Values: groups})
			}
			return name, attributes, nil
		},
		Finish: func(r *Response) {
			for _, a := range r.Assertions {
				a.Authn.SessionIndex, a.Authn.ContextClass = a.ID, ContextUnspecified
			}
		},
	}
}

func googleMetadata(d Description) ([]byte, error) {
	w := newMetadataWriter("md", "ds")
	entity := w.entity(d.EntityID)
	timeAttr(entity, "validUntil", d.Certificates[0].NotAfter)
	role := w.provider(entity, "false")
	w.keys(role, d.Certificates, false)
	w.text(role, nsMetadata, "NameIDFormat", FormatEmailAddress)
	w.endpoints(role, "SingleSignOnService", d.SSO, redirect, post)
	return document(entity, `version="1.0" encoding="UTF-8" standalone="no"`)
}
