package login_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

func every(s *sso.Settings) { s.RoleSync = sso.SyncEveryLogin }

func TestRule11_NeverIsTheDefault(t *testing.T) {
	w := newWorld(t)
	in, err := w.signIn(ada("admins"))
	require.NoError(t, err)
	_, err = w.signIn(ada("others"))
	require.NoError(t, err)
	require.Equal(t, []sso.Key{"administrator"}, w.user(in.User.ID).Roles)
}

func TestRule11_EveryLogin_ReplacesMappedRolesAndInboxes(t *testing.T) {
	w := newWorld(t, every)
	w.add("boss@acme.test", func(u *sso.User) { u.Roles = []sso.Key{sso.Administrator} })
	in, err := w.signIn(ada("admins"))
	require.NoError(t, err)
	again, err := w.signIn(ada("emea"))
	require.NoError(t, err)
	require.Equal(t, []sso.Key{"agent"}, again.User.Roles)
	require.Equal(t, []sso.Key{"emea"}, w.user(in.User.ID).Inboxes)
}

func TestRule11_AbsentAttributeOrUnknownGroupsStripNobody(t *testing.T) {
	w := newWorld(t, every)
	w.add("boss@acme.test", func(u *sso.User) { u.Roles = []sso.Key{sso.Administrator} })
	in, err := w.signIn(ada("admins", "emea"))
	require.NoError(t, err)
	absent := ada()
	absent.Attributes = absent.Attributes[:1]
	_, err = w.signIn(absent)
	require.NoError(t, err)
	require.Equal(t, []sso.Key{"administrator"}, w.user(in.User.ID).Roles)
	w.plugin.groupsUnknown = true
	_, err = w.signIn(ada())
	require.NoError(t, err)
	require.Equal(t, []sso.Key{"administrator"}, w.user(in.User.ID).Roles)
	require.Equal(t, []sso.Key{"emea"}, w.user(in.User.ID).Inboxes)
}

func TestRule11_NoInboxIsAnAnswerAndNoRoleIsNone(t *testing.T) {
	w := newWorld(t, every, func(s *sso.Settings) { s.Inboxes.Defaults = nil })
	in, err := w.signIn(ada("emea"))
	require.NoError(t, err)
	require.Equal(t, []sso.Key{"emea"}, in.User.Inboxes)
	w.change(func(s *sso.Settings) { s.Roles.Defaults = nil })
	_, err = w.signIn(ada("others"))
	require.NoError(t, err)
	require.Equal(t, in.User.Roles, w.user(in.User.ID).Roles)
	require.Empty(t, w.user(in.User.ID).Inboxes)
}

func TestRule11_DeadPluginSkipsTheSyncNeverTheLogin(t *testing.T) {
	w := newWorld(t, every)
	in, err := w.signIn(ada("admins"))
	require.NoError(t, err)
	w.plugin.ready = false
	_, err = w.signIn(ada("others"))
	require.NoError(t, err)
	require.Equal(t, []sso.Key{"administrator"}, w.user(in.User.ID).Roles)
	require.Contains(t, w.logins()[0].Steps, sso.Step{Name: "role_sync", Code: sso.ProviderUnavailable, Got: "skipped"})
}

func TestRule11_LastActiveAdministratorIsNeverStripped(t *testing.T) {
	w := newWorld(t, every)
	in, err := w.signIn(ada("admins"))
	require.NoError(t, err)
	_, err = w.signIn(ada("others"))
	require.NoError(t, err)
	require.Equal(t, []sso.Key{"administrator"}, w.user(in.User.ID).Roles)
	require.Contains(t, w.logins()[0].Steps, sso.Step{Name: "role_sync", Code: sso.LastAdministrator, Got: "roles kept"})
}

// TestRule11_WhoIsNoAdministratorIsNotHeldForTheLast, and what changes is in the audit, only then.
func TestRule11_WhoIsNoAdministratorIsNotHeldForTheLast(t *testing.T) {
	w := newWorld(t, every, func(s *sso.Settings) {
		s.Roles.Rows = append(s.Roles.Rows, sso.Row{Attribute: "groupID", Value: "analysts", Grant: []sso.Key{"analyst"}})
	})
	for _, c := range []struct {
		groups         []string
		roles, inboxes []sso.Key
		rows           int // of the audit
	}{
		{[]string{"others"}, []sso.Key{"agent"}, []sso.Key{"general"}, 1}, // created
		{[]string{"others"}, []sso.Key{"agent"}, []sso.Key{"general"}, 1},
		{[]string{"analysts"}, []sso.Key{"analyst"}, []sso.Key{"general"}, 2},
		{[]string{"analysts", "emea"}, []sso.Key{"analyst"}, []sso.Key{"emea"}, 3},
		{[]string{"admins"}, []sso.Key{"administrator"}, []sso.Key{"general"}, 4},
		{[]string{"admins", "analysts"}, []sso.Key{"administrator", "analyst"}, []sso.Key{"general"}, 5},
	} {
		in, err := w.signIn(ada(c.groups...))
		require.NoError(t, err)
		require.Equal(t, c.roles, w.user(in.User.ID).Roles, c.groups)
		require.Equal(t, c.inboxes, w.user(in.User.ID).Inboxes, c.groups)
		audit, _, err := w.store.Directory().Audit(t.Context(), acme, directory.AuditQuery{Page: directory.Page{Limit: 10}})
		require.NoError(t, err)
		require.Len(t, audit, c.rows, c.groups)
		require.NotContains(t, w.logins()[0].Steps, sso.Step{Name: "role_sync", Code: sso.LastAdministrator, Got: "roles kept"})
	}
}

func TestRule10_PartsOfAJoinedListCountWhereThePluginProvesThem(t *testing.T) {
	w := newWorld(t, func(s *sso.Settings) { s.Roles.Rows[0].Attribute = "groupList" })
	a := ada()
	a.Attributes = append(a.Attributes, sso.Attribute{Name: "groupList", Values: []string{"users, admins"}})
	in, err := w.signIn(a)
	require.NoError(t, err)
	require.Equal(t, []sso.Key{"administrator"}, in.User.Roles)
}

func TestRule10_EmailRowMatchesTheExtractedAddress(t *testing.T) {
	w := newWorld(t, func(s *sso.Settings) {
		s.Roles.Rows = []sso.Row{{Attribute: "email", Value: "ada@acme.test", Grant: []sso.Key{"analyst"}}}
	})
	a := ada()
	a.Attributes[0].Values = []string{"ADA@acme.test"}
	in, err := w.signIn(a)
	require.NoError(t, err)
	require.Equal(t, []sso.Key{"analyst"}, in.User.Roles)
}

func TestNoRoleAtAll_Refused(t *testing.T) {
	w := newWorld(t, func(s *sso.Settings) { s.Roles.Defaults = nil })
	w.refused(ada("others"), sso.NoRole)
}

func TestRule10_TheTraceSaysWhichRowsGaveWhatAndWhatWasDropped(t *testing.T) {
	w := newWorld(t, every, func(s *sso.Settings) {
		s.Roles.Rows = append(s.Roles.Rows, sso.Row{Attribute: "groupID", Value: "tasks", Grant: []sso.Key{"task_user"}})
	})
	w.add("boss@acme.test", func(u *sso.User) { u.Roles = []sso.Key{sso.Administrator} })
	_, err := w.signIn(ada("admins", "tasks"))
	require.NoError(t, err)
	require.Equal(t, "roles administrator by role_mappings[0], role_mappings[1], dropped as exclusive: task_user; inboxes general by default_inboxes",
		w.logins()[0].Grants)
	_, err = w.signIn(ada("emea"))
	require.NoError(t, err)
	require.Equal(t, "roles agent by default_roles; inboxes emea by inbox_mappings[0]", w.logins()[0].Grants, "a sync says so, too")
	w.change(func(s *sso.Settings) { s.RoleSync = sso.SyncNever })
	_, err = w.signIn(ada("admins"))
	require.NoError(t, err)
	require.Empty(t, w.logins()[0].Grants, "no mapping was asked")
}

// TestRule10_TheTraceNamesTwenty rows, and how many more there are.
func TestRule10_TheTraceNamesTwenty(t *testing.T) {
	for n, end := range map[int]string{0: "", 20: "role_mappings[19]", 21: "role_mappings[19], and 1 more", 22: "role_mappings[19], and 2 more"} {
		w := newWorld(t, func(s *sso.Settings) {
			s.Inboxes, s.Roles.Rows = sso.Mapping{}, nil
			for range n {
				s.Roles.Rows = append(s.Roles.Rows, sso.Row{Attribute: "groupID", Value: "all", Grant: []sso.Key{"agent"}})
			}
			if n == 0 {
				s.Roles.Defaults = nil
			}
		})
		_, err := w.signIn(ada("all"))
		roles, inboxes, found := strings.Cut(w.logins()[0].Grants, "; ")
		require.True(t, found)
		require.Equal(t, "inboxes none by default_inboxes", inboxes)
		if n == 0 {
			require.Equal(t, sso.NoRole, sso.CodeOf(err))
			require.Equal(t, "roles none by default_roles", roles)
			continue
		}
		require.NoError(t, err)
		require.True(t, strings.HasSuffix(roles, ", "+end), roles)
	}
}
