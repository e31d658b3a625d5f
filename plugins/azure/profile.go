package azure

import (
	"context"
	"strings"

	"github.com/idplug/idplug/sdk"
)

// Claims of Microsoft Entra ID (https://learn.microsoft.com/entra/identity-platform/reference-saml-tokens).
const (
	claims           = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
	claimEmail       = claims + "emailaddress"
	claimGivenName   = claims + "givenname"
	claimSurname     = claims + "surname"
	claimName        = claims + "name" // the user principal name, whatever it is called
	claimUPN         = claims + "upn"
	claimObjectID    = "http://schemas.microsoft.com/identity/claims/objectidentifier"
	claimDisplayName = "http://schemas.microsoft.com/identity/claims/displayname"
	claimGroups      = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"
	claimRole        = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
	claimGroupsLink  = "http://schemas.microsoft.com/claims/groups.link"
)

// Microsoft's claims before the names that administrators give.
var (
	subjectNames = append([]string{claimObjectID}, sdk.CommonNames(sdk.FieldSubject)...)
	emailNames   = append([]string{claimEmail}, sdk.CommonNames(sdk.FieldEmail)...)
	givenNames   = append([]string{claimGivenName}, sdk.CommonNames(sdk.FieldGivenName)...)
	familyNames  = append([]string{claimSurname}, sdk.CommonNames(sdk.FieldFamilyName)...)
	displayNames = append([]string{claimDisplayName}, sdk.CommonNames(sdk.FieldDisplayName)...)
	groupNames   = append(append([]string{claimGroups}, sdk.CommonNames(sdk.FieldGroups)...), claimRole) // groups can be emitted as roles
)

// Profile reads an application's claims. The subject is the object ID: unlike a user principal name it never changes and is never given to
// somebody else.
func (Provider) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	p := &sdk.Profile{
		Subject:       r.Subject(subjectNames...),
		GivenName:     r.Attributes.First(givenNames...),
		FamilyName:    r.Attributes.First(familyNames...),
		DisplayName:   r.Attributes.First(displayNames...),
		GroupsUnknown: r.Attributes.Has(claimGroupsLink),
	}
	if p.Subject == (sdk.Value{}) {
		p.Problems = append(p.Problems, noSubject)
	}
	p.Email, p.Problems = email(r, p.Problems)
	if p.GroupsUnknown {
		p.Problems = append(p.Problems, tooManyGroups)
		return p, nil
	}
	if p.Groups = r.Attributes.FirstList(groupNames...); len(p.Groups) == 0 {
		p.Problems = append(p.Problems, noGroups)
	}
	return p, nil
}

// email is the mail claim, else the user principal name, in the NameID or a claim, unless it is a guest's: ada_example.com#EXT#@tenant.onmicrosoft.com
// has the form of an address and is none.
func email(r *sdk.ProfileRequest, problems []sdk.Problem) (sdk.Value, []sdk.Problem) {
	if mail := r.Attributes.FirstAddress(emailNames...); mail != (sdk.Value{}) && !isGuest(mail) {
		return mail.Lower(), problems
	}
	names := []sdk.Value{r.NameID.AsValue().Address(), r.Attributes.FirstAddress(claimUPN), r.Attributes.FirstAddress(claimName)}
	guest := false
	for _, name := range names {
		switch {
		case isGuest(name):
			guest = true
		case name != sdk.Value{}:
			return name.Lower(), append(problems, principalName)
		}
	}
	if guest {
		return sdk.Value{}, append(problems, noGuestEmail)
	}
	return sdk.Value{}, append(problems, noEmail)
}

func isGuest(v sdk.Value) bool { return strings.Contains(strings.ToUpper(v.Text), "#EXT#") }
