package directory_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// calls are all calls in somebody's name, on the tenant acme and the user u_x, with what would be refused for another reason left right.
func calls(s *directory.Service) (administer, operate map[string]func(context.Context, sso.Actor) error) {
	administer = map[string]func(context.Context, sso.Actor) error{
		"Tenant":      func(ctx context.Context, by sso.Actor) error { _, err := s.Tenant(ctx, by, tenant); return err },
		"Catalogues":  func(ctx context.Context, by sso.Actor) error { _, err := s.Catalogues(ctx, by, tenant); return err },
		"SaveRoles":   func(ctx context.Context, by sso.Actor) error { return s.SaveRoles(ctx, by, tenant, sso.DefaultRoles()) },
		"SaveInboxes": func(ctx context.Context, by sso.Actor) error { return s.SaveInboxes(ctx, by, tenant, nil) },
		"Users": func(ctx context.Context, by sso.Actor) error {
			_, _, err := s.Users(ctx, by, tenant, directory.UserQuery{})
			return err
		},
		"User": func(ctx context.Context, by sso.Actor) error { _, err := s.User(ctx, by, tenant, "u_x"); return err },
		"CreateUser": func(ctx context.Context, by sso.Actor) error {
			_, err := s.CreateUser(ctx, by, tenant, directory.NewUser{})
			return err
		},
		"UpdateUser": func(ctx context.Context, by sso.Actor) error {
			_, err := s.UpdateUser(ctx, by, tenant, "u_x", directory.UserPatch{})
			return err
		},
		"DeleteUser":       func(ctx context.Context, by sso.Actor) error { return s.DeleteUser(ctx, by, tenant, "u_x") },
		"DeleteIdentities": func(ctx context.Context, by sso.Actor) error { return s.DeleteIdentities(ctx, by, tenant, "u_x") },
		"CreateToken": func(ctx context.Context, by sso.Actor) error {
			_, _, err := s.CreateToken(ctx, by, tenant, "x")
			return err
		},
		"DeleteToken": func(ctx context.Context, by sso.Actor) error { return s.DeleteToken(ctx, by, tenant, "t_x") },
		"Tokens":      func(ctx context.Context, by sso.Actor) error { _, err := s.Tokens(ctx, by, tenant); return err },
		"InviteToPassword": func(ctx context.Context, by sso.Actor) error {
			_, err := s.InviteToPassword(ctx, by, tenant, "u_x")
			return err
		},
		"Logins": func(ctx context.Context, by sso.Actor) error {
			_, _, err := s.Logins(ctx, by, tenant, directory.LoginQuery{})
			return err
		},
		"Audit": func(ctx context.Context, by sso.Actor) error {
			_, _, err := s.Audit(ctx, by, tenant, directory.AuditQuery{})
			return err
		},
	}
	operate = map[string]func(context.Context, sso.Actor) error{
		"CreateTenant": func(ctx context.Context, by sso.Actor) error {
			_, err := s.CreateTenant(ctx, by, directory.NewTenant{Slug: "new"})
			return err
		},
		"Tenants": func(ctx context.Context, by sso.Actor) error {
			_, _, err := s.Tenants(ctx, by, directory.Page{})
			return err
		},
		"UpdateTenant": func(ctx context.Context, by sso.Actor) error {
			_, err := s.UpdateTenant(ctx, by, tenant, directory.TenantPatch{})
			return err
		},
		"InviteAdministrator": func(ctx context.Context, by sso.Actor) error {
			_, err := s.InviteAdministrator(ctx, by, tenant, "")
			return err
		},
		"Audit of all": func(ctx context.Context, by sso.Actor) error {
			_, _, err := s.Audit(ctx, by, "", directory.AuditQuery{})
			return err
		},
		"DeleteTenant": func(ctx context.Context, by sso.Actor) error { return s.DeleteTenant(ctx, by, tenant) },
		"NotePlugin": func(ctx context.Context, by sso.Actor) error {
			return s.NotePlugin(ctx, by, "okta", "plugin.restart", nil, nil)
		},
	}
	return administer, operate
}

func TestWhoMayDoWhat(t *testing.T) {
	actors := map[string]struct {
		by                  sso.Actor
		administer, operate sso.Code
	}{
		"operator":              {operator, "", ""},
		"system":                {sso.Actor{Kind: sso.System}, "", ""},
		"administrator":         {admin, "", sso.Forbidden},
		"token":                 {sso.Actor{Kind: sso.APIToken, Tenant: tenant, Admin: true}, "", sso.Forbidden},
		"user":                  {sso.Actor{Kind: sso.Person, Tenant: tenant}, sso.Forbidden, sso.Forbidden},
		"another administrator": {sso.Actor{Kind: sso.Person, Tenant: "globex", Admin: true}, sso.NotFound, sso.Forbidden},
		"another token":         {sso.Actor{Kind: sso.APIToken, Tenant: "globex", Admin: true}, sso.NotFound, sso.Forbidden},
		"of no tenant":          {sso.Actor{Kind: sso.Person, Admin: true}, sso.NotFound, sso.Forbidden},
		"nobody":                {sso.Actor{}, sso.NotFound, sso.Forbidden},
	}
	for who, a := range actors {
		administer, operate := calls(newHouse(t).Service)
		for name, call := range administer {
			t.Run(who+" "+name, func(t *testing.T) { requireAccess(t, call(t.Context(), a.by), a.administer) })
		}
		for name, call := range operate {
			t.Run(who+" "+name, func(t *testing.T) { requireAccess(t, call(t.Context(), a.by), a.operate) })
		}
	}
}

// requireAccess checks the outcome of a call: refused with the code, by the door itself and not by the store, or not refused by the door.
func requireAccess(t *testing.T, err error, want sso.Code) {
	t.Helper()
	e, refused := errors.AsType[*sso.Error](err)
	if want == "" {
		require.False(t, refused && (e.Code == sso.Forbidden || (e.Code == sso.NotFound && e.Op[:9] == "directory")), "%v", err)
		return
	}
	require.True(t, refused, "%v", err)
	require.Equal(t, want, e.Code)
	require.Equal(t, "directory", e.Op[:9])
}

func TestAStoreThatFailsChangesNothing(t *testing.T) {
	h := newHouse(t)
	id := h.user(t, "ada@example.com", "agent")
	token, err := h.InviteToPassword(t.Context(), admin, tenant, id)
	require.NoError(t, err)
	disk := errors.New("disk full")
	h.store.Fail(disk)
	_, err = h.CreateUser(t.Context(), admin, tenant, directory.NewUser{Email: "b@example.com", Roles: []sso.Key{"agent"}})
	require.ErrorIs(t, err, disk)
	_, err = h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Password: password})
	require.ErrorIs(t, err, disk)
	h.store.Fail(nil)
	_, err = h.SpendLink(t.Context(), tenant, token, directory.LinkAnswer{Password: password})
	require.NoError(t, err)
}

func TestPagesAreBounded(t *testing.T) {
	h := newHouse(t)
	for i := range directory.MaxPage + 10 { // every one leaves an audit row
		_, err := h.UpdateTenant(t.Context(), operator, tenant, directory.TenantPatch{Disabled: new(i%2 == 0)})
		require.NoError(t, err)
	}
	for asked, want := range map[int]int{0: directory.DefaultPage, -1: directory.DefaultPage, 7: 7, 1000: directory.MaxPage} {
		rows, next, err := h.Service.Audit(t.Context(), admin, tenant, directory.AuditQuery{Page: directory.Page{Limit: asked}})
		require.NoError(t, err)
		require.Len(t, rows, want)
		require.NotEmpty(t, next)
		require.Greater(t, rows[0].ID, rows[1].ID, "newest first")
	}
}
