package okta_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/okta"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
)

func attribute(name string, values ...string) sdk.Attribute {
	return sdk.Attribute{Name: name, NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified", Values: values}
}

func asIs(text, from string) sdk.Value  { return sdk.Value{Text: text, From: from, Op: sdk.OpAsIs} }
func lower(text, from string) sdk.Value { return sdk.Value{Text: text, From: from, Op: sdk.OpLower} }

func TestProfile(t *testing.T) {
	t.Parallel()
	p := sdktest.Start(t, okta.Provider{}).(sdk.Provisioner)
	address := sdk.NameID{Value: "Ada@Example.com", Format: sdk.NameIDEmail}
	fromAddress := sdk.Profile{Subject: asIs("Ada@Example.com", sdk.FromNameID), Email: lower("ada@example.com", sdk.FromNameID)}
	const claims = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"

	for name, c := range map[string]struct {
		nameID     sdk.NameID
		attributes sdk.Attributes
		want       sdk.Profile
		problems   []string
	}{
		"as the guide sets it up": {
			nameID: address,
			attributes: sdk.Attributes{
				attribute("id", "00u1"), attribute("email", "Ada.L@Example.com"), attribute("firstName", "Ada"), attribute("lastName", "Lovelace"),
				attribute("groups", "Everyone", "Support, EMEA"),
			},
			want: sdk.Profile{
				Subject: asIs("00u1", "id"), Email: lower("ada.l@example.com", "email"), GivenName: asIs("Ada", "firstName"), FamilyName: asIs("Lovelace", "lastName"),
				Groups: []sdk.Value{asIs("Everyone", "groups"), asIs("Support, EMEA", "groups")},
			},
		},
		"nothing but a NameID": {
			nameID: address, want: fromAddress, problems: []string{"info groups okta.groups_missing"},
		},
		"as Okta's template names them": {
			nameID: address,
			attributes: sdk.Attributes{
				attribute("User.email", "ada@example.com"), attribute("User.firstName", "Ada"), attribute("User.lastName", "Lovelace"), attribute("Name", "Ada L."), attribute("memberOf", "Support"),
			},
			want: sdk.Profile{
				Subject: fromAddress.Subject, Email: lower("ada@example.com", "User.email"), GivenName: asIs("Ada", "User.firstName"), FamilyName: asIs("Lovelace", "User.lastName"),
				DisplayName: asIs("Ada L.", "Name"), Groups: []sdk.Value{asIs("Support", "memberOf")},
			},
		},
		"as claims": {
			nameID: sdk.NameID{Value: "00u1", Format: sdk.NameIDPersistent},
			attributes: sdk.Attributes{
				attribute(claims+"emailaddress", "ada@example.com"), attribute(claims+"givenname", "Ada"), attribute(claims+"surname", "Lovelace"),
				attribute("http://schemas.xmlsoap.org/claims/Group", "Support"),
			},
			want: sdk.Profile{
				Subject: asIs("00u1", sdk.FromNameID), Email: lower("ada@example.com", claims+"emailaddress"), GivenName: asIs("Ada", claims+"givenname"),
				FamilyName: asIs("Lovelace", claims+"surname"), Groups: []sdk.Value{asIs("Support", "http://schemas.xmlsoap.org/claims/Group")},
			},
		},
		"as LDAP names them, by friendly name too": {
			nameID: address,
			attributes: sdk.Attributes{
				{Name: "urn:oid:0.9.2342.19200300.100.1.3", FriendlyName: "mail", Values: []string{"ada@example.com"}},
				{Name: "urn:oid:2.5.4.4", FriendlyName: "sn", Values: []string{"Lovelace"}},
				attribute("groups", ""), attribute("Groups", "Support"),
			},
			want: sdk.Profile{
				Subject: fromAddress.Subject, Email: lower("ada@example.com", "urn:oid:0.9.2342.19200300.100.1.3"), FamilyName: asIs("Lovelace", "urn:oid:2.5.4.4"),
				Groups: []sdk.Value{asIs("Support", "Groups")},
			},
		},
		"an attribute for e-mail that holds none": {
			nameID:     address,
			attributes: sdk.Attributes{attribute("email", "Ada Lovelace"), attribute("groups", "Support")},
			want:       sdk.Profile{Subject: fromAddress.Subject, Email: fromAddress.Email, Groups: []sdk.Value{asIs("Support", "groups")}},
		},
		"the second value is the address": {
			nameID:     address,
			attributes: sdk.Attributes{attribute("email", "", "none", " Ada@Example.com "), attribute("groups", "Support")},
			want:       sdk.Profile{Subject: fromAddress.Subject, Email: lower("ada@example.com", "email"), Groups: []sdk.Value{asIs("Support", "groups")}},
		},
		"a login that looks like an address": {
			nameID:     sdk.NameID{Value: "00u1", Format: sdk.NameIDPersistent},
			attributes: sdk.Attributes{attribute("login", "ada@example.com"), attribute("groups", "Support")},
			want:       sdk.Profile{Subject: asIs("00u1", sdk.FromNameID), Email: lower("ada@example.com", "login"), Groups: []sdk.Value{asIs("Support", "groups")}},
		},
		"no address anywhere": {
			nameID:     sdk.NameID{Value: "ada", Format: sdk.NameIDUnspecified},
			attributes: sdk.Attributes{attribute("login", "ada")},
			want:       sdk.Profile{Subject: asIs("ada", sdk.FromNameID)},
			problems:   []string{"warning email okta.email_missing", "info groups okta.groups_missing"},
		},
		"a list is no address": {
			nameID:     sdk.NameID{Value: "ada,eve@example.com", Format: sdk.NameIDUnspecified},
			attributes: sdk.Attributes{attribute("email", "ada@example.com,admin@example.com")},
			want:       sdk.Profile{Subject: asIs("ada,eve@example.com", sdk.FromNameID)},
			problems:   []string{"warning email okta.email_missing", "info groups okta.groups_missing"},
		},
		"transient, with an id": {
			nameID:     sdk.NameID{Value: "_x", Format: sdk.NameIDTransient},
			attributes: sdk.Attributes{attribute("user.id", "00u1"), attribute("email", "ada@example.com"), attribute("groups", "Support")},
			want:       sdk.Profile{Subject: asIs("00u1", "user.id"), Email: lower("ada@example.com", "email"), Groups: []sdk.Value{asIs("Support", "groups")}},
		},
		"transient, without": {
			nameID:     sdk.NameID{Value: "_x", Format: sdk.NameIDTransient},
			attributes: sdk.Attributes{attribute("email", "ada@example.com"), attribute("groups", "Support")},
			want:       sdk.Profile{Email: lower("ada@example.com", "email"), Groups: []sdk.Value{asIs("Support", "groups")}},
			problems:   []string{"warning subject okta.subject_missing"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := p.Profile(t.Context(), &sdk.ProfileRequest{NameID: c.nameID, Attributes: c.attributes})
			require.NoError(t, err)
			require.Equal(t, c.problems, sdktest.Codes(got.Problems))
			got.Problems = nil
			require.Equal(t, &c.want, got)
		})
	}
}
