package directory_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// without is the catalogue but for one key.
func without(c sso.Catalogue, key sso.Key) sso.Catalogue {
	return slices.DeleteFunc(slices.Clone(c), func(e sso.Entry) bool { return e.Key == key })
}

func TestRule10_AKeyInUseStays(t *testing.T) {
	h := newHouse(t)
	h.settings(t, func(s *sso.Settings) {
		s.Roles = sso.Mapping{Defaults: []sso.Key{"agent"}, Rows: []sso.Row{
			{Attribute: "g", Value: "a", Grant: []sso.Key{"analyst"}}, {Attribute: "g", Value: "b", Grant: []sso.Key{"developer", "agent"}},
		}}
		s.Inboxes = sso.Mapping{Rows: []sso.Row{{Attribute: "g", Value: "a", Grant: []sso.Key{"emea"}}}}
	})
	h.user(t, "ada@example.com", "agent")
	h.user(t, "bob@example.com", "agent", "api_user")

	for key, uses := range map[sso.Key]string{
		"agent": "default_roles, role_mappings[1], 2 users", "analyst": "role_mappings[0]", "api_user": "1 user",
	} {
		e := refusal(t, h.SaveRoles(t.Context(), admin, tenant, without(sso.DefaultRoles(), key)), sso.KeyInUse)
		require.Equal(t, map[string]string{"value": string(key), "uses": uses}, e.Params)
	}
	e := refusal(t, h.SaveRoles(t.Context(), admin, tenant, sso.Catalogue{{Key: sso.Administrator, Name: "Administrator"}}), sso.KeyInUse)
	require.Len(t, e.Problems, 4, "every key in use is named")
	e = refusal(t, h.SaveInboxes(t.Context(), admin, tenant, nil), sso.KeyInUse)
	require.Equal(t, "inbox_mappings[0]", e.Params["uses"])

	require.NoError(t, h.SaveRoles(t.Context(), admin, tenant, without(sso.DefaultRoles(), "team_manager")))
	require.NoError(t, h.SaveInboxes(t.Context(), admin, tenant, sso.Catalogue{{Key: "emea", Name: "Europe"}, {Key: "apac", Name: "Asia"}}))
	c, err := h.Catalogues(t.Context(), admin, tenant)
	require.NoError(t, err)
	require.Equal(t, without(sso.DefaultRoles(), "team_manager"), c.Roles)
	require.Equal(t, "Europe", c.Inboxes[0].Name)
	require.Equal(t, "inboxes.save", h.audit(t, tenant).Action)
}

func TestManyUsesOfAKeyAreCounted(t *testing.T) {
	h := newHouse(t)
	h.settings(t, func(s *sso.Settings) {
		for i := range 25 {
			s.Roles.Rows = append(s.Roles.Rows, sso.Row{Attribute: "g", Value: strconv.Itoa(i), Grant: []sso.Key{"agent"}})
		}
	})
	e := refusal(t, h.SaveRoles(t.Context(), admin, tenant, without(sso.DefaultRoles(), "agent")), sso.KeyInUse)
	require.Contains(t, e.Params["uses"], "role_mappings[19], 5 more rows")
	require.NotContains(t, e.Params["uses"], "role_mappings[20]")
}

func TestTheAdministratorRoleStays(t *testing.T) {
	h := newHouse(t)
	refusal(t, h.SaveRoles(t.Context(), operator, tenant, without(sso.DefaultRoles(), sso.Administrator)), sso.RoleProtected)
}

func TestRule10_ARoleBecomesExclusiveOnlyWhereNoMappingCombinesIt(t *testing.T) {
	h := newHouse(t)
	h.settings(t, func(s *sso.Settings) {
		s.Roles = sso.Mapping{Defaults: []sso.Key{"agent"}, Rows: []sso.Row{{Attribute: "g", Value: "a", Grant: []sso.Key{"analyst", "agent"}}}}
	})
	exclusive := func(key sso.Key) sso.Catalogue {
		c := sso.DefaultRoles()
		c[c.Index(key)].Exclusive = true
		return c
	}
	require.Equal(t, []string{"role_mappings[0].roles: exclusive_role"}, problems(t, h.SaveRoles(t.Context(), admin, tenant, exclusive("analyst"))))
	require.NoError(t, h.SaveRoles(t.Context(), admin, tenant, exclusive("developer")))
}

func TestCataloguesThatCannotBeSaved(t *testing.T) {
	h := newHouse(t)
	err := h.SaveRoles(t.Context(), admin, tenant, sso.Catalogue{{Key: "Agent", Name: "Agent"}, {Key: sso.Administrator}, {Key: sso.Administrator, Name: "x"}})
	require.Equal(t, []string{"roles[0].key: key_invalid", "roles[1].name: name_invalid", "roles[2].key: duplicate"}, problems(t, err))
	err = h.SaveInboxes(t.Context(), admin, tenant, sso.Catalogue{{Key: "a", Name: "A", Exclusive: true}})
	require.Equal(t, []string{"inboxes[0].exclusive: not_allowed"}, problems(t, err))
	err = h.SaveInboxes(t.Context(), admin, tenant, make(sso.Catalogue, sso.MaxEntries+1))
	require.Contains(t, problems(t, err), "inboxes: too_many")
}

func TestAnUnusedTenantsCataloguesAreItsOwn(t *testing.T) {
	h := newHouse(t)
	h.tenant(t, "globex")
	h.user(t, "ada@example.com", "agent")
	require.NoError(t, h.SaveRoles(t.Context(), operator, "globex", without(sso.DefaultRoles(), "agent")))
	_, err := h.CreateUser(t.Context(), operator, "globex", directory.NewUser{Email: "ada@example.com", Roles: []sso.Key{"agent"}})
	require.Equal(t, []string{"roles[0]: unknown_key"}, problems(t, err))
}
