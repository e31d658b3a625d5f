package sso_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

func TestEmails(t *testing.T) {
	local := strings.Repeat("l", 64)
	for in, want := range map[string]sso.Email{
		"ada@example.com":                        "ada@example.com",
		" Ada.L+x@EXAMPLE.com\t":                 "ada.l+x@example.com",
		"o'brien@example.co.uk":                  "o'brien@example.co.uk",
		"root@localhost":                         "root@localhost",
		"a@xn--bcher-kva.example":                "a@xn--bcher-kva.example",
		local + "@example.com":                   sso.Email(local + "@example.com"),
		"":                                       "",
		"ada":                                    "",
		"@example.com":                           "",
		"ada@":                                   "",
		"ada@@example.com":                       "",
		"ada@b@example.com":                      "",
		".ada@example.com":                       "",
		"ada.@example.com":                       "",
		"a..b@example.com":                       "",
		"ada@-example.com":                       "",
		"ada@example-.com":                       "",
		"ada@example..com":                       "",
		"ada@example.com.":                       "",
		"ada@.example.com":                       "",
		"ada@exa_mple.com":                       "",
		"ada@[127.0.0.1]":                        "",
		"ada b@example.com":                      "",
		"ada@example.com,bob@example.com":        "",
		"ada@example.com\nbcc: x":                "",
		"ada\x00@example.com":                    "",
		`"ada"@example.com`:                      "",
		"ada(comment)@example.com":               "",
		"Ada <ada@example.com>":                  "",
		"\u0430da@example.com":                   "", // Cyrillic a
		"ada@ex\u0430mple.com":                   "",
		"ada@example\u3002com":                   "", // ideographic full stop
		"ada\uff20example.com":                   "", // full-width @
		"\uff41da@example.com":                   "", // full-width a
		"\u212aate@example.com":                  "", // Kelvin sign, lower-case k
		"\u0130da@example.com":                   "", // dotted capital I, lower-case i and a dot
		"a\u0131da@example.com":                  "", // dotless i
		"\u017fam@example.com":                   "", // long s, upper-case S
		"ada\u200b@example.com":                  "", // zero width space
		"a\u0301da@example.com":                  "", // combining accent
		"ada@b\u00fccher.example":                "",
		"\u202eada@example.com":                  "",
		local + "l@example.com":                  "",
		"a@" + strings.Repeat("d.", 130) + "com": "",
		"a@" + local + ".com":                    "",
	} {
		got, ok := sso.ParseEmail(in)
		require.Equal(t, want, got, "%q", in)
		require.Equal(t, want != "", ok, "%q", in)
		if ok {
			again, ok := sso.ParseEmail(string(got))
			require.True(t, ok)
			require.Equal(t, got, again, "one form")
		}
	}
	require.Equal(t, "example.com", sso.Email("ada@example.com").Domain())
}

func TestIdentifiers(t *testing.T) {
	for in, want := range map[string]struct{ slug, provider, key bool }{
		"acme":                  {true, true, true},
		"a":                     {true, false, true},
		"7":                     {true, false, true},
		"a-b":                   {true, true, true},
		"a_b":                   {false, false, true},
		"a.b":                   {false, false, true},
		"9to5":                  {true, false, true},
		"a-":                    {false, true, true},
		"-a":                    {false, false, false},
		"_a":                    {false, false, false},
		"":                      {false, false, false},
		"Acme":                  {false, false, false},
		"acme\n":                {false, false, false},
		"../etc":                {false, false, false},
		"a b":                   {false, false, false},
		"\u0430cme":             {false, false, false}, // Cyrillic a
		"\u017fso":              {false, false, false}, // long s
		"\u0661":                {false, false, false}, // Arabic digit one
		strings.Repeat("a", 40): {true, true, true},
		strings.Repeat("a", 41): {true, false, true},
		strings.Repeat("a", 63): {true, false, true},
		strings.Repeat("a", 64): {false, false, false},
	} {
		require.Equal(t, want.slug, sso.TenantID(in).Valid(), "slug %q", in)
		require.Equal(t, want.provider, sso.ProviderKey(in).Valid(), "provider %q", in)
		require.Equal(t, want.key, sso.Key(in).Valid(), "key %q", in)
	}
}

func TestAllowsEmail(t *testing.T) {
	some := sso.Tenant{EmailDomains: []string{"example.com", "example.org"}}
	require.True(t, some.AllowsEmail("ada@example.org"))
	require.False(t, some.AllowsEmail("ada@sub.example.org"))
	require.False(t, some.AllowsEmail("ada@example.org.evil.com"))
	require.False(t, some.AllowsEmail("ada@notexample.org"))
	require.True(t, sso.Tenant{}.AllowsEmail("ada@anywhere.net"))
}

// TestAFormatOfTheProvidersOwnIsAClassOfItsOwn: the provider writes the format, so it must not be able to write one of our classes.
func TestAFormatOfTheProvidersOwnIsAClassOfItsOwn(t *testing.T) {
	class := func(format string) sso.IdentityClass {
		id, ok := sso.IdentityOf("acme", sso.Assertion{IDPEntityID: "idp", NameID: sso.NameID{Value: "uid=ada-1", Format: format}})
		require.True(t, ok, format)
		return id.Class
	}
	const standard = "urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos"
	require.Equal(t, sso.ClassPersistent, class(sso.FormatPersistent))
	require.Equal(t, sso.IdentityClass(standard), class(standard), "as it was stored before")

	seen := map[sso.IdentityClass]string{
		sso.ClassNameID: "no format", sso.ClassPersistent: sso.FormatPersistent, sso.ClassAttribute: "an attribute", standard: standard,
	}
	for _, ours := range []string{"nameid", "persistent", "attribute", "kerberos", sso.FormatPersistent, sso.FormatEmail, standard} {
		for _, hostile := range []string{
			ours, ours + " ", " " + ours, strings.ToUpper(ours), "format:" + ours, "format:format:" + ours, "FORMAT:" + ours, ours + "=", "urn:" + ours, ours + "#",
		} {
			if hostile == sso.FormatPersistent || hostile == sso.FormatEmail || hostile == standard {
				continue
			}
			c := class(hostile)
			require.Empty(t, seen[c], "%q is taken for another", hostile)
			seen[c] = hostile
		}
	}
	learnt, ok := sso.IdentityByAttribute("acme", sso.Assertion{Attributes: sso.Attributes{{Name: "uid", Values: []string{"ada-1"}}}}, "uid")
	require.True(t, ok)
	forged, ok := sso.IdentityOf("acme", sso.Assertion{NameID: sso.NameID{Value: learnt.Value, Format: "attribute"}})
	require.True(t, ok)
	require.NotEqual(t, learnt, forged)
}

func TestIdentities(t *testing.T) {
	of := func(value, format string) sso.Assertion {
		return sso.Assertion{IDPEntityID: "idp", NameID: sso.NameID{Value: value, Format: format}, Attributes: sso.Attributes{
			{Name: "oid", Values: []string{"1"}},
			{Name: "groups", Values: []string{"a", "b"}},
			{Name: "blank", Values: []string{""}},
			{Name: "longest", Values: []string{strings.Repeat("x", sso.MaxNameID)}},
			{Name: "long", Values: []string{strings.Repeat("x", sso.MaxNameID+1)}},
		}}
	}
	plain, ok := sso.IdentityOf("acme", of("ada", ""))
	require.True(t, ok)
	require.Equal(t, sso.Identity{Tenant: "acme", IDPEntityID: "idp", Class: sso.ClassNameID, Value: "ada"}, plain)
	for _, same := range []string{
		sso.FormatUnspecified, sso.FormatEmail, "urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified", "urn:oasis:names:tc:SAML:2.0:nameid-format:emailAddress",
	} {
		id, ok := sso.IdentityOf("acme", of("ada", same))
		require.True(t, ok)
		require.Equal(t, plain, id, same)
	}
	for _, other := range []string{sso.FormatPersistent, "urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos", "urn:acme:nameid-format:emailAddress"} {
		id, ok := sso.IdentityOf("acme", of("ada", other))
		require.True(t, ok)
		require.NotEqual(t, plain, id, other)
	}
	_, ok = sso.IdentityOf("acme", of("ada", sso.FormatTransient))
	require.False(t, ok)

	id, ok := sso.IdentityByAttribute("acme", of("_x", sso.FormatTransient), "oid")
	require.True(t, ok)
	require.Equal(t, sso.Identity{Tenant: "acme", IDPEntityID: "idp", Class: sso.ClassAttribute, Value: "oid=1"}, id)
	_, ok = sso.IdentityByAttribute("acme", of("_x", sso.FormatTransient), "longest")
	require.True(t, ok)
	for _, unfit := range []string{"groups", "blank", "long", "absent"} {
		_, ok := sso.IdentityByAttribute("acme", of("_x", sso.FormatTransient), unfit)
		require.False(t, ok, unfit)
	}
}
