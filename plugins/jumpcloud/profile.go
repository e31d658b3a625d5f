package jumpcloud

import (
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
		Subject:     r.Subject(subjectNames...),
		Email:       r.Email(sdk.CommonNames(sdk.FieldEmail)...),
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
