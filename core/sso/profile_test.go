package sso_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/idplug/idplug/core/sso"
)

var assertion = sso.Assertion{
	NameID: sso.NameID{Value: "Ada"},
	Attributes: sso.Attributes{
		{Name: "mail", FriendlyName: "Mail", Values: []string{" Ada@Example.com "}},
		{Name: "groups", Values: []string{"a, b;c", "d"}},
		{Name: "blank", Values: []string{""}},
	},
}

func TestWhatFollowsFromAnAssertion(t *testing.T) {
	for v, want := range map[sso.Value]bool{
		{Text: " Ada@Example.com ", From: "mail", Op: sso.AsIs}: true,
		{Text: "Ada@Example.com", From: "mail", Op: sso.AsIs}:   false,
		{Text: "Ada@Example.com", From: "mail", Op: sso.Trim}:   true,
		{Text: "ada@example.com", From: "mail", Op: sso.Lower}:  true,
		{Text: "ada@example.com", From: "Mail", Op: sso.Lower}:  true, // by FriendlyName
		{Text: "ada@example.com", From: "email", Op: sso.Lower}: false,
		{Text: "Ada", From: sso.FromNameID, Op: sso.AsIs}:       true,
		{Text: "ada", From: sso.FromNameID, Op: sso.Lower}:      true,
		{Text: "b", From: "groups", Op: sso.Split}:              true,
		{Text: "d", From: "groups", Op: sso.Split}:              true,
		{Text: "a, b", From: "groups", Op: sso.Split}:           false,
		{Text: "b;c", From: "groups", Op: sso.SplitCommas}:      true,
		{Text: "b", From: "groups", Op: sso.SplitCommas}:        false,
		{Text: "a, b", From: "groups", Op: sso.SplitSemicolons}: true,
		{Text: "b", From: "groups", Op: sso.SplitSemicolons}:    false,
		{Text: "b", From: "groups", Op: sso.AsIs}:               false,
		{Text: "d", From: "groups", Op: "upper"}:                false,
		{Text: "d", From: "groups"}:                             false,
		{Text: "", From: "groups", Op: sso.Split}:               false,
		{Text: "", From: "blank", Op: sso.AsIs}:                 false,
		{}:                                                      false,
	} {
		require.Equal(t, want, v.FollowsFrom(assertion), "%+v", v)
	}
}

func TestAPluginCanChooseAndNeverInvent(t *testing.T) {
	mail := sso.Value{Text: "ada@example.com", From: "mail", Op: sso.Lower}
	for name, c := range map[string]struct {
		profile sso.Profile
		want    string
	}{
		"nothing":                    {sso.Profile{}, ""},
		"proven":                     {sso.Profile{Subject: sso.Value{Text: "Ada", From: sso.FromNameID, Op: sso.AsIs}, Email: mail, Groups: []sso.Value{{Text: "c", From: "groups", Op: sso.Split}}}, ""},
		"an invented address":        {sso.Profile{Email: sso.Value{Text: "root@example.com", From: "mail", Op: sso.Lower}}, "email"},
		"an address out of a list":   {sso.Profile{Email: sso.Value{Text: "d", From: "groups", Op: sso.Split}}, "email"},
		"an address after a comma":   {sso.Profile{Email: sso.Value{Text: "d", From: "groups", Op: sso.SplitCommas}}, "email"},
		"an address after another":   {sso.Profile{Email: sso.Value{Text: "d", From: "groups", Op: sso.SplitSemicolons}}, "email"},
		"a subject made lower":       {sso.Profile{Subject: sso.Value{Text: "ada", From: sso.FromNameID, Op: sso.Lower}}, "subject"},
		"an invented name":           {sso.Profile{DisplayName: sso.Value{Text: "x", From: "mail", Op: sso.AsIs}}, "display_name"},
		"an invented group":          {sso.Profile{Groups: []sso.Value{{Text: "d", From: "groups", Op: sso.AsIs}, {Text: "admins", From: "groups", Op: sso.AsIs}}}, "groups"},
		"a group without a text":     {sso.Profile{Groups: []sso.Value{{From: "groups", Op: sso.AsIs}}}, "groups"},
		"a value without provenance": {sso.Profile{GivenName: sso.Value{Text: "Ada"}}, "given_name"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, c.profile.Unproven(assertion)) })
	}
}

// Ten thousand groups proven one by one from ten thousand values, and from ten thousand attributes.
func TestProvingTakesOnePass(t *testing.T) {
	const n = 10_000
	a := sso.Assertion{Attributes: sso.Attributes{{Name: "groups"}}}
	var p sso.Profile
	for i := range n {
		group := "group-" + strconv.Itoa(i)
		a.Attributes[0].Values = append(a.Attributes[0].Values, group)
		a.Attributes = append(a.Attributes, sso.Attribute{Name: group, Values: []string{group}})
		p.Groups = append(p.Groups, sso.Value{Text: group, From: "groups", Op: sso.AsIs}, sso.Value{Text: group, From: group, Op: sso.Lower})
	}
	require.Empty(t, p.Unproven(a))
	p.Groups = append(p.Groups, sso.Value{Text: "group-" + strconv.Itoa(n), From: "groups", Op: sso.AsIs})
	require.Equal(t, "groups", p.Unproven(a))
}

// A value follows as it is exactly when the attribute has it, however names and friendly names repeat and cross.
func TestProofAgreesWithValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := sso.Assertion{Attributes: someAttributes.Draw(t, "attributes")}
		name, text := someName.Draw(t, "name"), someValue.Draw(t, "text")
		has := false
		for _, v := range a.Attributes.Values(name) {
			has = has || v == text
		}
		require.Equal(t, has && text != "", sso.Value{Text: text, From: name, Op: sso.AsIs}.FollowsFrom(a))
	})
}

func TestNamesOfProfiles(t *testing.T) {
	value := func(s string) sso.Value { return sso.Value{Text: s} }
	for want, p := range map[string]sso.Profile{
		"Ada L.":                 {DisplayName: value("Ada L."), GivenName: value("Ada"), Email: value("a@b.c")},
		"Ada Lovelace":           {GivenName: value("Ada"), FamilyName: value("Lovelace"), Email: value("a@b.c")},
		"Lovelace":               {FamilyName: value("Lovelace")},
		"a@b.c":                  {DisplayName: value(" \u202e\x00 "), Email: value("a@b.c")},
		"b@c.d":                  {Email: value(" b@c.d\n")},
		"evil":                   {DisplayName: value("\u202eevil\u2066\n")},
		strings.Repeat("ä", 100): {DisplayName: value(strings.Repeat("ä", 300))},
		"bounds":                 {DisplayName: value("b\x1fo\x7fu\u0080n\u009fd\u202a\u202es\u2066\u2069")},
		"\u0021\u007e\u00a0\u2029\u202f\u2065\u206a!": {DisplayName: value("\u0021\u007e\u00a0\u2029\u202f\u2065\u206a!")},
		"x" + strings.Repeat("ä", 99):                 {DisplayName: value("x" + strings.Repeat("ä", 300))},
	} {
		got := p.Name()
		require.Equal(t, want, got)
		require.True(t, utf8.ValidString(got) && len(got) <= sso.MaxName)
	}
}
