package settings_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

func TestRule06_BreakGlass(t *testing.T) {
	h := newHouse(t)
	was, err := h.Disable(t.Context(), operator, tenant)
	require.NoError(t, err)
	require.False(t, was)
	require.Empty(t, h.audit(t), "nothing changed")

	before := h.mustSave(t, oktaOn())
	h.plugins.gone["okta"] = true
	was, err = h.Disable(t.Context(), operator, tenant)
	require.NoError(t, err)
	require.True(t, was)
	after := h.view(t)
	require.False(t, after.Settings.UseSSO)
	require.Equal(t, int64(2), after.Settings.Version)
	require.Equal(t, before.Connection, after.Connection)
	last := h.audit(t)[0]
	require.Equal(t, "sso.disable", last.Action)
	require.Equal(t, "operator:cli", last.Actor)
	require.JSONEq(t, `{"use_sso":true}`, last.Before)
	require.JSONEq(t, `{"use_sso":false}`, last.After)
}

// racing is a store in which somebody else saves just before the first few saves.
type racing struct {
	settings.Store
	left int
}

func (r *racing) Save(ctx context.Context, c settings.Change) error {
	if r.left > 0 {
		r.left--
		return sso.Refuse("fake", sso.VersionConflict, "version", "9")
	}
	return r.Store.Save(ctx, c)
}

func TestRule06_BreakGlassWinsOverSavesOfOthers(t *testing.T) {
	h := newHouse(t)
	h.mustSave(t, oktaOn())
	h.Service.Store = &racing{Store: h.store.Settings(), left: 3}
	was, err := h.Disable(t.Context(), operator, tenant)
	require.NoError(t, err)
	require.True(t, was)
	require.False(t, h.view(t).Settings.UseSSO)

	h.mustSave(t, oktaOn())
	h.Service.Store = &racing{Store: h.store.Settings(), left: 1000}
	_, err = h.Disable(t.Context(), operator, tenant)
	require.Equal(t, sso.VersionConflict, sso.CodeOf(err), "it does not try for ever")
}

func TestRule09_JIT(t *testing.T) {
	agent := sso.Mapping{Defaults: []sso.Key{"agent"}}
	jit := func(d settings.Draft, roles sso.Mapping) settings.Draft {
		d.JIT, d.Roles = true, roles
		return d
	}
	off := func(d settings.Draft) settings.Draft {
		d.UseSSO = false
		return d
	}
	stored := jit(oktaOn(), agent)
	for name, c := range map[string]struct {
		before *settings.Draft
		save   settings.Draft
		want   []string // nil: accepted
	}{
		"turned on with SSO":            {nil, stored, nil},
		"turned on without SSO":         {nil, off(stored), []string{"create_user_on_first_login: jit_requires_sso"}},
		"without a default role":        {nil, jit(oktaOn(), sso.Mapping{}), []string{"default_roles: jit_requires_role"}},
		"azure offers none":             {nil, jit(on("azure", "idp a"), agent), []string{"create_user_on_first_login: jit_not_offered"}},
		"google offers none":            {nil, jit(on("google-workspace", "idp g"), agent), []string{"create_user_on_first_login: jit_not_offered"}},
		"pingone offers it":             {nil, jit(on("pingone", "idp p"), agent), nil},
		"a stored true survives off":    {&stored, off(stored), nil},
		"default roles taken away":      {&stored, jit(oktaOn(), sso.Mapping{}), []string{"default_roles: jit_requires_role"}},
		"switched to one without":       {&stored, jit(on("azure", "idp a"), agent), []string{"create_user_on_first_login: jit_not_offered"}},
		"switched while off":            {&stored, off(jit(on("azure", "idp a"), agent)), []string{"create_user_on_first_login: jit_not_offered"}},
		"mappings are checked when off": {nil, off(settings.Draft{Roles: sso.Mapping{Defaults: []sso.Key{"nobody"}}}), []string{"default_roles[0]: unknown_key"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			if c.before != nil {
				h.mustSave(t, *c.before)
			}
			if c.want != nil {
				require.Equal(t, c.want, h.refused(t, c.save))
				return
			}
			require.True(t, h.mustSave(t, c.save).Settings.JIT)
		})
	}
}

func TestRule09_MappingsAreKeptWhileJITIsOff(t *testing.T) {
	h := newHouse(t)
	d := settings.Draft{Roles: sso.Mapping{Rows: []sso.Row{{Attribute: "g", Value: "a", Grant: []sso.Key{"agent"}}}}}
	require.Equal(t, d.Roles.Rows, h.mustSave(t, d).Settings.Roles.Rows)
}

func TestRule10_PreviewSaysWhichRowGrantedWhat(t *testing.T) {
	h := newHouse(t)
	h.mustSave(t, settings.Draft{
		Roles: sso.Mapping{Defaults: []sso.Key{"analyst"}, Rows: []sso.Row{
			{Attribute: "groupID", Value: "admins", Grant: []sso.Key{"administrator"}},
			{Attribute: "email", Value: "ada@example.com", Grant: []sso.Key{"agent"}},
			{Attribute: "groupID", Value: "tasks", Grant: []sso.Key{"task_user"}},
		}},
		Inboxes: sso.Mapping{Defaults: []sso.Key{"general"}},
	})
	p, err := h.Preview(t.Context(), admin, tenant, sso.Evidence{
		Attributes: sso.Attributes{{Name: "groupID", Values: []string{"x", "tasks", "admins"}}}, Email: "ada@example.com",
	})
	require.NoError(t, err)
	require.Equal(t, sso.Resolution{Keys: []sso.Key{"administrator", "agent"}, Matched: []int{0, 1, 2}, Dropped: []sso.Key{"task_user"}}, p.Roles)
	require.Equal(t, sso.Resolution{Keys: []sso.Key{"general"}, Defaulted: true}, p.Inboxes)
	require.Len(t, h.audit(t), 1, "a preview stores nothing")
}

func TestRule12_WhatIsWrongWithRowsIsNamedByPath(t *testing.T) {
	h := newHouse(t)
	require.Equal(t, []string{
		"default_roles: exclusive_role",
		"role_mappings[0].saml_attribute: required",
		"role_mappings[0].roles[1]: unknown_key",
		"role_mappings[1].saml_attribute_value: required",
		"role_mappings[1].roles: required",
		"role_mappings[3]: duplicate_row",
		"role_mappings[3].roles[1]: duplicate",
		"inbox_mappings[0].inboxes[0]: unknown_key",
		"role_sync: not_allowed",
		"idp_initiated: not_allowed",
		"sign_requests: not_allowed",
	}, h.refused(t, settings.Draft{
		Provider: "okta", RoleSync: "weekly", IDPInitiated: "maybe",
		Connection: settings.ConnectionDraft{SignRequests: new(sso.SignRequests("never"))},
		Roles: sso.Mapping{Defaults: []sso.Key{"agent", "task_user"}, Rows: []sso.Row{
			{Attribute: "", Value: "a", Grant: []sso.Key{"agent", "nobody"}},
			{Attribute: "g", Value: ""},
			{Attribute: "g", Value: "a", Grant: []sso.Key{"agent"}},
			{Attribute: "g", Value: "a", Grant: []sso.Key{"agent", "agent"}},
		}},
		Inboxes: sso.Mapping{Rows: []sso.Row{{Attribute: "g", Value: "a", Grant: []sso.Key{"apac"}}}},
	}))
}

func TestConnectionsOfOtherProvidersArePreparedAside(t *testing.T) {
	h := newHouse(t)
	h.mustSave(t, oktaOn())
	v, err := h.SaveConnection(t.Context(), admin, tenant, "azure", settings.ConnectionDraft{MetadataXML: new("idp azure-1")}, 0)
	require.NoError(t, err)
	require.Equal(t, int64(1), v.Connection.Revision)
	require.Empty(t, v.Warnings)
	active := h.view(t)
	require.Equal(t, "okta-1", active.Connection.IdP.EntityID)
	require.Equal(t, int64(1), active.Settings.Version)

	got, err := h.Connection(t.Context(), admin, tenant, "azure")
	require.NoError(t, err)
	require.Equal(t, v, got)
	require.Equal(t, "azure-1", h.mustSave(t, settings.Draft{UseSSO: true, Provider: "azure"}).Connection.IdP.EntityID, "one save switches")
}

func TestConnectionSaves(t *testing.T) {
	for name, c := range map[string]struct {
		provider sso.ProviderKey
		draft    settings.ConnectionDraft
		expect   int64
		code     sso.Code
		problems []string
	}{
		"stale":                 {"okta", settings.ConnectionDraft{}, 0, sso.VersionConflict, nil},
		"unknown provider":      {"nobody", settings.ConnectionDraft{}, 0, sso.NotFound, nil},
		"junk for the next":     {"azure", settings.ConnectionDraft{MetadataXML: new("junk")}, 0, sso.Invalid, []string{"metadata_xml: md.not_saml"}},
		"junk for the active":   {"okta", settings.ConnectionDraft{MetadataXML: new("junk")}, 1, sso.Invalid, []string{"metadata_xml: md.not_saml"}},
		"URL for google":        {"google-workspace", settings.ConnectionDraft{MetadataURL: new(page)}, 0, sso.Invalid, []string{"metadata_url: metadata_url_refused"}},
		"dead URL is kept":      {"azure", settings.ConnectionDraft{MetadataURL: new(page)}, 0, "", []string{"metadata_xml: metadata_missing", "metadata_url: metadata_fetch_failed"}},
		"nothing":               {"azure", settings.ConnectionDraft{}, 0, "", []string{"metadata_xml: metadata_missing"}},
		"options of the active": {"okta", settings.ConnectionDraft{AllowSHA1: new(true)}, 1, "", []string{"allow_sha1: sha1_allowed"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.mustSave(t, oktaOn())
			v, err := h.SaveConnection(t.Context(), admin, tenant, c.provider, c.draft, c.expect)
			require.Equal(t, c.code, sso.CodeOf(err))
			if err == nil {
				require.Equal(t, c.problems, list(v.Warnings))
				return
			}
			var e *sso.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, len(c.problems), len(e.Problems))
			if c.problems != nil {
				require.Equal(t, c.problems, list(e.Problems))
			}
		})
	}
}

// A client that read the settings document before the connection was changed apart from it must not save over that change unseen.
func TestRule13_SavingTheActiveConnectionCountsUpTheSettings(t *testing.T) {
	h := newHouse(t)
	h.mustSave(t, oktaOn())
	_, err := h.SaveConnection(t.Context(), admin, tenant, "okta", settings.ConnectionDraft{MetadataXML: new("idp okta-2")}, 1)
	require.NoError(t, err)
	require.Equal(t, int64(2), h.view(t).Settings.Version)
	_, err = h.Save(t.Context(), admin, tenant, oktaOn(), 1)
	require.Equal(t, sso.VersionConflict, sso.CodeOf(err))
}

func TestASaveIsAuditedWithWhatChanged(t *testing.T) {
	h := newHouse(t)
	d := oktaOn()
	h.mustSave(t, d)
	d.ForceReauthentication = true
	d.Connection.MetadataXML = new("idp okta-1 weak")
	d.Roles.Defaults = []sso.Key{"agent"}
	h.mustSave(t, d)
	last := h.audit(t)[0]
	require.Equal(t, "sso.save", last.Action)
	require.Equal(t, "sso", last.Target)
	require.Equal(t, "user:u_admin", last.Actor)
	require.Equal(t, start, last.At)
	require.JSONEq(t, `{"force_reauthentication":false,"default_roles":[],
		"metadata_xml":"sha256:f95ed3678dc2ceb3a102d0c836c444b8046a2720b8cf246223c8457c85f15651, 10 bytes"}`, last.Before)
	require.NotContains(t, last.After, "okta-1 weak")

	_, err := h.SaveConnection(t.Context(), admin, tenant, "azure", settings.ConnectionDraft{MetadataXML: new("idp azure-1")}, 0)
	require.NoError(t, err)
	last = h.audit(t)[0]
	require.Equal(t, "sso.connection_save", last.Action)
	require.Equal(t, "connection:azure", last.Target)
	require.True(t, json.Valid([]byte(last.After)))
}

func TestAStoreThatFailsSavesNothing(t *testing.T) {
	h := newHouse(t)
	h.mustSave(t, oktaOn())
	before := h.view(t)
	disk := errors.New("disk full")
	h.store.Fail(disk)
	_, err := h.save(t, on("azure", "idp azure-1"))
	require.ErrorIs(t, err, disk)
	_, err = h.Disable(t.Context(), operator, tenant)
	require.ErrorIs(t, err, disk)
	require.Equal(t, before, h.view(t))
}
