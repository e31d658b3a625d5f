package sso_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/idplug/idplug/core/sso"
)

func TestRule10_Resolve(t *testing.T) {
	m := sso.Mapping{Defaults: []sso.Key{"analyst"}, Rows: []sso.Row{
		{Attribute: "groupID", Value: "admins", Grant: []sso.Key{"administrator"}},
		{Attribute: "groupID", Value: "emea", Grant: []sso.Key{"agent", "team_manager"}},
		{Attribute: "email", Value: "ada@example.com", Grant: []sso.Key{"developer"}},
		{Attribute: "groupID", Value: "tasks", Grant: []sso.Key{"task_user"}},
		{Attribute: "groupID", Value: "boards", Grant: []sso.Key{"liveboards_only"}},
		{Attribute: "groupID", Value: "old", Grant: []sso.Key{"long_gone"}},
	}}
	groups := func(values ...string) sso.Evidence {
		return sso.Evidence{Attributes: sso.Attributes{{Name: "groupID", Values: values}}}
	}
	for name, c := range map[string]struct {
		evidence sso.Evidence
		want     sso.Resolution
	}{
		"nothing matches":            {groups("x"), sso.Resolution{Keys: []sso.Key{"analyst"}, Defaulted: true}},
		"no attributes":              {sso.Evidence{}, sso.Resolution{Keys: []sso.Key{"analyst"}, Defaulted: true}},
		"one row":                    {groups("admins"), sso.Resolution{Keys: []sso.Key{"administrator"}, Matched: []int{0}}},
		"the union of two":           {groups("emea", "admins"), sso.Resolution{Keys: []sso.Key{"administrator", "team_manager", "agent"}, Matched: []int{0, 1}}},
		"exactly: case":              {groups("Admins"), sso.Resolution{Keys: []sso.Key{"analyst"}, Defaulted: true}},
		"exactly: space":             {groups(" admins"), sso.Resolution{Keys: []sso.Key{"analyst"}, Defaulted: true}},
		"exactly: part of a list":    {groups("admins,emea"), sso.Resolution{Keys: []sso.Key{"analyst"}, Defaulted: true}},
		"a proven part of a list":    {sso.Evidence{Derived: []sso.Value{{Text: "admins", From: "groupID", Op: sso.Split}}}, sso.Resolution{Keys: []sso.Key{"administrator"}, Matched: []int{0}}},
		"an exclusive one alone":     {groups("tasks"), sso.Resolution{Keys: []sso.Key{"task_user"}, Matched: []int{3}}},
		"an exclusive one beside":    {groups("tasks", "admins"), sso.Resolution{Keys: []sso.Key{"administrator"}, Matched: []int{0, 3}, Dropped: []sso.Key{"task_user"}}},
		"two exclusive ones":         {groups("boards", "tasks"), sso.Resolution{Keys: []sso.Key{"task_user"}, Matched: []int{3, 4}, Dropped: []sso.Key{"liveboards_only"}}},
		"two exclusive and others":   {groups("boards", "tasks", "emea"), sso.Resolution{Keys: []sso.Key{"team_manager", "agent"}, Matched: []int{1, 3, 4}, Dropped: []sso.Key{"task_user", "liveboards_only"}}},
		"a key not in the catalogue": {groups("old"), sso.Resolution{Keys: []sso.Key{}, Matched: []int{5}}},
		"by friendly name": {
			sso.Evidence{Attributes: sso.Attributes{{Name: "urn:oid:1", FriendlyName: "groupID", Values: []string{"admins"}}}},
			sso.Resolution{Keys: []sso.Key{"administrator"}, Matched: []int{0}},
		},
		"a name beats a friendly name": {
			sso.Evidence{Attributes: sso.Attributes{{Name: "urn:oid:1", FriendlyName: "groupID", Values: []string{"admins"}}, {Name: "groupID"}}},
			sso.Resolution{Keys: []sso.Key{"analyst"}, Defaulted: true},
		},
		"a repeated attribute": {
			sso.Evidence{Attributes: sso.Attributes{{Name: "groupID", Values: []string{"x"}}, {Name: "groupID", Values: []string{"admins"}}}},
			sso.Resolution{Keys: []sso.Key{"administrator"}, Matched: []int{0}},
		},
		"the plugin's address": {sso.Evidence{Email: "ada@example.com"}, sso.Resolution{Keys: []sso.Key{"developer"}, Matched: []int{2}}},
		"the attribute email": {
			sso.Evidence{Attributes: sso.Attributes{{Name: "email", Values: []string{"ada@example.com"}}}, Email: "a@example.com"},
			sso.Resolution{Keys: []sso.Key{"developer"}, Matched: []int{2}},
		},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, m.Resolve(c.evidence, sso.DefaultRoles())) })
	}
}

// Small alphabets, so that rows match, repeat and clash often.
var (
	someKey   = rapid.SampledFrom([]sso.Key{"administrator", "agent", "analyst", "task_user", "liveboards_only", "unknown"})
	someName  = rapid.SampledFrom([]string{"groupID", "email", "dept", ""})
	someValue = rapid.SampledFrom([]string{"a", "b", "ada@example.com", ""})
)

var someMapping = rapid.Custom(func(t *rapid.T) sso.Mapping {
	row := rapid.Custom(func(t *rapid.T) sso.Row {
		return sso.Row{Attribute: someName.Draw(t, "attribute"), Value: someValue.Draw(t, "value"), Grant: rapid.SliceOfN(someKey, 0, 3).Draw(t, "grant")}
	})
	return sso.Mapping{Defaults: rapid.SliceOfN(someKey, 0, 3).Draw(t, "defaults"), Rows: rapid.SliceOfN(row, 0, 6).Draw(t, "rows")}
})

var someEvidence = rapid.Custom(func(t *rapid.T) sso.Evidence {
	return sso.Evidence{
		Attributes: someAttributes.Draw(t, "attributes"),
		Email:      rapid.SampledFrom([]sso.Email{"", "ada@example.com"}).Draw(t, "email"),
	}
})

var someAttributes = rapid.Custom(func(t *rapid.T) sso.Attributes {
	attribute := rapid.Custom(func(t *rapid.T) sso.Attribute {
		return sso.Attribute{
			Name: someName.Draw(t, "name"), FriendlyName: someName.Draw(t, "friendly name"), Values: rapid.SliceOfN(someValue, 0, 3).Draw(t, "values"),
		}
	})
	return rapid.SliceOfN(attribute, 0, 4).Draw(t, "attributes")
})

// matching is the rule said slowly: the rows of which any value of the attribute equals the row's value.
func matching(m sso.Mapping, e sso.Evidence) (rows []int) {
	for i, row := range m.Rows {
		values := e.Attributes.Values(row.Attribute)
		if slices.Contains(values, row.Value) || (row.Attribute == "email" && e.Email != "" && string(e.Email) == row.Value) {
			rows = append(rows, i)
		}
	}
	return rows
}

func TestRule10_ResolveIsTheRuleSaidSlowly(t *testing.T) {
	roles := sso.DefaultRoles()
	rapid.Check(t, func(t *rapid.T) {
		m, e := someMapping.Draw(t, "mapping"), someEvidence.Draw(t, "evidence")
		r := m.Resolve(e, roles)
		require.Equal(t, matching(m, e), r.Matched)
		require.Equal(t, len(r.Matched) == 0, r.Defaulted, "the defaults exactly when no row matches")
		granted := m.Defaults
		if !r.Defaulted {
			granted = nil
			for _, i := range r.Matched {
				granted = append(granted, m.Rows[i].Grant...)
			}
		}
		for _, k := range slices.Concat(r.Keys, r.Dropped) {
			require.Contains(t, granted, k, "never a role that no matching row or default names")
			require.GreaterOrEqual(t, roles.Index(k), 0)
		}
		for _, k := range granted {
			require.True(t, roles.Index(k) < 0 || slices.Contains(r.Keys, k) || slices.Contains(r.Dropped, k), "the whole union")
		}
		_, clash := roles.ExclusiveClash(r.Keys)
		require.False(t, clash, "exclusive never combined")
		require.Equal(t, roles.Order(r.Keys), r.Keys, "in catalogue order, each once")
		for _, k := range r.Dropped {
			require.True(t, roles[roles.Index(k)].Exclusive, "only exclusive ones are dropped")
		}
		require.True(t, len(r.Dropped) == 0 || len(r.Keys) > 0, "something stays")
	})
}

func TestRule10_OrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, e := someMapping.Draw(t, "mapping"), someEvidence.Draw(t, "evidence")
		want := m.Resolve(e, sso.DefaultRoles())
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		shuffled := sso.Mapping{Defaults: shuffle(random, m.Defaults), Rows: shuffle(random, m.Rows)}
		e.Attributes = shuffle(random, e.Attributes)
		for i := range e.Attributes {
			e.Attributes[i].Values = shuffle(random, e.Attributes[i].Values)
		}
		got := shuffled.Resolve(e, sso.DefaultRoles())
		require.Equal(t, want.Keys, got.Keys)
		require.Equal(t, want.Dropped, got.Dropped)
		require.Len(t, got.Matched, len(want.Matched))
	})
}

func shuffle[S ~[]T, T any](random *rand.Rand, in S) S {
	out := slices.Clone(in)
	random.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// Ten thousand groups against ten thousand rows with a long catalogue: a product of any two of them would take minutes.
func TestResolveAndCheckTakeOnePass(t *testing.T) {
	const n = 10_000
	var roles sso.Catalogue
	for i := range sso.MaxEntries {
		roles = append(roles, sso.Entry{Key: sso.Key(fmt.Sprintf("role-%d", i)), Name: "x"})
	}
	var m sso.Mapping
	e := sso.Evidence{Attributes: sso.Attributes{{Name: "g"}}}
	for i := range n {
		value := fmt.Sprint("group-", i)
		m.Rows = append(m.Rows, sso.Row{Attribute: "g", Value: value, Grant: []sso.Key{roles[i%len(roles)].Key}})
		e.Attributes[0].Values = append(e.Attributes[0].Values, value)
		e.Attributes = append(e.Attributes, sso.Attribute{Name: value, FriendlyName: "f" + value, Values: []string{value}})
	}
	require.Empty(t, m.Check(sso.RoleFields, roles))
	r := m.Resolve(e, roles)
	require.Len(t, r.Matched, n)
	require.Len(t, r.Keys, len(roles))
	require.Equal(t, r.Keys, m.Sync(nil, e, roles))
}

func TestRule12_Check(t *testing.T) {
	long := strings.Repeat("x", sso.MaxAttributeName+1)
	row := sso.Row{Attribute: "g", Value: "a", Grant: []sso.Key{"agent"}}
	full := sso.Row{Attribute: long[1:], Value: long[1:], Grant: row.Grant}
	unknown := func(n int) (keys []sso.Key, want []string) {
		for i := range n {
			keys, want = append(keys, "king"), append(want, fmt.Sprintf("default_roles[%d]: unknown_key", i))
		}
		return keys, want
	}
	most, mostSaid := unknown(sso.MaxGrants)
	for name, c := range map[string]struct {
		mapping sso.Mapping
		want    []string
	}{
		"good":            {sso.Mapping{Defaults: []sso.Key{"agent", "analyst"}, Rows: []sso.Row{row, {Attribute: "g", Value: "b", Grant: []sso.Key{"task_user"}}}}, nil},
		"unknown":         {sso.Mapping{Defaults: []sso.Key{"agent", "king"}}, []string{"default_roles[1]: unknown_key"}},
		"empty":           {sso.Mapping{Rows: []sso.Row{{}}}, []string{"role_mappings[0].saml_attribute: required", "role_mappings[0].saml_attribute_value: required", "role_mappings[0].roles: required"}},
		"long":            {sso.Mapping{Rows: []sso.Row{{Attribute: long, Value: long, Grant: row.Grant}}}, []string{"role_mappings[0].saml_attribute: too_long", "role_mappings[0].saml_attribute_value: too_long"}},
		"as long as can":  {sso.Mapping{Rows: []sso.Row{full}}, nil},
		"a role twice":    {sso.Mapping{Defaults: []sso.Key{"agent", "analyst", "agent"}}, []string{"default_roles[2]: duplicate"}},
		"all grants":      {sso.Mapping{Defaults: most}, mostSaid},
		"twice":           {sso.Mapping{Rows: []sso.Row{row, row}}, []string{"role_mappings[1]: duplicate_row"}},
		"case differs":    {sso.Mapping{Rows: []sso.Row{row, {Attribute: "G", Value: "a", Grant: row.Grant}}}, nil},
		"exclusive":       {sso.Mapping{Rows: []sso.Row{{Attribute: "g", Value: "a", Grant: []sso.Key{"agent", "task_user"}}}}, []string{"role_mappings[0].roles: exclusive_role"}},
		"too many grants": {sso.Mapping{Defaults: make([]sso.Key, sso.MaxGrants+1)}, []string{"default_roles: too_many"}},
		"too many rows":   {sso.Mapping{Rows: make([]sso.Row, sso.MaxRows+1)}, []string{"role_mappings: too_many"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, list(c.mapping.Check(sso.RoleFields, sso.DefaultRoles())))
		})
	}
}

// list gives problems as "field: code".
func list(ps sso.Problems) (out []string) {
	for _, p := range ps {
		out = append(out, p.Field+": "+string(p.Code))
	}
	return out
}

// TestRule11_TheAddressThatAPluginFoundIsThere, though no attribute is called email: what its rows do not grant is taken away.
func TestRule11_TheAddressThatAPluginFoundIsThere(t *testing.T) {
	m := sso.Mapping{Rows: []sso.Row{{Attribute: "email", Value: "root@acme.test", Grant: []sso.Key{"administrator"}}}}
	had := []sso.Key{"administrator"}
	require.Empty(t, m.Sync(had, sso.Evidence{Email: "ada@acme.test"}, sso.DefaultRoles()))
	require.Equal(t, had, m.Sync(had, sso.Evidence{Email: "root@acme.test"}, sso.DefaultRoles()))
	require.Equal(t, had, m.Sync(had, sso.Evidence{}, sso.DefaultRoles()), "none was found: unknown")
}

func TestRule11_SyncStripsNobodyByAccident(t *testing.T) {
	m := sso.Mapping{Defaults: []sso.Key{"analyst"}, Rows: []sso.Row{
		{Attribute: "groups", Value: "admins", Grant: []sso.Key{"administrator"}},
		{Attribute: "dept", Value: "support", Grant: []sso.Key{"agent"}},
	}}
	has := func(name string, values ...string) sso.Attribute { return sso.Attribute{Name: name, Values: values} }
	for name, c := range map[string]struct {
		mapping  sso.Mapping
		current  []sso.Key
		evidence sso.Attributes
		want     []sso.Key
	}{
		"replaced":                       {m, []sso.Key{"developer"}, sso.Attributes{has("groups", "admins"), has("dept", "support")}, []sso.Key{"administrator", "agent"}},
		"taken away":                     {m, []sso.Key{"administrator", "agent"}, sso.Attributes{has("groups"), has("dept", "support")}, []sso.Key{"agent"}},
		"no rows change nothing":         {sso.Mapping{Defaults: m.Defaults}, []sso.Key{"agent"}, nil, []sso.Key{"agent"}},
		"absent attributes":              {m, []sso.Key{"administrator"}, nil, []sso.Key{"administrator"}},
		"what an absent one may grant":   {m, []sso.Key{"administrator", "developer"}, sso.Attributes{has("dept", "support")}, []sso.Key{"administrator", "agent"}},
		"present and nothing matches":    {m, []sso.Key{"administrator"}, sso.Attributes{has("groups", "x"), has("dept", "y")}, []sso.Key{"analyst"}},
		"nothing would be left":          {sso.Mapping{Rows: m.Rows}, []sso.Key{"administrator"}, sso.Attributes{has("groups", "x"), has("dept", "y")}, []sso.Key{}},
		"exclusive beside what is known": {sso.Mapping{Rows: []sso.Row{m.Rows[0], {Attribute: "dept", Value: "t", Grant: []sso.Key{"task_user"}}}}, []sso.Key{"administrator"}, sso.Attributes{has("dept", "t")}, []sso.Key{"administrator"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, c.mapping.Sync(c.current, sso.Evidence{Attributes: c.evidence}, sso.DefaultRoles()))
		})
	}
}
