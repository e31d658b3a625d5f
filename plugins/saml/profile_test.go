package saml_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/saml"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
)

func attribute(name string, values ...string) sdk.Attribute {
	return sdk.Attribute{Name: name, Values: values}
}

func ask(t *testing.T, name sdk.NameID, attributes ...sdk.Attribute) *sdk.Profile {
	t.Helper()
	p, err := saml.Provider{}.Profile(t.Context(), &sdk.ProfileRequest{NameID: name, Attributes: attributes})
	require.NoError(t, err)
	return p
}

var persistent = sdk.NameID{Value: "7f1c2a90", Format: sdk.NameIDPersistent}

func TestTheMessageNamesWhatCame(t *testing.T) {
	t.Parallel()
	p := ask(t, persistent, attribute("uid", "ada"), attribute("mail1", "secret@acme.example"), attribute("blank", " "), attribute("uid", "again"), attribute("groups", "Support"))
	require.Equal(t, []string{"warning email saml.email_missing"}, sdktest.Codes(p.Problems))
	require.Contains(t, p.Problems[0].Summary, "the attributes uid, mail1, groups.")
	require.NotContains(t, p.Problems[0].Summary, "secret", "names are shown, values never")
}

func TestTheMessageHasBounds(t *testing.T) {
	t.Parallel()
	var many sdk.Attributes
	for i := range 1000 {
		many = append(many, attribute(fmt.Sprintf("a%03d", i), "x"))
	}
	p := ask(t, persistent, append(many, attribute("groups", "Support"))...)
	require.Contains(t, p.Problems[0].Summary, "a000, a001")
	require.Contains(t, p.Problems[0].Summary, "a011, and others.")
	require.NotContains(t, p.Problems[0].Summary, "a012")
	p = ask(t, persistent, attribute(strings.Repeat("a", 5000), "x"), attribute("b\x07", "x"), attribute("\u202egroups", "x"))
	require.Contains(t, p.Problems[0].Summary, "attributes without a legible name")
	require.Contains(t, sdktest.Codes(ask(t, sdk.NameID{Value: "ada"}).Problems), "warning email saml.nothing_sent")
}

func TestGroupsInOneValue(t *testing.T) {
	t.Parallel()
	const dn = "cn=Support,ou=Groups,dc=acme,dc=example"
	for name, c := range map[string]struct {
		values   []string
		want     []string
		problems []string
	}{
		"one each":                      {[]string{"Support", "Agents, EMEA", "a;b"}, []string{"Support", "Agents, EMEA", "a;b"}, nil},
		"one":                           {[]string{"Support"}, []string{"Support"}, nil},
		"joined by semicolons":          {[]string{"Support; Agents, EMEA"}, []string{"Support", "Agents, EMEA"}, []string{"info groups saml.groups_joined"}},
		"a comma may be part of a name": {[]string{"Support, EMEA"}, []string{"Support, EMEA"}, []string{"info groups saml.groups_in_one_value"}},
		"a distinguished name":          {[]string{dn}, []string{dn}, nil},
		"distinguished names, joined":   {[]string{dn + ";" + dn}, []string{dn, dn}, []string{"info groups saml.groups_joined"}},
		"none":                          {nil, nil, []string{"info groups saml.groups_missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := ask(t, persistent, attribute("email", "ada@acme.example"), attribute("groups", c.values...))
			var got []string
			for _, g := range p.Groups {
				got = append(got, g.Text)
			}
			require.Equal(t, c.want, got)
			require.Equal(t, c.problems, sdktest.Codes(p.Problems))
		})
	}
}

func TestRepeatedAttributesCountTogether(t *testing.T) {
	t.Parallel()
	p := ask(t, sdk.NameID{Value: "ada@acme.example", Format: sdk.NameIDEmail}, attribute("Role", "manage-account"), attribute("Role", "support-agent"))
	require.Len(t, p.Groups, 2, "as Keycloak sends roles")
	require.Empty(t, p.Problems)
}

func TestATransientNameIsReplacedByWhatStays(t *testing.T) {
	t.Parallel()
	transient := sdk.NameID{Value: "_1", Format: sdk.NameIDTransient}
	mail, groups := attribute("mail", "ada@acme.example"), attribute("groups", "Support")
	for _, name := range []string{"id", "urn:oasis:names:tc:SAML:attribute:pairwise-id", "urn:oasis:names:tc:SAML:attribute:subject-id", "eduPersonUniqueId", "entryUUID", "objectGUID", "sub"} {
		p := ask(t, transient, mail, groups, attribute(name, "7f1c2a90"))
		require.Equal(t, sdk.Value{Text: "7f1c2a90", From: name, Op: sdk.OpAsIs}, p.Subject)
		require.Empty(t, p.Problems)
	}
	p := ask(t, transient, mail, groups, attribute("uid", "ada"))
	require.Zero(t, p.Subject, "a user name may be given to somebody else")
	require.Equal(t, []string{"warning subject saml.subject_missing"}, sdktest.Codes(p.Problems))
}
