package adfs

import (
	"context"
	"regexp"
	"slices"

	"github.com/idplug/idplug/sdk"
)

// Claim types as AD FS Management names them under Service > Claim Descriptions. A rule sends them as attributes of these names.
const (
	claims          = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
	claimEmail      = claims + "emailaddress"
	claimGivenName  = claims + "givenname"
	claimSurname    = claims + "surname"
	claimName       = claims + "name"
	claimUPN        = claims + "upn"
	claimPPID       = claims + "privatepersonalidentifier"
	claimCommonName = "http://schemas.xmlsoap.org/claims/CommonName"
	claimGroup      = "http://schemas.xmlsoap.org/claims/Group"
	claimEmailV1    = "http://schemas.xmlsoap.org/claims/EmailAddress" // AD FS 1.x E-Mail Address
	claimUPNV1      = "http://schemas.xmlsoap.org/claims/UPN"          // AD FS 1.x UPN
	microsoft       = "http://schemas.microsoft.com/ws/2008/06/identity/claims/"
	claimRole       = microsoft + "role"
	claimGroupSID   = microsoft + "groupsid"
	claimPrimarySID = microsoft + "primarysid"
)

// Claims before the names that administrators type into a rule. Subjects are identifiers of the directory, which are never given to another person, before
// the NameID, which holds whatever the last rule put there.
var (
	subjectNames = append([]string{claimPrimarySID, claimPPID, "objectGUID", "objectSid"}, sdk.CommonNames(sdk.FieldSubject)...)
	emailNames   = append([]string{claimEmail, claimEmailV1}, sdk.CommonNames(sdk.FieldEmail)...)
	givenNames   = append([]string{claimGivenName}, sdk.CommonNames(sdk.FieldGivenName)...)
	familyNames  = append([]string{claimSurname}, sdk.CommonNames(sdk.FieldFamilyName)...)
	displayNames = append([]string{claims + "displayname", claimCommonName}, sdk.CommonNames(sdk.FieldDisplayName)...)
	groupNames   = append(append([]string{claimGroup}, sdk.CommonNames(sdk.FieldGroups)...), claimRole, claimGroupSID)
)

// Profile reads the claims of a relying party trust. Groups arrive each as a value of its own, whether as names, DOMAIN\name, distinguished names or
// SIDs, so nothing is split: a distinguished name is full of commas.
func (Provider) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	p := &sdk.Profile{
		Subject:     r.Subject(subjectNames...),
		GivenName:   r.Attributes.First(givenNames...),
		FamilyName:  r.Attributes.First(familyNames...),
		DisplayName: displayName(r.Attributes),
		Groups:      r.Attributes.FirstList(groupNames...),
	}
	if p.Subject == (sdk.Value{}) {
		p.Problems = append(p.Problems, noSubject)
	}
	p.Email, p.Problems = email(r, p.Problems)
	switch {
	case len(p.Groups) == 0:
		p.Problems = append(p.Problems, noGroups)
	case slices.ContainsFunc(p.Groups, isSID):
		p.Problems = append(p.Problems, groupSIDs)
	}
	return p, nil
}

// email is the mail claim, else a NameID that a rule made of it. A user principal name, in a claim or in a NameID without that format, has the form of
// an address and mostly is one, but not below a domain that exists inside the company only: ada@corp.local.
func email(r *sdk.ProfileRequest, problems []sdk.Problem) (sdk.Value, []sdk.Problem) {
	if mail := r.Attributes.FirstAddress(emailNames...); mail != (sdk.Value{}) {
		return mail.Lower(), problems
	}
	inNameID := r.NameID.AsValue().Address()
	if r.NameID.Format == sdk.NameIDEmail && inNameID != (sdk.Value{}) {
		return inNameID.Lower(), problems
	}
	internal := false
	for _, name := range []sdk.Value{inNameID, r.Attributes.FirstAddress(claimUPN, claimUPNV1, "upn", "userPrincipalName"), r.Attributes.FirstAddress(claimName)} {
		switch {
		case internalDomain.MatchString(name.Text):
			internal = true
		case name != sdk.Value{}:
			return name.Lower(), append(problems, principalName)
		}
	}
	if internal {
		return sdk.Value{}, append(problems, internalName)
	}
	return sdk.Value{}, append(problems, noEmail)
}

// internalDomain are the ends of names that Active Directory forests have and mail does not (RFC 6761, RFC 6762 appendix G, and .internal of ICANN).
var internalDomain = regexp.MustCompile(`(?i)\.(local|localdomain|lan|intranet|internal|private|corp|home|test|invalid)\s*$`)

// displayName leaves out the claim Name where it holds an account: AD FS fills it with DOMAIN\ada unless a rule sends something better.
func displayName(as sdk.Attributes) sdk.Value {
	if v := as.First(displayNames...); v != (sdk.Value{}) {
		return v
	}
	if v := as.First(claimName); !accountForm.MatchString(v.Text) && v.Address() == (sdk.Value{}) {
		return v
	}
	return sdk.Value{}
}

var (
	accountForm = regexp.MustCompile(`^[^\\\s]+\\[^\\]+$`)
	sidForm     = regexp.MustCompile(`^\s*S-1-\d+(-\d+)+\s*$`)
)

func isSID(v sdk.Value) bool { return sidForm.MatchString(v.Text) }
