package adfs_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/adfs"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
)

func attribute(name string, values ...string) sdk.Attribute {
	return sdk.Attribute{Name: name, Values: values}
}

func ask(t *testing.T, name sdk.NameID, attributes ...sdk.Attribute) *sdk.Profile {
	t.Helper()
	p, err := adfs.Provider{}.Profile(t.Context(), &sdk.ProfileRequest{NameID: name, Attributes: attributes})
	require.NoError(t, err)
	return p
}

const (
	claims    = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
	microsoft = "http://schemas.microsoft.com/ws/2008/06/identity/claims/"
	v1        = "http://schemas.xmlsoap.org/claims/"
)

func TestWhereTheAddressComesFrom(t *testing.T) {
	t.Parallel()
	mail, upn := attribute(claims+"emailaddress", "Ada@Acme.example"), attribute(claims+"upn", "ada.l@acme.example")
	group := attribute(v1+"Group", "Support")
	const fromUPN, internal, missing = "info email adfs.email_from_upn", "warning email adfs.internal_upn", "warning email adfs.email_missing"
	for name, c := range map[string]struct {
		nameID     sdk.NameID
		attributes sdk.Attributes
		text, from string
		problems   []string
	}{
		"the claim":                                         {sdk.NameID{Value: "x@acme.example"}, sdk.Attributes{upn, mail}, "ada@acme.example", claims + "emailaddress", nil},
		"the claim of AD FS 1.x":                            {sdk.NameID{}, sdk.Attributes{attribute(v1+"EmailAddress", "ada@acme.example")}, "ada@acme.example", v1 + "EmailAddress", nil},
		"a name typed into a rule":                          {sdk.NameID{}, sdk.Attributes{attribute("mail", "ada@acme.example")}, "ada@acme.example", "mail", nil},
		"a NameID of that format":                           {sdk.NameID{Value: "Ada@acme.example", Format: sdk.NameIDEmail}, sdk.Attributes{upn}, "ada@acme.example", sdk.FromNameID, nil},
		"a NameID that says nothing":                        {sdk.NameID{Value: "ada@acme.example"}, nil, "ada@acme.example", sdk.FromNameID, []string{fromUPN}},
		"the user principal name":                           {sdk.NameID{Value: `ACME\ada`, Format: sdk.NameIDUnspecified}, sdk.Attributes{upn}, "ada.l@acme.example", claims + "upn", []string{fromUPN}},
		"Name holds it":                                     {sdk.NameID{Value: "1"}, sdk.Attributes{attribute(claims+"name", "ada@acme.example")}, "ada@acme.example", claims + "name", []string{fromUPN}},
		"of a forest without mail":                          {sdk.NameID{Value: "ada@corp.local"}, sdk.Attributes{attribute(claims+"upn", "ada@CORP.LOCAL ")}, "", "", []string{internal}},
		"the second is better":                              {sdk.NameID{Value: "ada@corp.local"}, sdk.Attributes{upn}, "ada.l@acme.example", claims + "upn", []string{fromUPN}},
		"an account name is no address":                     {sdk.NameID{Value: `ACME\ada`}, sdk.Attributes{attribute(microsoft+"windowsaccountname", `ACME\ada`)}, "", "", []string{missing}},
		"an empty claim is no address":                      {sdk.NameID{Value: "ada"}, sdk.Attributes{attribute(claims+"emailaddress", "")}, "", "", []string{missing}},
		"a mail address below a .local is what was entered": {sdk.NameID{}, sdk.Attributes{attribute(claims+"emailaddress", "ada@corp.local")}, "ada@corp.local", claims + "emailaddress", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.nameID.Value == "" {
				c.nameID.Value = "x"
			}
			p := ask(t, c.nameID, append(c.attributes, group)...)
			require.Equal(t, c.text, p.Email.Text)
			require.Equal(t, c.from, p.Email.From)
			require.Equal(t, c.problems, sdktest.Codes(p.Problems))
		})
	}
}

func TestWhoSomebodyIs(t *testing.T) {
	t.Parallel()
	sid := attribute(microsoft+"primarysid", "S-1-5-21-1-2-3-1105")
	account := sdk.NameID{Value: `ACME\ada`, Format: sdk.NameIDUnspecified}
	transient := sdk.NameID{Value: "_1", Format: sdk.NameIDTransient}
	require.Equal(t, microsoft+"primarysid", ask(t, account, sid).Subject.From, "a SID is never given to another person")
	require.Equal(t, `ACME\ada`, ask(t, account).Subject.Text)
	require.Equal(t, "S-1-5-21-1-2-3-1105", ask(t, transient, sid).Subject.Text)
	nobody := ask(t, transient, attribute(claims+"upn", "ada@acme.example"), attribute(microsoft+"windowsaccountname", `ACME\ada`))
	require.Zero(t, nobody.Subject, "names are given to others one day")
	require.Contains(t, sdktest.Codes(nobody.Problems), "warning subject adfs.subject_missing")
}

func TestGroupsAreTakenAsTheyCome(t *testing.T) {
	t.Parallel()
	const dn = "CN=Support,OU=Groups,DC=acme,DC=example"
	name := sdk.NameID{Value: "ada@acme.example", Format: sdk.NameIDEmail}
	for text, c := range map[string]struct {
		attributes sdk.Attributes
		want       []string
		problems   []string
	}{
		"names before SIDs":   {sdk.Attributes{attribute(microsoft+"groupsid", "S-1-5-21-1-2-3-513"), attribute(v1+"Group", "Support, EMEA", `ACME\Agents`)}, []string{"Support, EMEA", `ACME\Agents`}, nil},
		"roles":               {sdk.Attributes{attribute(microsoft+"role", "Support")}, []string{"Support"}, nil},
		"distinguished names": {sdk.Attributes{attribute("memberOf", dn)}, []string{dn}, nil},
		"SIDs only":           {sdk.Attributes{attribute(microsoft+"groupsid", "S-1-5-21-1-2-3-513", "S-1-5-21-1-2-3-1117")}, []string{"S-1-5-21-1-2-3-513", "S-1-5-21-1-2-3-1117"}, []string{"info groups adfs.group_sids"}},
		"none":                {nil, nil, []string{"info groups adfs.groups_missing"}},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			p := ask(t, name, c.attributes...)
			var got []string
			for _, g := range p.Groups {
				got = append(got, g.Text)
			}
			require.Equal(t, c.want, got)
			require.Equal(t, c.problems, sdktest.Codes(p.Problems))
		})
	}
}

func TestAnAccountIsNoName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{`ACME\ada`: "", "ada@acme.example": "", "Ada Lovelace": "Ada Lovelace"} {
		require.Equal(t, want, ask(t, sdk.NameID{Value: "1"}, attribute(claims+"name", name)).DisplayName.Text)
	}
	require.Equal(t, "Ada L.", ask(t, sdk.NameID{Value: "1"}, attribute(claims+"name", "Ada Lovelace"), attribute(v1+"CommonName", "Ada L.")).DisplayName.Text)
}
