package onelogin

import (
	"context"

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

// Profile reads what an application's parameters put into the assertion. Groups are joined with semicolons into one value unless a parameter has
// multi-value output; a comma is part of a name, above all of a distinguished one.
func (Provider) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	p := &sdk.Profile{
		Subject:     r.Subject(subjectNames...),
		Email:       r.Email(emailNames...),
		GivenName:   r.Attributes.First(givenNames...),
		FamilyName:  r.Attributes.First(familyNames...),
		DisplayName: r.Attributes.First(displayNames...),
		Groups:      sdk.SplitEach(r.Attributes.FirstList(groupNames...), sdk.Value.SplitSemicolons),
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
