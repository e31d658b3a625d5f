package sdk

// CommonNames returns the names under which a field commonly comes, where administrators name attributes as they like: those of providers'
// and other products' guides, then claims, then LDAP attributes. Put a provider's own names before them. The list only grows.
func CommonNames(f ProfileField) []string {
	switch f {
	case FieldSubject:
		return []string{"id", "user.id", "User.id", "userId", "userID", "UserID", "user_id"}
	case FieldEmail:
		return []string{
			"email", "Email", "user.email", "User.email", "User.Email", "mail", "Mail", "emailAddress", "EmailAddress", "emailaddress", "email_address",
			"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "urn:oid:0.9.2342.19200300.100.1.3",
		}
	case FieldGivenName:
		return []string{
			"firstName", "FirstName", "firstname", "first_name", "user.firstName", "User.firstName", "User.FirstName", "givenName", "GivenName", "givenname", "given_name",
			"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "urn:oid:2.5.4.42",
		}
	case FieldFamilyName:
		return []string{
			"lastName", "LastName", "lastname", "last_name", "user.lastName", "User.lastName", "User.LastName", "surname", "Surname", "sn", "familyName", "FamilyName", "family_name",
			"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "urn:oid:2.5.4.4",
		}
	case FieldDisplayName:
		return []string{
			"displayName", "DisplayName", "displayname", "display_name", "user.displayName", "User.displayName", "name", "Name", "fullName", "FullName", "cn",
			"http://schemas.microsoft.com/identity/claims/displayname", "urn:oid:2.16.840.1.113730.3.1.241",
		}
	case FieldGroups:
		return []string{
			"groups", "Groups", "group", "Group", "groupID", "groupId", "GroupID", "groupIDs", "memberOf", "MemberOf", "memberof", "user.groups", "User.groups",
			"http://schemas.xmlsoap.org/claims/Group", "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", "urn:oid:1.3.6.1.4.1.5923.1.5.1.1",
		}
	}
	return nil
}
