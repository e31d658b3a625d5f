package sso_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// FuzzRule10_Resolve: whatever an assertion says, nobody is given a role that no matching row names, and it is the rows of the rule said slowly that
// match. The texts are lists, a line each.
func FuzzRule10_Resolve(f *testing.F) {
	f.Add("groupID\nemail", "admins\nada@example.com", "groupID", "", "admins\nx", "ada@example.com", "", 0)
	f.Add("groupID", "admins", "urn:oid:1", "groupID", " admins\nadmins ", "", "admins", 1)
	f.Add("a\nb\nc", "x\nx\nx", "a", "b", "X\nx\x00\nх", "", "", 2)
	f.Add("", "", "", "", "", "", "", 3)
	roles := sso.DefaultRoles()
	all := []sso.Key{"administrator", "agent", "team_manager", "developer", "task_user", "liveboards_only", "platform_admin", ""}
	f.Fuzz(func(t *testing.T, attributes, values, name, friendly, held, email, derived string, grant int) {
		names, wanted := strings.Split(attributes, "\n"), strings.Split(values, "\n")
		m := sso.Mapping{Defaults: []sso.Key{"analyst"}}
		for i := range min(len(names), len(wanted)) {
			m.Rows = append(m.Rows, sso.Row{Attribute: names[i], Value: wanted[i], Grant: []sso.Key{all[(uint(grant)+uint(i))%uint(len(all))]}})
		}
		e := sso.Evidence{Attributes: sso.Attributes{{Name: name, FriendlyName: friendly, Values: strings.Split(held, "\n")}}, Email: sso.Email(email)}
		r := m.Resolve(e, roles)
		require.Equal(t, matching(m, e), r.Matched)
		e.Derived = []sso.Value{{Text: derived, From: name, Op: sso.Split}}
		r = m.Resolve(e, roles)
		granted := slices.Clone(m.Defaults)
		if !r.Defaulted {
			granted = nil
			for _, i := range r.Matched {
				granted = append(granted, m.Rows[i].Grant...)
			}
		}
		for _, k := range slices.Concat(r.Keys, r.Dropped) {
			require.Contains(t, granted, k)
			require.GreaterOrEqual(t, roles.Index(k), 0, "a role that the tenant does not have")
		}
	})
}
