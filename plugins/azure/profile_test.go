package azure_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/azure"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
)

const (
	ws        = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
	ms        = "http://schemas.microsoft.com/identity/claims/"
	groups    = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"
	role      = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
	link      = "http://schemas.microsoft.com/claims/groups.link"
	objectID  = ms + "objectidentifier"
	guestName = "ada_example.com#EXT#@acme.onmicrosoft.com"
)

func attribute(name string, values ...string) sdk.Attribute {
	return sdk.Attribute{Name: name, Values: values}
}

func asIs(text, from string) sdk.Value  { return sdk.Value{Text: text, From: from, Op: sdk.OpAsIs} }
func lower(text, from string) sdk.Value { return sdk.Value{Text: text, From: from, Op: sdk.OpLower} }

func TestProfile(t *testing.T) {
	t.Parallel()
	p := sdktest.Start(t, azure.Provider{}).(sdk.Provisioner)
	upn := sdk.NameID{Value: "Ada@acme.example", Format: sdk.NameIDEmail}
	guest := sdk.NameID{Value: guestName, Format: sdk.NameIDEmail}
	persistent := sdk.NameID{Value: "74a3", Format: sdk.NameIDPersistent}
	id, inGroup := attribute(objectID, "74a3"), attribute(groups, "0de1")
	subject, member := asIs("74a3", objectID), []sdk.Value{asIs("0de1", groups)}
	for name, c := range map[string]struct {
		nameID     sdk.NameID
		attributes sdk.Attributes
		want       sdk.Profile
		problems   []string
	}{
		"as it comes, with groups": {
			nameID: upn,
			attributes: sdk.Attributes{
				attribute(ms+"tenantid", "a905"), id, attribute(ms+"displayname", "Ada L."), attribute(groups, "0de1", "0de2"), attribute(ws+"givenname", "Ada"),
				attribute(ws+"surname", "Lovelace"), attribute(ws+"emailaddress", "Ada.L@Example.com"), attribute(ws+"name", "Ada@acme.example"),
			},
			want: sdk.Profile{
				Subject: subject, Email: lower("ada.l@example.com", ws+"emailaddress"), GivenName: asIs("Ada", ws+"givenname"), FamilyName: asIs("Lovelace", ws+"surname"),
				DisplayName: asIs("Ada L.", ms+"displayname"), Groups: []sdk.Value{asIs("0de1", groups), asIs("0de2", groups)},
			},
		},
		"a guest with a mailbox": {
			nameID: guest, attributes: sdk.Attributes{id, inGroup, attribute(ws+"emailaddress", "ada@example.com"), attribute(ws+"name", guestName)},
			want: sdk.Profile{Subject: subject, Email: lower("ada@example.com", ws+"emailaddress"), Groups: member},
		},
		"a guest without": {
			nameID: guest, attributes: sdk.Attributes{id, inGroup, attribute(ws+"name", guestName)},
			want: sdk.Profile{Subject: subject, Groups: member}, problems: []string{"warning email azure.guest_email_missing"},
		},
		"a guest's name mapped as e-mail, in small letters": {
			nameID: persistent, attributes: sdk.Attributes{id, inGroup, attribute(ws+"emailaddress", "ada_example.com#ext#@acme.onmicrosoft.com"), attribute(ws+"name", guestName)},
			want: sdk.Profile{Subject: subject, Groups: member}, problems: []string{"warning email azure.guest_email_missing"},
		},
		"no mail, the NameID is the principal name": {
			nameID: upn, attributes: sdk.Attributes{id, inGroup, attribute(ws+"emailaddress", "")},
			want:     sdk.Profile{Subject: subject, Email: lower("ada@acme.example", sdk.FromNameID), Groups: member},
			problems: []string{"info email azure.email_from_upn"},
		},
		"no mail, the principal name is a claim": {
			nameID: persistent, attributes: sdk.Attributes{id, inGroup, attribute(ws+"name", "Ada@acme.example")},
			want:     sdk.Profile{Subject: subject, Email: lower("ada@acme.example", ws+"name"), Groups: member},
			problems: []string{"info email azure.email_from_upn"},
		},
		"no address at all": {
			nameID: persistent, attributes: sdk.Attributes{inGroup},
			want:     sdk.Profile{Subject: asIs("74a3", sdk.FromNameID), Groups: member},
			problems: []string{"warning email azure.email_missing"},
		},
		// groups.link is not an empty list.
		"more than 150 groups": {
			nameID: upn, attributes: sdk.Attributes{id, attribute(ws+"emailaddress", "ada@example.com"), attribute(link, "https://graph.windows.net/a905/users/74a3/getMemberObjects"), attribute(role, "User")},
			want:     sdk.Profile{Subject: subject, Email: lower("ada@example.com", ws+"emailaddress"), GroupsUnknown: true},
			problems: []string{"warning groups azure.groups_overage"},
		},
		"no groups": {
			nameID: upn, attributes: sdk.Attributes{id, attribute(ws+"emailaddress", "ada@example.com")},
			want:     sdk.Profile{Subject: subject, Email: lower("ada@example.com", ws+"emailaddress")},
			problems: []string{"info groups azure.groups_missing"},
		},
		"groups emitted as roles": {
			nameID: upn, attributes: sdk.Attributes{id, attribute(ws+"emailaddress", "ada@example.com"), attribute(role, "Support, EMEA")},
			want: sdk.Profile{Subject: subject, Email: lower("ada@example.com", ws+"emailaddress"), Groups: []sdk.Value{asIs("Support, EMEA", role)}},
		},
		"names that an administrator gave": {
			nameID: persistent, attributes: sdk.Attributes{attribute("email", "ada@example.com"), attribute("firstName", "Ada"), attribute("groups", "Support")},
			want: sdk.Profile{
				Subject: asIs("74a3", sdk.FromNameID), Email: lower("ada@example.com", "email"), GivenName: asIs("Ada", "firstName"),
				Groups: []sdk.Value{asIs("Support", "groups")},
			},
		},
		"transient": {
			nameID: sdk.NameID{Value: "_x", Format: sdk.NameIDTransient}, attributes: sdk.Attributes{id, inGroup, attribute(ws+"emailaddress", "ada@example.com")},
			want: sdk.Profile{Subject: subject, Email: lower("ada@example.com", ws+"emailaddress"), Groups: member},
		},
		"transient, without an object ID": {
			nameID: sdk.NameID{Value: "_x", Format: sdk.NameIDTransient}, attributes: sdk.Attributes{inGroup, attribute(ws+"emailaddress", "ada@example.com")},
			want:     sdk.Profile{Email: lower("ada@example.com", ws+"emailaddress"), Groups: member},
			problems: []string{"warning subject azure.subject_missing"},
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

// Rule 9: profiles are read for the first link of a known user, and nobody is created.
func TestRule9_ProfilesAreReadButNobodyIsCreated(t *testing.T) {
	t.Parallel()
	var p sdk.Provider = azure.Provider{}
	require.Implements(t, (*sdk.Provisioner)(nil), p)
	require.False(t, p.Manifest().Capabilities.JIT)
}
