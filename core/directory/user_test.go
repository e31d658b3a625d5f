package directory_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

func TestANewUserIsInvited(t *testing.T) {
	h := newHouse(t)
	p, err := h.CreateUser(t.Context(), admin, tenant, directory.NewUser{
		Email: " Ada@Example.COM", Roles: []sso.Key{"agent", "administrator"}, Inboxes: []sso.Key{"emea"},
	})
	require.NoError(t, err)
	want := sso.User{
		Tenant: tenant, ID: p.ID, Email: "ada@example.com", Name: "ada@example.com", Status: sso.Invited, CreatedAt: start,
		Roles: []sso.Key{"administrator", "agent"}, Inboxes: []sso.Key{"emea"},
	}
	require.Equal(t, want, p.User)
	got, err := h.User(t.Context(), admin, tenant, p.ID)
	require.NoError(t, err)
	require.Equal(t, want, got.User)
	row := h.audit(t, tenant)
	require.Equal(t, "user.create", row.Action)
	require.Equal(t, "user:"+string(p.ID), row.Target)
	require.JSONEq(t, `{"email":"ada@example.com","name":"ada@example.com","roles":["administrator","agent"],"inboxes":["emea"],"status":"invited"}`, row.After)
}

func TestUsersThatCannotBeMade(t *testing.T) {
	h := newHouse(t)
	agent := []sso.Key{"agent"}
	for name, c := range map[string]struct {
		make directory.NewUser
		want []string
	}{
		"nothing":             {directory.NewUser{}, []string{"email: email_invalid", "roles: role_required"}},
		"a look-alike":        {directory.NewUser{Email: "\u0430da@example.com", Roles: agent}, []string{"email: email_invalid"}}, // Cyrillic а
		"a long name":         {directory.NewUser{Email: "a@b.c", Name: strings.Repeat("n", 201), Roles: agent}, []string{"name: name_invalid"}},
		"a broken name":       {directory.NewUser{Email: "a@b.c", Name: "\xff", Roles: agent}, []string{"name: name_invalid"}},
		"unknown keys":        {directory.NewUser{Email: "a@b.c", Roles: []sso.Key{"agent", "king"}, Inboxes: []sso.Key{"apac"}}, []string{"roles[1]: unknown_key", "inboxes[0]: unknown_key"}},
		"a role twice":        {directory.NewUser{Email: "a@b.c", Roles: []sso.Key{"agent", "agent"}}, []string{"roles[1]: duplicate"}},
		"rule 10, exclusive":  {directory.NewUser{Email: "a@b.c", Roles: []sso.Key{"agent", "task_user"}}, []string{"roles: exclusive_role"}},
		"rule 10, exclusives": {directory.NewUser{Email: "a@b.c", Roles: []sso.Key{"liveboards_only", "task_user"}}, []string{"roles: exclusive_role"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.CreateUser(t.Context(), admin, tenant, c.make)
			require.Equal(t, c.want, problems(t, err))
		})
	}
	h.user(t, "ada@example.com", "agent")
	_, err := h.CreateUser(t.Context(), admin, tenant, directory.NewUser{Email: "ADA@example.com", Roles: agent})
	refusal(t, err, sso.EmailTaken)
}

func TestUpdateUserChangesWhatIsGiven(t *testing.T) {
	h := newHouse(t)
	id := h.user(t, "ada@example.com", "agent")
	p, err := h.UpdateUser(t.Context(), admin, tenant, id, directory.UserPatch{
		Email: new("Ada.L@example.com"), Roles: &[]sso.Key{"analyst", "agent"}, Inboxes: &[]sso.Key{"general"},
	})
	require.NoError(t, err)
	require.Equal(t, sso.Email("ada.l@example.com"), p.Email)
	require.Equal(t, "Somebody", p.Name)
	require.Equal(t, []sso.Key{"agent", "analyst"}, p.Roles)
	row := h.audit(t, tenant)
	require.JSONEq(t, `{"email":"ada@example.com","roles":["agent"],"inboxes":[]}`, row.Before)
	require.JSONEq(t, `{"email":"ada.l@example.com","roles":["agent","analyst"],"inboxes":["general"]}`, row.After)

	for name, c := range map[string]struct {
		patch directory.UserPatch
		want  []string
	}{
		"no role":         {directory.UserPatch{Roles: &[]sso.Key{}}, []string{"roles: role_required"}},
		"unknown role":    {directory.UserPatch{Roles: &[]sso.Key{"agent", "king"}}, []string{"roles[1]: unknown_key"}},
		"e-mail":          {directory.UserPatch{Email: new("nobody")}, []string{"email: email_invalid"}},
		"back to invited": {directory.UserPatch{Status: new(sso.Invited)}, []string{"status: status_invalid"}},
		"a status":        {directory.UserPatch{Status: new(sso.Status("asleep"))}, []string{"status: status_invalid"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.UpdateUser(t.Context(), admin, tenant, id, c.patch)
			require.Equal(t, c.want, problems(t, err))
		})
	}
	h.user(t, "bob@example.com", "agent")
	_, err = h.UpdateUser(t.Context(), admin, tenant, id, directory.UserPatch{Email: new("bob@example.com")})
	refusal(t, err, sso.EmailTaken)
	_, err = h.UpdateUser(t.Context(), admin, tenant, "u_nobody", directory.UserPatch{})
	refusal(t, err, sso.NotFound)
}

func TestAnInvitedUserMaySayInvitedAgain(t *testing.T) {
	h := newHouse(t)
	p, err := h.CreateUser(t.Context(), admin, tenant, directory.NewUser{Email: "a@b.c", Roles: []sso.Key{"agent"}})
	require.NoError(t, err)
	p, err = h.UpdateUser(t.Context(), admin, tenant, p.ID, directory.UserPatch{Status: new(sso.Invited)})
	require.NoError(t, err)
	require.Equal(t, sso.Invited, p.Status)
}

func TestRule07_DeactivatingEndsTheSessionsOfThatUserOnly(t *testing.T) {
	h := newHouse(t)
	ada, bob := h.user(t, "ada@example.com", "agent"), h.user(t, "bob@example.com", "agent")
	h.session(t, ada, "ada")
	h.session(t, bob, "bob")
	_, err := h.UpdateUser(t.Context(), admin, tenant, ada, directory.UserPatch{Status: new(sso.Deactivated)})
	require.NoError(t, err)
	require.False(t, h.open(t, "ada"))
	require.True(t, h.open(t, "bob"))
	require.NoError(t, h.DeleteUser(t.Context(), admin, tenant, bob))
	require.False(t, h.open(t, "bob"))
}

func TestRule11_TheLastActiveAdministratorStays(t *testing.T) {
	changes := map[string]func(*house, sso.Actor, sso.UserID) error{
		"deactivated": func(h *house, by sso.Actor, id sso.UserID) error {
			_, err := h.UpdateUser(t.Context(), by, tenant, id, directory.UserPatch{Status: new(sso.Deactivated)})
			return err
		},
		"role taken": func(h *house, by sso.Actor, id sso.UserID) error {
			_, err := h.UpdateUser(t.Context(), by, tenant, id, directory.UserPatch{Roles: &[]sso.Key{"agent"}})
			return err
		},
		"deleted": func(h *house, by sso.Actor, id sso.UserID) error { return h.DeleteUser(t.Context(), by, tenant, id) },
	}
	for name, change := range changes {
		for _, by := range []sso.Actor{admin, operator} {
			t.Run(name+" by "+string(by.Kind), func(t *testing.T) {
				h := newHouse(t)
				ada := h.user(t, "ada@example.com", "administrator")
				invited, err := h.CreateUser(t.Context(), admin, tenant, directory.NewUser{Email: "new@example.com", Roles: []sso.Key{"administrator"}})
				require.NoError(t, err)
				gone := h.user(t, "gone@example.com", "administrator")
				_, err = h.UpdateUser(t.Context(), admin, tenant, gone, directory.UserPatch{Status: new(sso.Deactivated)})
				require.NoError(t, err)

				refusal(t, change(h, by, ada), sso.LastAdministrator)
				p, err := h.User(t.Context(), admin, tenant, ada)
				require.NoError(t, err)
				require.True(t, p.IsAdministrator() && p.Status == sso.Active)

				require.NoError(t, change(h, by, invited.ID), "an invited administrator is not the last active one")
				h.user(t, "bob@example.com", "administrator")
				require.NoError(t, change(h, by, ada))
			})
		}
	}
}

func TestDeleteIdentitiesLetsTheNextSignInLinkAnew(t *testing.T) {
	h := newHouse(t)
	id := h.user(t, "ada@example.com", "agent")
	linked := sso.Identity{Tenant: tenant, IDPEntityID: "idp", Class: sso.ClassNameID, Value: "ada"}
	require.NoError(t, h.store.Login().InTx(t.Context(), tenant, func(tx login.Tx) error { return tx.Link(linked, id, start) }))
	h.session(t, id, "s")
	p, err := h.User(t.Context(), admin, tenant, id)
	require.NoError(t, err)
	require.Equal(t, []directory.LinkedIdentity{{Identity: linked, LinkedAt: start}}, p.Identities)

	require.NoError(t, h.DeleteIdentities(t.Context(), admin, tenant, id))
	p, err = h.User(t.Context(), admin, tenant, id)
	require.NoError(t, err)
	require.Empty(t, p.Identities)
	require.False(t, h.open(t, "s"), "whoever was linked wrongly is out")
	require.Equal(t, "user.unlink", h.audit(t, tenant).Action)
	refusal(t, h.DeleteIdentities(t.Context(), admin, tenant, "u_nobody"), sso.NotFound)
}

func TestUsersComeInPartsByAddress(t *testing.T) {
	h := newHouse(t)
	for _, e := range []string{"c@example.com", "a@example.com", "b@example.com"} {
		h.user(t, e, "agent")
	}
	part, next, err := h.Users(t.Context(), admin, tenant, directory.UserQuery{Page: directory.Page{Limit: 2}})
	require.NoError(t, err)
	require.Equal(t, []sso.Email{"a@example.com", "b@example.com"}, []sso.Email{part[0].Email, part[1].Email})
	part, next, err = h.Users(t.Context(), admin, tenant, directory.UserQuery{Page: directory.Page{Limit: 2, Cursor: next}})
	require.NoError(t, err)
	require.Empty(t, next)
	require.Len(t, part, 1)
	part, _, err = h.Users(t.Context(), admin, tenant, directory.UserQuery{Search: " B@EX ", Status: sso.Active})
	require.NoError(t, err)
	require.Len(t, part, 1)
}
