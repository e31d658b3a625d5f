package onelogin_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/onelogin"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
)

func attribute(name string, values ...string) sdk.Attribute {
	return sdk.Attribute{Name: name, Values: values}
}

func ask(t *testing.T, name sdk.NameID, attributes ...sdk.Attribute) *sdk.Profile {
	t.Helper()
	p, err := onelogin.Provider{}.Profile(t.Context(), &sdk.ProfileRequest{NameID: name, Attributes: attributes})
	require.NoError(t, err)
	return p
}

func TestGroupsComeJoinedOrNot(t *testing.T) {
	t.Parallel()
	const dn1, dn2 = "CN=Support,OU=Groups,DC=acme", "CN=Agents,OU=Groups,DC=acme"
	for name, c := range map[string]struct {
		attributes sdk.Attributes
		want       []string
	}{
		"multi-value output":                {sdk.Attributes{attribute("memberOf", "Support", "Agents, EMEA")}, []string{"Support", "Agents, EMEA"}},
		"joined":                            {sdk.Attributes{attribute("memberOf", "Support; Agents, EMEA;")}, []string{"Support", "Agents, EMEA"}},
		"distinguished names, joined":       {sdk.Attributes{attribute("memberOf", dn1+";"+dn2)}, []string{dn1, dn2}},
		"one distinguished name":            {sdk.Attributes{attribute("memberOf", dn1)}, []string{dn1}},
		"empty, as test connectors send it": {sdk.Attributes{attribute("memberOf", ""), attribute("roles", "Support")}, []string{"Support"}},
		"a parameter of another name":       {sdk.Attributes{attribute("User Roles", "Support;Agents")}, []string{"Support", "Agents"}},
		"nothing but separators":            {sdk.Attributes{attribute("memberOf", " ; ")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := ask(t, sdk.NameID{Value: "ada@acme.example", Format: sdk.NameIDEmail}, c.attributes...)
			var got []string
			for _, g := range p.Groups {
				got = append(got, g.Text)
			}
			require.Equal(t, c.want, got)
			var problems []string
			if c.want == nil {
				problems = []string{"info groups onelogin.groups_missing"}
			}
			require.Equal(t, problems, sdktest.Codes(p.Problems))
		})
	}
}

func TestAsTheTestConnectorSendsIt(t *testing.T) {
	t.Parallel()
	p := ask(
		t, sdk.NameID{Value: "Ada@acme.example", Format: sdk.NameIDEmail},
		attribute("User.email", "Ada@acme.example"), attribute("User.LastName", "Lovelace"), attribute("PersonImmutableID", ""), attribute("User.FirstName", "Ada"),
	)
	require.Equal(t, sdk.Value{Text: "ada@acme.example", From: "User.email", Op: sdk.OpLower}, p.Email)
	require.Equal(t, "Ada", p.GivenName.Text)
	require.Equal(t, "Lovelace", p.FamilyName.Text)
	require.Equal(t, sdk.FromNameID, p.Subject.From, "an empty PersonImmutableID is nobody's")
}

func TestWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := ask(t, sdk.NameID{Value: "_1", Format: sdk.NameIDTransient}, attribute("User.FirstName", "Ada"), attribute("memberOf", "Support"))
	require.Equal(t, []string{"warning subject onelogin.subject_missing", "warning email onelogin.email_missing"}, sdktest.Codes(p.Problems))
	p = ask(t, sdk.NameID{Value: "_1", Format: sdk.NameIDTransient}, attribute("OneLogin ID", "104385722"), attribute("email", "ada@acme.example"), attribute("memberOf", "Support"))
	require.Empty(t, p.Problems)
	require.Equal(t, "104385722", p.Subject.Text)
}
