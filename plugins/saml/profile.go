package saml

import (
	"cmp"
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
		Subject:     subject(r),
		Email:       cmp.Or(r.Attributes.FirstAddress(sdk.CommonNames(sdk.FieldEmail)...), r.NameID.AsValue().Address()).Lower(),
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

func subject(r *sdk.ProfileRequest) sdk.Value {
	id := r.Attributes.First(subjectNames...)
	if r.NameID.Format == sdk.NameIDTransient {
		return id
	}
	return cmp.Or(id, r.NameID.AsValue())
}

// emailMissing says which attributes came, by name: the administrator then sees which of them to rename, or that none was sent.
func emailMissing(as sdk.Attributes) sdk.Problem {
	if len(as) == 0 {
		return nothingSent
	}
	p := noEmail
	p.Summary = "Neither the NameID nor an attribute that is known to hold one is an e-mail address. The assertion has " + listed(as) + "."
	return p
}

// Bounds of what a sentence can hold: names are the provider's, and may be as long and as many as it likes.
const (
	maxListed = 12
	maxName   = 100
)

func listed(as sdk.Attributes) string {
	var names []string
	for _, a := range as {
		if name := a.Name; !slices.Contains(names, name) && len(name) <= maxName && isPlain(name) {
			names = append(names, name)
		}
	}
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
	text := values[0].Text
	semicolon, comma := strings.Contains(text, ";"), strings.Contains(text, ",")
	switch {
	case len(values) > 1 || distinguished.MatchString(text) && !semicolon || !semicolon && !comma:
		return values, nil
	case comma:
		return values, []sdk.Problem{groupsInOne}
	}
	return values[0].Split(), []sdk.Problem{groupsJoined}
}
