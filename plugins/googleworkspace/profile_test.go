package googleworkspace_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/googleworkspace"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
)

func attribute(name string, values ...string) sdk.Attribute {
	return sdk.Attribute{Name: name, Values: values}
}

func asIs(text, from string) sdk.Value  { return sdk.Value{Text: text, From: from, Op: sdk.OpAsIs} }
func lower(text, from string) sdk.Value { return sdk.Value{Text: text, From: from, Op: sdk.OpLower} }

func TestProfile(t *testing.T) {
	t.Parallel()
	p := sdktest.Start(t, googleworkspace.Provider{}).(sdk.Provisioner)
	primary := sdk.NameID{Value: "Ada@Example.com", Format: sdk.NameIDEmail}
	nameID, nameEmail := asIs("Ada@Example.com", sdk.FromNameID), lower("ada@example.com", sdk.FromNameID)
	const noGroups = "info groups google-workspace.groups_missing"
	for name, c := range map[string]struct {
		nameID     sdk.NameID
		attributes sdk.Attributes
		want       sdk.Profile
		problems   []string
	}{
		"as the guide sets it up": {
			nameID: primary,
			attributes: sdk.Attributes{
				attribute("email", "ada@example.com"), attribute("firstName", "Ada"), attribute("lastName", "Lovelace"), attribute("groups", "Support, EMEA", "Staff"),
			},
			want: sdk.Profile{
				Subject: nameID, Email: lower("ada@example.com", "email"), GivenName: asIs("Ada", "firstName"), FamilyName: asIs("Lovelace", "lastName"),
				Groups: []sdk.Value{asIs("Support, EMEA", "groups"), asIs("Staff", "groups")},
			},
		},
		"nothing is mapped": {
			nameID: sdk.NameID{Value: "Ada@Example.com", Format: sdk.NameIDUnspecified},
			want:   sdk.Profile{Subject: nameID, Email: nameEmail}, problems: []string{noGroups},
		},
		"mapped fields that are empty": {
			nameID:     primary,
			attributes: sdk.Attributes{attribute("email", ""), attribute("firstName", "Ada"), attribute("lastName", ""), attribute("groups", "")},
			want:       sdk.Profile{Subject: nameID, Email: nameEmail, GivenName: asIs("Ada", "firstName")},
			problems:   []string{"info display_name google-workspace.empty_value", noGroups},
		},
		"an ID of the organisation's own": {
			nameID:     primary,
			attributes: sdk.Attributes{attribute("id", "e-17"), attribute("groups", "Staff")},
			want:       sdk.Profile{Subject: asIs("e-17", "id"), Email: nameEmail, Groups: []sdk.Value{asIs("Staff", "groups")}},
		},
		"a NameID that is no address": {
			nameID:     sdk.NameID{Value: "e-17", Format: sdk.NameIDUnspecified},
			attributes: sdk.Attributes{attribute("groups", "Staff")},
			want:       sdk.Profile{Subject: asIs("e-17", sdk.FromNameID), Groups: []sdk.Value{asIs("Staff", "groups")}},
			problems:   []string{"warning email google-workspace.email_missing"},
		},
		// Somebody asked for it; Google then calls the address transient.
		"transient": {
			nameID:     sdk.NameID{Value: "Ada@Example.com", Format: sdk.NameIDTransient},
			attributes: sdk.Attributes{attribute("groups", "Staff")},
			want:       sdk.Profile{Email: nameEmail, Groups: []sdk.Value{asIs("Staff", "groups")}},
			problems:   []string{"warning subject google-workspace.subject_missing"},
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
	var p sdk.Provider = googleworkspace.Provider{}
	require.Implements(t, (*sdk.Provisioner)(nil), p)
	require.False(t, p.Manifest().Capabilities.JIT)
}
