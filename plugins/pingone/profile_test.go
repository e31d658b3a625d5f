package pingone_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/pingone"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
)

func attribute(name string, values ...string) sdk.Attribute {
	return sdk.Attribute{Name: name, NameFormat: "urn:oasis:names:tc:SAML:2.0:attrname-format:basic", Values: values}
}

func asIs(text, from string) sdk.Value { return sdk.Value{Text: text, From: from, Op: sdk.OpAsIs} }

func lower(text, from string) sdk.Value { return sdk.Value{Text: text, From: from, Op: sdk.OpLower} }

func part(text, from string) sdk.Value { return sdk.Value{Text: text, From: from, Op: sdk.OpSplit} }

func TestProfile(t *testing.T) {
	t.Parallel()
	p := sdktest.Start(t, pingone.Provider{}).(sdk.Provisioner)
	const (
		cloud  = "https://auth.pingone.eu/3f0d1e57-5a3e-4d1d-8a11-5a3e5a3e0001"
		server = "https://sso.acme.example:9031/eid/acme"
	)
	user := sdk.NameID{Value: "9d2c"} // PingOne gives no Format
	mail := attribute("email", "Ada@Example.com")
	for name, c := range map[string]struct {
		issuer     string
		nameID     sdk.NameID
		attributes sdk.Attributes
		want       sdk.Profile
		problems   []string
	}{
		"as the guide sets it up": {
			issuer: cloud, nameID: user,
			attributes: sdk.Attributes{
				attribute("saml_subject", "9d2c"), attribute("id", "9d2c"), mail, attribute("firstName", "Ada"), attribute("lastName", "Lovelace"),
				attribute("groups", "Support, EMEA"),
			},
			want: sdk.Profile{
				Subject: asIs("9d2c", "id"), Email: lower("ada@example.com", "email"), GivenName: asIs("Ada", "firstName"), FamilyName: asIs("Lovelace", "lastName"),
				Groups: []sdk.Value{asIs("Support, EMEA", "groups")},
			},
		},
		"as it comes": {
			issuer: cloud, nameID: user, attributes: sdk.Attributes{attribute("saml_subject", "9d2c")},
			want:     sdk.Profile{Subject: asIs("9d2c", sdk.FromNameID)},
			problems: []string{"warning email pingone.only_subject"},
		},
		"without e-mail": {
			issuer: cloud, nameID: user, attributes: sdk.Attributes{attribute("saml_subject", "9d2c"), attribute("firstName", "Ada")},
			want:     sdk.Profile{Subject: asIs("9d2c", sdk.FromNameID), GivenName: asIs("Ada", "firstName")},
			problems: []string{"warning email pingone.email_missing", "info groups pingone.groups_missing"},
		},
		"a user name that looks like an address is none": {
			issuer: cloud, nameID: user, attributes: sdk.Attributes{attribute("username", "ceo@example.com"), attribute("groups", "Support")},
			want:     sdk.Profile{Subject: asIs("9d2c", sdk.FromNameID), Groups: []sdk.Value{asIs("Support", "groups")}},
			problems: []string{"warning email pingone.email_missing"},
		},
		"saml_subject mapped to the address": {
			issuer: cloud, nameID: sdk.NameID{Value: "Ada@Example.com", Format: sdk.NameIDEmail}, attributes: sdk.Attributes{attribute("saml_subject", "Ada@Example.com"), attribute("groups", "a", "b")},
			want: sdk.Profile{Subject: asIs("Ada@Example.com", sdk.FromNameID), Email: lower("ada@example.com", sdk.FromNameID), Groups: []sdk.Value{asIs("a", "groups"), asIs("b", "groups")}},
		},
		"as PingOne's metadata lists them": {
			issuer: cloud, nameID: user,
			attributes: sdk.Attributes{
				attribute("user.id", "9d2c"), attribute("user.email", "ada@example.com"), attribute("user.name.given", "Ada"), attribute("user.name.family", "Lovelace"),
				attribute("user.name.formatted", "Ada L."), attribute("user.memberOfGroupIDs", "g1"), attribute("user.memberOfGroupNames", "Support"),
			},
			want: sdk.Profile{
				Subject: asIs("9d2c", "user.id"), Email: lower("ada@example.com", "user.email"), GivenName: asIs("Ada", "user.name.given"), FamilyName: asIs("Lovelace", "user.name.family"),
				DisplayName: asIs("Ada L.", "user.name.formatted"), Groups: []sdk.Value{asIs("Support", "user.memberOfGroupNames")},
			},
		},
		"a custom domain is PingOne by saml_subject": {
			issuer: "https://sso.acme.example", nameID: user, attributes: sdk.Attributes{attribute("saml_subject", "9d2c"), mail, attribute("groups", "Support, EMEA")},
			want: sdk.Profile{Subject: asIs("9d2c", sdk.FromNameID), Email: lower("ada@example.com", "email"), Groups: []sdk.Value{asIs("Support, EMEA", "groups")}},
		},
		"PingFederate joins groups": {
			issuer: server, nameID: sdk.NameID{Value: "ada@example.com", Format: sdk.NameIDEmail},
			attributes: sdk.Attributes{attribute("firstname", "Ada"), attribute("lastname", "Lovelace"), attribute("group", "red, green,blue")},
			want: sdk.Profile{
				Subject: asIs("ada@example.com", sdk.FromNameID), Email: lower("ada@example.com", sdk.FromNameID), GivenName: asIs("Ada", "firstname"), FamilyName: asIs("Lovelace", "lastname"),
				Groups: []sdk.Value{part("red", "group"), part("green", "group"), part("blue", "group")},
			},
		},
		"PingFederate with a value for each group": {
			issuer: server, nameID: user, attributes: sdk.Attributes{mail, attribute("groups", "a, b", "c")},
			want: sdk.Profile{Subject: asIs("9d2c", sdk.FromNameID), Email: lower("ada@example.com", "email"), Groups: []sdk.Value{asIs("a, b", "groups"), asIs("c", "groups")}},
		},
		"PingFederate with a distinguished name": {
			issuer: server, nameID: user, attributes: sdk.Attributes{mail, attribute("memberOf", "CN=Support,OU=Groups,DC=acme")},
			want: sdk.Profile{Subject: asIs("9d2c", sdk.FromNameID), Email: lower("ada@example.com", "email"), Groups: []sdk.Value{asIs("CN=Support,OU=Groups,DC=acme", "memberOf")}},
		},
		"transient, saml_subject is the user": {
			issuer: cloud, nameID: sdk.NameID{Value: "_x", Format: sdk.NameIDTransient}, attributes: sdk.Attributes{attribute("saml_subject", "9d2c"), mail, attribute("groups", "a")},
			want: sdk.Profile{Subject: asIs("9d2c", "saml_subject"), Email: lower("ada@example.com", "email"), Groups: []sdk.Value{asIs("a", "groups")}},
		},
		"transient, saml_subject is a copy": {
			issuer: cloud, nameID: sdk.NameID{Value: "_x", Format: sdk.NameIDTransient}, attributes: sdk.Attributes{attribute("saml_subject", "_x"), mail, attribute("groups", "a")},
			want:     sdk.Profile{Email: lower("ada@example.com", "email"), Groups: []sdk.Value{asIs("a", "groups")}},
			problems: []string{"warning subject pingone.subject_missing"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := p.Profile(t.Context(), &sdk.ProfileRequest{IDPEntityID: c.issuer, NameID: c.nameID, Attributes: c.attributes})
			require.NoError(t, err)
			require.Equal(t, c.problems, sdktest.Codes(got.Problems))
			got.Problems = nil
			require.Equal(t, &c.want, got)
		})
	}
}
