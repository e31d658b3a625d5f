package okta

import (
	"cmp"
	"context"
	"net/mail"
	"strings"

	"github.com/idplug/idplug/sdk"
)

// Administrators name Okta's attributes as they like. These are the names that are met: Okta's own proposals first, then those of its templates and of
// guides for other products, then the names of the claims and LDAP attributes.
var (
	subjectNames = []string{"id", "user.id", "User.id", "userId", "userID", "UserID", "user_id", "oktaId", "okta_id"}
	emailNames   = []string{
		"email", "Email", "user.email", "User.email", "User.Email", "mail", "Mail", "emailAddress", "EmailAddress", "emailaddress", "email_address",
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "urn:oid:0.9.2342.19200300.100.1.3",
	}
	loginNames = []string{"login", "Login", "user.login", "username", "userName", "Username", "UserName"}
	givenNames = []string{
		"firstName", "FirstName", "firstname", "first_name", "user.firstName", "User.firstName", "User.FirstName", "givenName", "GivenName", "givenname", "given_name",
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "urn:oid:2.5.4.42",
	}
	familyNames = []string{
		"lastName", "LastName", "lastname", "last_name", "user.lastName", "User.lastName", "User.LastName", "surname", "Surname", "sn", "familyName", "FamilyName", "family_name",
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "urn:oid:2.5.4.4",
	}
	displayNames = []string{
		"displayName", "DisplayName", "displayname", "display_name", "user.displayName", "User.displayName", "name", "Name", "fullName", "FullName", "cn",
		"http://schemas.microsoft.com/identity/claims/displayname", "urn:oid:2.16.840.1.113730.3.1.241",
	}
	groupNames = []string{
		"groups", "Groups", "group", "Group", "groupID", "groupId", "GroupID", "groupIDs", "memberOf", "MemberOf", "memberof", "user.groups", "User.groups",
		"http://schemas.xmlsoap.org/claims/Group", "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", "urn:oid:1.3.6.1.4.1.5923.1.5.1.1",
	}
)

// Profile reads what attribute statements and the group attribute statement put into the assertion. Okta sends each group as a value of its own, so
// values are never split: a group's name may hold a comma.
func (Provider) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	p := &sdk.Profile{
		Subject:     subject(r),
		Email:       email(r),
		GivenName:   r.Attributes.First(givenNames...),
		FamilyName:  r.Attributes.First(familyNames...),
		DisplayName: r.Attributes.First(displayNames...),
		Groups:      groups(r.Attributes),
	}
	if p.Subject == (sdk.Value{}) {
		p.Problems = append(p.Problems, noSubject.as(sdk.SeverityWarning, string(sdk.FieldSubject)))
	}
	if p.Email == (sdk.Value{}) {
		p.Problems = append(p.Problems, noEmail.as(sdk.SeverityWarning, string(sdk.FieldEmail)))
	}
	if len(p.Groups) == 0 {
		p.Problems = append(p.Problems, noGroups.as(sdk.SeverityInfo, string(sdk.FieldGroups)))
	}
	return p, nil
}

// subject prefers the user's id at Okta: a NameID is usually an e-mail address, which changes with a marriage.
func subject(r *sdk.ProfileRequest) sdk.Value {
	id := r.Attributes.First(subjectNames...)
	if r.NameID.Format == sdk.NameIDTransient {
		return id
	}
	return cmp.Or(id, r.NameID.AsValue())
}

// email takes the first value that looks like an address: from the attributes for it, else from the NameID, else from the login, which Okta wants to
// look like an address and which need not be one.
func email(r *sdk.ProfileRequest) sdk.Value {
	return cmp.Or(
		address(r.Attributes, emailNames),
		addressOnly(r.NameID.AsValue()),
		address(r.Attributes, loginNames),
	).Lower()
}

func address(as sdk.Attributes, names []string) sdk.Value {
	for _, name := range names {
		for _, v := range as.All(name) {
			if v = addressOnly(v); v != (sdk.Value{}) {
				return v
			}
		}
	}
	return sdk.Value{}
}

// addressOnly returns the zero Value for what is no bare address.
func addressOnly(v sdk.Value) sdk.Value {
	text := strings.TrimSpace(v.Text)
	if a, err := mail.ParseAddress(text); err != nil || a.Address != text {
		return sdk.Value{}
	}
	return v
}

func groups(as sdk.Attributes) []sdk.Value {
	for _, name := range groupNames {
		if values := as.All(name); len(values) > 0 {
			return values
		}
	}
	return nil
}
