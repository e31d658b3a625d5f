package onelogin

import (
	"cmp"
	"context"
	"strings"

	"github.com/idplug/idplug/sdk"
)

// Names that OneLogin's own connectors use, before the common ones; PersonImmutableID is there in every application of a test connector and mostly empty.
var (
	subjectNames = append(append([]string{"OneLogin ID", "User.id"}, sdk.CommonNames(sdk.FieldSubject)...), "PersonImmutableID")
	emailNames   = append([]string{"User.email"}, sdk.CommonNames(sdk.FieldEmail)...)
	givenNames   = append([]string{"User.FirstName", "First Name"}, sdk.CommonNames(sdk.FieldGivenName)...)
	familyNames  = append([]string{"User.LastName", "Last Name"}, sdk.CommonNames(sdk.FieldFamilyName)...)
	displayNames = append([]string{"User.DisplayName"}, sdk.CommonNames(sdk.FieldDisplayName)...)
	groupNames   = append(append([]string{"memberOf"}, sdk.CommonNames(sdk.FieldGroups)...), "User Roles", "User.Roles", "roles", "Roles", "role", "Role")
)

// Profile reads what an application's parameters put into the assertion.
func (Provider) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	p := &sdk.Profile{
		Subject:     subject(r),
		Email:       cmp.Or(r.Attributes.FirstAddress(emailNames...), r.NameID.AsValue().Address()).Lower(),
		GivenName:   r.Attributes.First(givenNames...),
		FamilyName:  r.Attributes.First(familyNames...),
		DisplayName: r.Attributes.First(displayNames...),
	}
	if p.Subject == (sdk.Value{}) {
		p.Problems = append(p.Problems, noSubject)
	}
	if p.Email == (sdk.Value{}) {
		p.Problems = append(p.Problems, noEmail)
	}
	var odd []sdk.Problem
	p.Groups, odd = groups(r.Attributes)
	p.Problems = append(p.Problems, odd...)
	return p, nil
}

func subject(r *sdk.ProfileRequest) sdk.Value {
	id := r.Attributes.First(subjectNames...)
	if r.NameID.Format == sdk.NameIDTransient {
		return id
	}
	return cmp.Or(id, r.NameID.AsValue())
}

// groups takes the list apart that OneLogin joins with semicolons into one value while a parameter has single-value output. Commas are part of names:
// of roles, and of distinguished names. The SDK's split cuts at commas too, so a list that holds one stays whole, and the administrator is told.
func groups(as sdk.Attributes) ([]sdk.Value, []sdk.Problem) {
	values := as.FirstList(groupNames...)
	switch {
	case len(values) == 0:
		return nil, []sdk.Problem{noGroups}
	case len(values) > 1 || !strings.Contains(values[0].Text, ";"):
		return values, nil
	case strings.Contains(values[0].Text, ","):
		return values, []sdk.Problem{groupsInOne}
	}
	return values[0].Split(), []sdk.Problem{groupsJoined}
}
