package jumpcloud_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/jumpcloud"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
)

func attribute(name string, values ...string) sdk.Attribute {
	return sdk.Attribute{Name: name, Values: values}
}

func ask(t *testing.T, name sdk.NameID, attributes ...sdk.Attribute) *sdk.Profile {
	t.Helper()
	p, err := jumpcloud.Provider{}.Profile(t.Context(), &sdk.ProfileRequest{NameID: name, Attributes: attributes})
	require.NoError(t, err)
	return p
}

// unspecified is how JumpCloud writes it: the format of a version of SAML that had none.
const unspecified = "urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified"

func TestNothingComesThatWasNotMapped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		nameID     string
		attributes sdk.Attributes
		email      string
		problems   []string
	}{
		"the e-mail address as NameID":   {"Ada@acme.example", nil, "ada@acme.example", []string{"info groups jumpcloud.groups_missing"}},
		"a user name as NameID":          {"ada", nil, "", []string{"warning email jumpcloud.nothing_mapped"}},
		"mapped under an unknown name":   {"ada", sdk.Attributes{attribute("mailbox", "ada@acme.example")}, "", []string{"warning email jumpcloud.email_missing", "info groups jumpcloud.groups_missing"}},
		"JumpCloud's own names kept":     {"ada", sdk.Attributes{attribute("email", "ada@acme.example"), attribute("memberOf", "Support")}, "ada@acme.example", nil},
		"another name for the groups":    {"ada", sdk.Attributes{attribute("email", "ada@acme.example"), attribute("groups", "Support")}, "ada@acme.example", nil},
		"the person is in no such group": {"ada", sdk.Attributes{attribute("email", "ada@acme.example"), attribute("memberOf")}, "ada@acme.example", []string{"info groups jumpcloud.groups_missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := ask(t, sdk.NameID{Value: c.nameID, Format: unspecified}, c.attributes...)
			require.Equal(t, c.email, p.Email.Text)
			require.Equal(t, c.nameID, p.Subject.Text)
			require.Equal(t, c.problems, sdktest.Codes(p.Problems))
		})
	}
}

func TestJumpCloudsOwnNames(t *testing.T) {
	t.Parallel()
	p := ask(
		t, sdk.NameID{Value: "_1", Format: sdk.NameIDTransient}, attribute("email", "ada@acme.example"), attribute("firstname", "Ada"), attribute("lastname", "Lovelace"),
		attribute("displayname", "Ada L."), attribute("employeeIdentifier", "E-10342"), attribute("memberOf", "Support", "Agents, EMEA"),
	)
	require.Empty(t, p.Problems)
	require.Equal(t, "E-10342", p.Subject.Text)
	require.Equal(t, []string{"Ada", "Lovelace", "Ada L."}, []string{p.GivenName.Text, p.FamilyName.Text, p.DisplayName.Text})
	require.Len(t, p.Groups, 2)
	require.Equal(t, "Agents, EMEA", p.Groups[1].Text)
	require.Equal(t, []string{"warning subject jumpcloud.subject_missing"}, sdktest.Codes(ask(
		t, sdk.NameID{Value: "_1", Format: sdk.NameIDTransient}, attribute("email", "ada@acme.example"), attribute("memberOf", "Support"),
	).Problems))
}
