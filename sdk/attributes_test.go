package sdk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
)

func TestAttributesAreFoundByNameThenFriendlyName(t *testing.T) {
	t.Parallel()
	as := sdk.Attributes{
		{Name: "urn:oid:0.9.2342.19200300.100.1.3", FriendlyName: "mail", Values: []string{"", " ", "ada@example.com"}},
		{Name: "Role", Values: []string{"a"}},
		{Name: "nick", FriendlyName: "Role", Values: []string{"not a role"}},
		{Name: "Role", Values: []string{"b", "", "c"}},
		{Name: "empty"},
		{Name: "blank", FriendlyName: "Role", Values: []string{"\u00a0"}},
		{Name: sdk.FromNameID, FriendlyName: "shadowed", Values: []string{"x"}},
	}
	asIs := func(text, from string) sdk.Value { return sdk.Value{Text: text, From: from, Op: sdk.OpAsIs} }

	require.Equal(t, asIs("ada@example.com", "urn:oid:0.9.2342.19200300.100.1.3"), as.First("email", "mail"), "the Name proves, also when the FriendlyName finds")
	require.Equal(t, []sdk.Value{asIs("a", "Role"), asIs("b", "Role"), asIs("c", "Role")}, as.All("Role"), "repeated elements count together, blanks do not")
	require.Zero(t, as.First("role"), "case counts")
	require.Zero(t, as.First("empty", "blank", "absent"))
	require.Zero(t, as.First(sdk.FromNameID, "shadowed"), "an attribute of that name cannot prove anything")
	require.Empty(t, as.All("empty"))
	require.True(t, as.Has("empty"))
	require.False(t, as.Has("absent"))
}

func TestNamesAreThoseWithAValue(t *testing.T) {
	t.Parallel()
	as := sdk.Attributes{{Name: "uid", Values: []string{"u1"}}, {Name: "mail1", Values: []string{" "}}, {Name: "cn", Values: []string{""}}, {Name: "cn", Values: []string{"Ada"}}, {Name: "uid", Values: []string{"u2"}}}
	require.Equal(t, []string{"uid", "cn"}, as.Names())
}

func TestNameIDFormats(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]struct{ transient, unspecified bool }{
		sdk.NameIDTransient: {transient: true}, sdk.NameIDUnspecified: {unspecified: true}, "": {unspecified: true}, sdk.NameIDEmail: {}, sdk.NameIDPersistent: {},
		"urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified": {unspecified: true}, "urn:oasis:names:tc:SAML:2.0:nameid-format:unspecified": {unspecified: true},
		"urn:acme:nameid-format:unspecified": {},
	} {
		id := sdk.NameID{Value: "x", Format: format}
		require.Equal(t, want.transient, id.Transient(), format)
		require.Equal(t, want.unspecified, id.Unspecified(), format)
	}
}

func TestSubjectAndEmailOfARequest(t *testing.T) {
	t.Parallel()
	r := sdk.ProfileRequest{NameID: sdk.NameID{Value: "Ada@Example.com", Format: sdk.NameIDEmail}, Attributes: sdk.Attributes{{Name: "id", Values: []string{"u1"}}, {Name: "mail", Values: []string{"CORP\\ada"}}}}
	require.Equal(t, r.Attributes.First("id"), r.Subject("uid", "id"))
	require.Equal(t, r.NameID.AsValue(), r.Subject("uid"))
	require.Equal(t, r.NameID.AsValue().Lower(), r.Email("mail"), "what is no address is passed over")
	r.NameID = sdk.NameID{Value: "_1", Format: sdk.NameIDTransient}
	require.Zero(t, r.Subject("uid"))
	require.Zero(t, r.Email("mail"))
}

func TestNameIDAsValue(t *testing.T) {
	t.Parallel()
	require.Equal(t, sdk.Value{Text: "u1", From: sdk.FromNameID, Op: sdk.OpAsIs}, sdk.NameID{Value: "u1"}.AsValue())
	require.Zero(t, sdk.NameID{Value: " "}.AsValue())
}

func TestAddressesAndListsComeFromTheFirstNameThatHasThem(t *testing.T) {
	t.Parallel()
	as := sdk.Attributes{
		{Name: "email", Values: []string{"Ada Lovelace", "Ada <ada@example.com>", "a@example.com,b@example.com"}},
		{Name: "mail", Values: []string{"", " Ada@example.com "}},
		{Name: "groups", Values: []string{" "}},
		{Name: "memberOf", Values: []string{"a, b", "c"}},
	}
	require.Equal(t, sdk.Value{Text: " Ada@example.com ", From: "mail", Op: sdk.OpAsIs}, as.FirstAddress("email", "mail"))
	require.Zero(t, as.FirstAddress("email", "absent"))
	require.Equal(t, as.All("memberOf"), as.FirstList("absent", "groups", "memberOf"))
	require.Empty(t, as.FirstList("groups"))
	require.Zero(t, sdk.Value{}.Address())
}

func TestCommonNamesAreNamesOfOneField(t *testing.T) {
	t.Parallel()
	seen := map[string]sdk.ProfileField{}
	for _, f := range []sdk.ProfileField{sdk.FieldSubject, sdk.FieldEmail, sdk.FieldGivenName, sdk.FieldFamilyName, sdk.FieldDisplayName, sdk.FieldGroups} {
		names := sdk.CommonNames(f)
		require.NotEmpty(t, names, f)
		for _, name := range names {
			require.Empty(t, seen[name], name)
			seen[name] = f
		}
	}
	require.Empty(t, sdk.CommonNames("shoe_size"))
}
