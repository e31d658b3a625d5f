package okta

import (
	"cmp"
	"context"

	"github.com/idplug/idplug/sdk"
)

// Administrators name Okta's attributes as they like; these are names that are not met elsewhere.
var (
	subjectNames = append(sdk.CommonNames(sdk.FieldSubject), "oktaId", "okta_id")
	loginNames   = []string{"login", "Login", "user.login", "username", "userName", "Username", "UserName"}
)

// Profile reads what attribute statements and the group attribute statement put into the assertion. Okta sends each group as a value of its own, so
// values are never split: a group's name may hold a comma.
func (Provider) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	p := &sdk.Profile{
		Subject:     r.Subject(subjectNames...), // a NameID is usually an e-mail address, which changes with a marriage
		Email:       email(r),
		GivenName:   r.Attributes.First(sdk.CommonNames(sdk.FieldGivenName)...),
		FamilyName:  r.Attributes.First(sdk.CommonNames(sdk.FieldFamilyName)...),
		DisplayName: r.Attributes.First(sdk.CommonNames(sdk.FieldDisplayName)...),
		Groups:      r.Attributes.FirstList(sdk.CommonNames(sdk.FieldGroups)...),
	}
	if p.Subject == (sdk.Value{}) {
		p.Problems = append(p.Problems, noSubject)
	}
	if p.Email == (sdk.Value{}) {
		p.Problems = append(p.Problems, noEmail)
	}
	if len(p.Groups) == 0 {
		p.Problems = append(p.Problems, noGroups)
	}
	return p, nil
}

// email takes the first value that looks like an address: from the attributes for it, else from the NameID, else from the login, which Okta wants to
// look like an address and which need not be one.
func email(r *sdk.ProfileRequest) sdk.Value {
	return cmp.Or(
		r.Attributes.FirstAddress(sdk.CommonNames(sdk.FieldEmail)...),
		r.NameID.AsValue().Address(),
		r.Attributes.FirstAddress(loginNames...),
	).Lower()
}
