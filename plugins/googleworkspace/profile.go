package googleworkspace

import (
	"context"
	"slices"

	"github.com/idplug/idplug/sdk"
)

// Profile reads what the attribute mapping put into the assertion. Google sends a mapped field that is empty as an empty value, which is no fact.
func (Provider) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	p := &sdk.Profile{
		Subject:     r.Subject(sdk.CommonNames(sdk.FieldSubject)...), // the NameID is the primary e-mail: Google has nothing that lasts longer
		Email:       r.Email(sdk.CommonNames(sdk.FieldEmail)...),
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
	if emptied(r.Attributes, p.GivenName, sdk.FieldGivenName) || emptied(r.Attributes, p.FamilyName, sdk.FieldFamilyName) {
		p.Problems = append(p.Problems, emptyName)
	}
	if len(p.Groups) == 0 {
		p.Problems = append(p.Problems, noGroups)
	}
	return p, nil
}

// emptied reports whether an attribute for the field is there and brought nothing.
func emptied(as sdk.Attributes, found sdk.Value, f sdk.ProfileField) bool {
	if found != (sdk.Value{}) {
		return false
	}
	return slices.ContainsFunc(sdk.CommonNames(f), as.Has)
}
