package jumpcloud

import (
	"cmp"
	"context"

	"github.com/idplug/idplug/sdk"
)

// Administrators name all attributes themselves; many take over JumpCloud's own names.
var (
	subjectNames = append(sdk.CommonNames(sdk.FieldSubject), "employeeIdentifier", "employeeid", "employeeId")
	groupNames   = append([]string{"memberOf"}, sdk.CommonNames(sdk.FieldGroups)...)
)

// Profile reads what attribute mappings put into the assertion. JumpCloud sends each group as a value of its own, so values are never split.
func (Provider) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	p := &sdk.Profile{
		Subject:     subject(r),
		Email:       cmp.Or(r.Attributes.FirstAddress(sdk.CommonNames(sdk.FieldEmail)...), r.NameID.AsValue().Address()).Lower(),
		GivenName:   r.Attributes.First(sdk.CommonNames(sdk.FieldGivenName)...),
		FamilyName:  r.Attributes.First(sdk.CommonNames(sdk.FieldFamilyName)...),
		DisplayName: r.Attributes.First(sdk.CommonNames(sdk.FieldDisplayName)...),
		Groups:      r.Attributes.FirstList(groupNames...),
	}
	if p.Subject == (sdk.Value{}) {
		p.Problems = append(p.Problems, noSubject)
	}
	switch {
	case p.Email != sdk.Value{}:
	case len(r.Attributes) == 0:
		p.Problems = append(p.Problems, nothingMapped)
		return p, nil // its fix maps the groups too
	default:
		p.Problems = append(p.Problems, noEmail)
	}
	if len(p.Groups) == 0 {
		p.Problems = append(p.Problems, noGroups)
	}
	return p, nil
}

// subject prefers what the administrator mapped as an identifier to the NameID, which is an e-mail address or a user name.
func subject(r *sdk.ProfileRequest) sdk.Value {
	id := r.Attributes.First(subjectNames...)
	if r.NameID.Format == sdk.NameIDTransient {
		return id
	}
	return cmp.Or(id, r.NameID.AsValue())
}
