package saml

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/idplug/idplug/sdk"
)

const oidMail = "urn:oid:0.9.2342.19200300.100.1.3"

// Names besides the common ones. Identifiers are such as their definitions promise never to give to another person: eduPerson's and REFEDS' of
// universities, the entryUUID and objectGUID of directories, sub and oid of OpenID Connect behind a bridge. A user name (uid, cn) is none.
var (
	subjectNames = append(
		sdk.CommonNames(sdk.FieldSubject),
		"urn:oasis:names:tc:SAML:attribute:subject-id", "urn:oasis:names:tc:SAML:attribute:pairwise-id",
		"urn:oid:1.3.6.1.4.1.5923.1.1.1.13", "eduPersonUniqueId", "urn:oid:1.3.6.1.4.1.5923.1.1.1.10", "eduPersonTargetedID",
		"http://schemas.microsoft.com/identity/claims/objectidentifier", "entryUUID", "objectGUID", "externalId", "sub", "oid",
	)
	displayNames = append(sdk.CommonNames(sdk.FieldDisplayName), "urn:oid:2.5.4.3")
	groupNames   = append(
		sdk.CommonNames(sdk.FieldGroups),
		"isMemberOf", "http://schemas.auth0.com/groups", "Role", "role", "Roles", "roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
	)
)

// Profile reads whatever the provider sends.
func (Provider) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	p := &sdk.Profile{
		Subject:     r.Subject(subjectNames...),
		Email:       r.Email(sdk.CommonNames(sdk.FieldEmail)...),
		GivenName:   r.Attributes.First(sdk.CommonNames(sdk.FieldGivenName)...),
		FamilyName:  r.Attributes.First(sdk.CommonNames(sdk.FieldFamilyName)...),
		DisplayName: r.Attributes.First(displayNames...),
	}
	if p.Subject == (sdk.Value{}) {
		p.Problems = append(p.Problems, noSubject)
	}
	if p.Email == (sdk.Value{}) {
		p.Problems = append(p.Problems, emailMissing(r.Attributes))
	}
	var odd []sdk.Problem
	p.Groups, odd = groups(r.Attributes)
	p.Problems = append(p.Problems, odd...)
	return p, nil
}

// emailMissing says which attributes came, by name: the administrator then sees which of them to rename, or that none was sent.
func emailMissing(as sdk.Attributes) sdk.Problem {
	names := as.Names()
	if len(names) == 0 {
		return nothingSent
	}
	p := noEmail
	p.Summary = "Neither the NameID nor an attribute that is known to hold one is an e-mail address. The assertion has " + listed(names) + "."
	return p
}

// Bounds of what a sentence can hold: names are the provider's, and may be as long and as many as it likes.
const (
	maxListed = 12
	maxName   = 100
)

func listed(names []string) string {
	names = slices.DeleteFunc(names, func(name string) bool { return len(name) > maxName || !isPlain(name) })
	switch {
	case len(names) == 0:
		return "attributes without a legible name"
	case len(names) > maxListed:
		names = append(names[:maxListed], "and others")
	}
	return "the attributes " + strings.Join(names, ", ")
}

func isPlain(name string) bool {
	return strings.TrimSpace(name) != "" && !strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsPrint(c) })
}

// distinguished names of LDAP have commas of their own.
var distinguished = regexp.MustCompile(`^\s*(?i:cn|ou|dc|uid|o)\s*=`)

// groups takes one value apart that holds a list joined by semicolons. A comma is as often part of a name as it joins a list, so it cuts nothing; the
// administrator is told, because no mapping of a single group will match.
func groups(as sdk.Attributes) ([]sdk.Value, []sdk.Problem) {
	values := as.FirstList(groupNames...)
	if len(values) == 0 {
		return nil, []sdk.Problem{noGroups}
	}
	if len(values) > 1 {
		return values, nil
	}
	switch text := values[0].Text; {
	case strings.Contains(text, ";"):
		return values[0].SplitSemicolons(), []sdk.Problem{groupsJoined}
	case strings.Contains(text, ",") && !distinguished.MatchString(text):
		return values, []sdk.Problem{groupsInOne}
	}
	return values, nil
}
