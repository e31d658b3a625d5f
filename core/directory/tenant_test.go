package directory_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

func TestANewTenantHasTheDefaultRolesAndNoInboxes(t *testing.T) {
	h := newHouse(t)
	made, err := h.CreateTenant(t.Context(), operator, directory.NewTenant{Slug: "globex", EmailDomains: []string{" Globex.COM "}})
	require.NoError(t, err)
	require.Equal(t, sso.Tenant{ID: "globex", Name: "globex", EmailDomains: []string{"globex.com"}, CreatedAt: start}, made)
	got, err := h.Tenant(t.Context(), operator, "globex")
	require.NoError(t, err)
	require.Equal(t, made, got)
	c, err := h.Catalogues(t.Context(), operator, "globex")
	require.NoError(t, err)
	require.Equal(t, sso.DefaultRoles(), c.Roles)
	require.Empty(t, c.Inboxes)
	row := h.audit(t, "globex")
	require.Equal(t, "tenant.create", row.Action)
	require.Equal(t, "operator:cli", row.Actor)
	require.Empty(t, row.Before)
	require.JSONEq(t, `{"name":"globex","email_domains":["globex.com"],"disabled":false}`, row.After)
}

func TestTenantsThatCannotBeMade(t *testing.T) {
	h := newHouse(t)
	h.tenant(t, "globex", "globex.com")
	for name, c := range map[string]struct {
		make directory.NewTenant
		want []string
	}{
		"upper case":          {directory.NewTenant{Slug: "Acme"}, []string{"slug: slug_invalid"}},
		"empty":               {directory.NewTenant{}, []string{"slug: slug_invalid"}},
		"hyphen first":        {directory.NewTenant{Slug: "-a"}, []string{"slug: slug_invalid"}},
		"a path":              {directory.NewTenant{Slug: "a/b"}, []string{"slug: slug_invalid"}},
		"a look-alike":        {directory.NewTenant{Slug: "\u0430cme"}, []string{"slug: slug_invalid"}}, // Cyrillic а
		"newline at the end":  {directory.NewTenant{Slug: "acme\n"}, []string{"slug: slug_invalid"}},
		"64 characters":       {directory.NewTenant{Slug: sso.TenantID(strings.Repeat("a", 64))}, []string{"slug: slug_invalid"}},
		"a long name":         {directory.NewTenant{Slug: "new", Name: strings.Repeat("n", 201)}, []string{"name: name_invalid"}},
		"a name of two lines": {directory.NewTenant{Slug: "new", Name: "a\nb"}, []string{"name: name_invalid"}},
		"domains": {directory.NewTenant{Slug: "new", EmailDomains: []string{"ok.com", "OK.com", "localhost", "a@b.com", "*.com", "\u212aelvin.com", "-.com"}}, []string{
			"email_domains[1]: duplicate", "email_domains[2]: email_domain_invalid", "email_domains[3]: email_domain_invalid",
			"email_domains[4]: email_domain_invalid", "email_domains[5]: email_domain_invalid", "email_domains[6]: email_domain_invalid",
		}},
		"101 domains": {directory.NewTenant{Slug: "new", EmailDomains: make([]string, 101)}, []string{"email_domains: too_many"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.CreateTenant(t.Context(), operator, c.make)
			require.Equal(t, c.want, problems(t, err))
		})
	}
	_, err := h.CreateTenant(t.Context(), operator, directory.NewTenant{Slug: tenant})
	refusal(t, err, sso.SlugTaken)
	_, err = h.CreateTenant(t.Context(), operator, directory.NewTenant{Slug: "new", EmailDomains: []string{"globex.com"}})
	refusal(t, err, sso.DomainTaken)
	_, err = h.UpdateTenant(t.Context(), operator, tenant, directory.TenantPatch{EmailDomains: &[]string{"globex.com"}})
	refusal(t, err, sso.DomainTaken)
}

func TestUpdateTenantChangesWhatIsGiven(t *testing.T) {
	h := newHouse(t)
	got, err := h.UpdateTenant(t.Context(), operator, tenant, directory.TenantPatch{Name: new("Acme Ltd")})
	require.NoError(t, err)
	require.Equal(t, sso.Tenant{ID: tenant, Name: "Acme Ltd", CreatedAt: start}, got)
	row := h.audit(t, tenant)
	require.JSONEq(t, `{"name":"acme"}`, row.Before)
	require.JSONEq(t, `{"name":"Acme Ltd"}`, row.After)

	_, err = h.UpdateTenant(t.Context(), operator, tenant, directory.TenantPatch{Name: new(" ")})
	require.Equal(t, []string{"name: name_invalid"}, problems(t, err))
	_, err = h.UpdateTenant(t.Context(), operator, "nowhere", directory.TenantPatch{})
	refusal(t, err, sso.NotFound)
}

func TestRule07_DisablingATenantEndsItsSessions(t *testing.T) {
	h := newHouse(t)
	h.session(t, h.user(t, "ada@example.com", "agent"), "s1")
	_, err := h.UpdateTenant(t.Context(), operator, tenant, directory.TenantPatch{Name: new("Acme")})
	require.NoError(t, err)
	require.True(t, h.open(t, "s1"))
	_, err = h.UpdateTenant(t.Context(), operator, tenant, directory.TenantPatch{Disabled: new(true)})
	require.NoError(t, err)
	require.False(t, h.open(t, "s1"))
}

// meanwhile is a store in which somebody else acts just before a transaction.
type meanwhile struct {
	directory.Store
	act func()
}

func (m *meanwhile) InTx(ctx context.Context, t sso.TenantID, do func(directory.Tx) error) error {
	if act := m.act; act != nil {
		m.act = nil
		act()
	}
	return m.Store.InTx(ctx, t, do)
}

func TestRule07_ARenamingDoesNotUndoTheDisablingThatCameInBetween(t *testing.T) {
	h := newHouse(t)
	h.Store = &meanwhile{h.store.Directory(), func() {
		_, err := h.UpdateTenant(t.Context(), operator, tenant, directory.TenantPatch{Disabled: new(true)})
		require.NoError(t, err)
	}}
	got, err := h.UpdateTenant(t.Context(), operator, tenant, directory.TenantPatch{Name: new("Acme Ltd")})
	require.NoError(t, err)
	require.True(t, got.Disabled)
	require.JSONEq(t, `{"name":"acme"}`, h.audit(t, tenant).Before)
}

func TestDeletingATenantIsRememberedByTheDeployment(t *testing.T) {
	h := newHouse(t)
	h.user(t, "ada@example.com", "agent")
	require.NoError(t, h.DeleteTenant(t.Context(), operator, tenant))
	_, err := h.Tenant(t.Context(), operator, tenant)
	refusal(t, err, sso.NotFound)
	row := h.audit(t, "")
	require.Equal(t, "tenant.delete", row.Action)
	require.Equal(t, "tenant:acme", row.Target)
	require.Empty(t, row.After)
	refusal(t, h.DeleteTenant(t.Context(), operator, tenant), sso.NotFound)

	h.tenant(t, tenant)
	people, _, err := h.Users(t.Context(), operator, tenant, directory.UserQuery{})
	require.NoError(t, err)
	require.Empty(t, people, "a tenant made anew starts empty")
}

func TestDiscover(t *testing.T) {
	h := newHouse(t)
	h.tenant(t, "globex", "globex.com")
	h.user(t, "ada@globex.com", "agent")
	h.user(t, "eve@nowhere.com", "agent")
	for email, want := range map[string][]sso.TenantID{
		"ada@globex.com":     {"globex"}, // acme has her too, but cannot draw her away from the owner of her domain
		" ADA@Globex.com ":   {"globex"},
		"eve@nowhere.com":    {"acme"},
		"bob@globex.com":     {"globex"},
		"bob@sub.globex.com": nil,
		"nobody@nowhere.com": nil,
		"no address":         nil,
	} {
		got, err := h.Discover(t.Context(), email)
		require.NoError(t, err)
		require.Equal(t, want, got, email)
	}
}

func TestHomeGoesByTheDomain(t *testing.T) {
	h := newHouse(t)
	h.tenant(t, "globex", "globex.com")
	h.tenant(t, "initech")
	h.user(t, "ada@globex.com", "agent")
	h.user(t, "eve@nowhere.com", "agent")
	h.user(t, "ada@shared.com", "agent")
	_, err := h.CreateUser(t.Context(), operator, "initech", directory.NewUser{Email: "bob@shared.com", Roles: []sso.Key{"agent"}})
	require.NoError(t, err)
	for email, want := range map[sso.Email]sso.TenantID{
		"ada@globex.com":     "globex", // acme has her too, but cannot draw her away from the owner of her domain
		"nobody@globex.com":  "globex",
		"eve@nowhere.com":    "acme",
		"nobody@nowhere.com": "acme",
		"ada@shared.com":     "",
		"nobody@shared.com":  "",
		"eve@sub.globex.com": "",
		"eve@where.com":      "",
	} {
		got, err := h.Home(t.Context(), email)
		require.NoError(t, err)
		require.Equal(t, want, got, email)
	}
}

func TestDiscoverNamesAtMostTen(t *testing.T) {
	h := newHouse(t)
	for i := range 12 {
		slug := sso.TenantID("t" + strings.Repeat("x", i))
		h.tenant(t, slug)
		_, err := h.CreateUser(t.Context(), operator, slug, directory.NewUser{Email: "ada@example.com", Roles: []sso.Key{"agent"}})
		require.NoError(t, err)
	}
	got, err := h.Discover(t.Context(), "ada@example.com")
	require.NoError(t, err)
	require.Len(t, got, 10)
}

func TestTenantsComeInParts(t *testing.T) {
	h := newHouse(t)
	h.tenant(t, "b")
	h.tenant(t, "c")
	var seen []sso.TenantID
	for cursor := ""; ; {
		part, next, err := h.Tenants(t.Context(), operator, directory.Page{Cursor: cursor, Limit: 2})
		require.NoError(t, err)
		for _, one := range part {
			seen = append(seen, one.ID)
		}
		if next == "" {
			break
		}
		cursor = next
	}
	require.Equal(t, []sso.TenantID{"acme", "b", "c"}, seen)
}
