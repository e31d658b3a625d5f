package pingone

import (
	"cmp"
	"context"
	"regexp"

	"github.com/idplug/idplug/sdk"
)

// saml_subject is in every assertion of PingOne: whatever the NameID was mapped to, the user's ID unless somebody changed it.
const samlSubject = "saml_subject"

// Names that are PingOne's own, as its metadata lists them, before the common ones.
var (
	emailNames  = append([]string{"email", "user.email", "Email Address"}, sdk.CommonNames(sdk.FieldEmail)...)
	givenNames  = append([]string{"firstName", "user.name.given", "Given Name"}, sdk.CommonNames(sdk.FieldGivenName)...)
	familyNames = append([]string{"lastName", "user.name.family", "Family Name"}, sdk.CommonNames(sdk.FieldFamilyName)...)
	fullNames   = append([]string{"displayName", "user.name.formatted", "Formatted"}, sdk.CommonNames(sdk.FieldDisplayName)...)
	groupNames  = append([]string{"groups", "user.memberOfGroupNames", "memberOfGroupNames", "Group Names", "user.memberOfGroupIDs", "memberOfGroupIDs", "Group IDs"},
		sdk.CommonNames(sdk.FieldGroups)...)
)

// Profile reads what attribute mappings put into the assertion.
func (Provider) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	p := &sdk.Profile{
		Subject:     subject(r),
		Email:       r.Email(emailNames...),
		GivenName:   r.Attributes.First(givenNames...),
		FamilyName:  r.Attributes.First(familyNames...),
		DisplayName: r.Attributes.First(fullNames...),
		Groups:      groups(r),
	}
	if p.Subject == (sdk.Value{}) {
		p.Problems = append(p.Problems, noSubject)
	}
	switch {
	case p.Email != sdk.Value{}:
	case len(r.Attributes) == 1 && r.Attributes.Has(samlSubject):
		p.Problems = append(p.Problems, onlySubject)
		return p, nil // its fix maps the groups too
	default:
		p.Problems = append(p.Problems, noEmail)
	}
	if len(p.Groups) == 0 {
		p.Problems = append(p.Problems, noGroups)
	}
	return p, nil
}

// subject prefers the user's ID to a NameID, which may have been mapped to the e-mail address. Of a transient NameID saml_subject is a copy only if it
// says the same.
func subject(r *sdk.ProfileRequest) sdk.Value {
	id := r.Attributes.First(sdk.CommonNames(sdk.FieldSubject)...)
	if !r.NameID.Transient() {
		return cmp.Or(id, r.NameID.AsValue(), r.Attributes.First(samlSubject))
	}
	copied := r.Attributes.First(samlSubject)
	if copied.Text == r.NameID.Value {
		copied = sdk.Value{}
	}
	return cmp.Or(id, copied)
}

var (
	cloudIssuer = regexp.MustCompile(`^https://(auth\.pingone\.[a-z.]+|pingone\.com/idp)/`)
	// A distinguished name has commas of its own. LDAP directories behind PingFederate send groups as such.
	distinguished = regexp.MustCompile(`^\s*(?i:cn|ou|dc|uid|o)\s*=`)
)

// groups takes the list apart that PingFederate joins with commas into one value. PingOne, which can be told by its issuer or, on a custom domain, by
// saml_subject, sends each group as a value of its own, so there a comma is part of a name.
func groups(r *sdk.ProfileRequest) []sdk.Value {
	values := r.Attributes.FirstList(groupNames...)
	fromCloud := cloudIssuer.MatchString(r.IDPEntityID) || r.Attributes.Has(samlSubject)
	if len(values) != 1 || fromCloud || distinguished.MatchString(values[0].Text) {
		return values
	}
	return values[0].Split()
}
