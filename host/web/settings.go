package web

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// apiServer answers the generated routes. Every method has the actor in its context and the tenant judged by authorize.
type apiServer struct{ *Server }

// GetSettings reads the settings document.
func (s *apiServer) GetSettings(ctx context.Context, r api.GetSettingsRequestObject) (api.GetSettingsResponseObject, error) {
	view, err := s.o.Settings.View(ctx, actorOf(ctx), sso.TenantID(r.Tenant))
	if err != nil {
		return nil, err
	}
	return api.GetSettings200JSONResponse{SettingsJSONResponse: settingsAnswer(view)}, nil
}

// SaveSettings saves the whole document.
func (s *apiServer) SaveSettings(ctx context.Context, r api.SaveSettingsRequestObject) (api.SaveSettingsResponseObject, error) {
	named, err := members(*r.Body)
	if err != nil {
		return nil, err
	}
	var doc api.SettingsDraft
	if err := decodeFields(*r.Body, &doc); err != nil {
		return nil, err
	}
	draft := draftOf(doc)
	draft.Connection = clearNulls(draft.Connection, named)
	view, err := s.save(ctx, sso.TenantID(r.Tenant), draft, r.Params.IfMatch, doc.Version)
	if err != nil {
		return nil, err
	}
	return api.SaveSettings200JSONResponse{SettingsJSONResponse: settingsAnswer(view)}, nil
}

// PatchSettings changes some fields. The patch is laid over the tenant's part of the stored document; of the connection's part only what the
// patch names is passed on, because what else is stored may belong to the provider that is being left.
func (s *apiServer) PatchSettings(ctx context.Context, r api.PatchSettingsRequestObject) (api.PatchSettingsResponseObject, error) {
	patch := oneOf(r.JSONBody, r.ApplicationMergePatchPlusJSONBody)
	named, err := members(*patch)
	if err != nil {
		return nil, err
	}
	view, err := s.o.Settings.View(ctx, actorOf(ctx), sso.TenantID(r.Tenant))
	if err != nil {
		return nil, err
	}
	doc, err := patched(tenantPart(view.Settings), named)
	if err != nil {
		return nil, err
	}
	draft := draftOf(doc)
	draft.Connection = clearNulls(draft.Connection, named)
	if draft.Provider == view.Settings.Provider {
		keepModes(&draft.Connection, view.Connection, named)
	}
	view, err = s.save(ctx, sso.TenantID(r.Tenant), draft, r.Params.IfMatch, doc.Version)
	if err != nil {
		return nil, err
	}
	return api.PatchSettings200JSONResponse{SettingsJSONResponse: settingsAnswer(view)}, nil
}

func (s *apiServer) save(ctx context.Context, t sso.TenantID, d settings.Draft, ifMatch *string, version *int64) (settings.View, error) {
	expect, err := expected(ifMatch, version)
	if err != nil {
		return settings.View{}, err
	}
	view, err := s.o.Settings.Save(ctx, actorOf(ctx), t, d, expect)
	return view, staleAs(err, ifMatch)
}

// noVersion is what no stored document has.
const noVersion = -1

// expected is the version that the client read: If-Match, else the document's own (behaviour rule 13). If-Match: * names none.
func expected(ifMatch *string, version *int64) (int64, error) {
	switch {
	case ifMatch != nil && *ifMatch != "*":
		return taggedVersion(*ifMatch), nil
	case version != nil:
		return *version, nil
	}
	return 0, sso.Refuse("web.version", sso.VersionRequired)
}

// staleAs turns a conflict into a failed precondition for those who asked by If-Match.
func staleAs(err error, ifMatch *string) error {
	if ifMatch == nil || sso.CodeOf(err) != sso.VersionConflict {
		return err
	}
	conflict := *refusalOf(err)
	conflict.Code = sso.PreconditionFailed
	return &conflict
}

// taggedVersion reads an ETag of ours; any other tag is stale by definition.
func taggedVersion(tag string) int64 {
	quoted, ok := strings.CutPrefix(tag, `"`)
	if n, err := strconv.ParseInt(strings.TrimSuffix(quoted, `"`), 10, 64); ok && err == nil {
		return n
	}
	return noVersion
}

func etag(version int64) *string {
	tag := `"` + strconv.FormatInt(version, 10) + `"`
	return &tag
}

// patched applies a JSON merge patch (RFC 7386) to a document without nested objects: named members replace, null removes.
func patched(base api.SettingsDraft, named map[string]jsontext.Value) (api.SettingsDraft, error) {
	var doc api.SettingsDraft
	data, err := json.Marshal(base)
	if err != nil {
		return doc, err
	}
	merged, err := members(data)
	if err != nil {
		return doc, err
	}
	for name, value := range named {
		merged[name] = value
		if value.Kind() == 'n' && fieldOfSettings(name) {
			delete(merged, name)
		}
	}
	if data, err = json.Marshal(merged, json.Deterministic(true)); err != nil {
		return doc, err
	}
	return doc, decodeFields(data, &doc)
}

// fieldOfSettings reports whether the document has that member, so that a misspelt null is refused and not ignored.
func fieldOfSettings(name string) bool {
	data, err := json.Marshal(map[string]any{name: nil})
	if err != nil {
		return false
	}
	return json.Unmarshal(data, new(api.SettingsDraft), json.RejectUnknownMembers(true)) == nil
}

// tenantPart is the stored document without version and without what belongs to the connection.
func tenantPart(st sso.Settings) api.SettingsDraft {
	sync, initiated := api.SettingsDraftRoleSync(st.RoleSync), api.SettingsDraftIdpInitiated(st.IDPInitiated)
	provider, roles, inboxes := string(st.Provider), texts(st.Roles.Defaults), texts(st.Inboxes.Defaults)
	roleRows, inboxRows := roleMappings(st.Roles.Rows), inboxMappings(st.Inboxes.Rows)
	return api.SettingsDraft{
		UseSso: &st.UseSSO, Provider: &provider, ForceReauthentication: &st.ForceReauthentication, CreateUserOnFirstLogin: &st.JIT,
		RoleSync: &sync, IdpInitiated: &initiated, DefaultRoles: &roles, DefaultInboxes: &inboxes,
		RoleMappings: &roleRows, InboxMappings: &inboxRows,
	}
}

func draftOf(doc api.SettingsDraft) settings.Draft {
	d := settings.Draft{
		UseSSO: or(doc.UseSso), Provider: sso.ProviderKey(or(doc.Provider)), ForceReauthentication: or(doc.ForceReauthentication),
		JIT: or(doc.CreateUserOnFirstLogin), RoleSync: sso.RoleSync(or(doc.RoleSync)), IDPInitiated: sso.IDPInitiated(or(doc.IdpInitiated)),
		Roles: sso.Mapping{Defaults: keys(or(doc.DefaultRoles))}, Inboxes: sso.Mapping{Defaults: keys(or(doc.DefaultInboxes))},
		Connection: settings.ConnectionDraft{
			MetadataURL: doc.MetadataURL, MetadataXML: doc.MetadataXML, ChosenEntityID: doc.IdpEntityID,
			SignRequests: (*sso.SignRequests)(doc.SignRequests), AllowSHA1: doc.AllowSha1,
		},
	}
	for _, row := range or(doc.RoleMappings) {
		d.Roles.Rows = append(d.Roles.Rows, sso.Row{Attribute: row.SamlAttribute, Value: row.SamlAttributeValue, Grant: keys(row.Roles)})
	}
	for _, row := range or(doc.InboxMappings) {
		d.Inboxes.Rows = append(d.Inboxes.Rows, sso.Row{Attribute: row.SamlAttribute, Value: row.SamlAttributeValue, Grant: keys(row.Inboxes)})
	}
	return d
}

func settingsAnswer(v settings.View) api.SettingsJSONResponse {
	st, conn := v.Settings, v.Connection
	doc := api.Settings{
		Tenant: string(st.Tenant), Version: st.Version, Status: api.SettingsStatus(v.Status), UseSso: st.UseSSO, Provider: string(st.Provider),
		ForceReauthentication: st.ForceReauthentication, MetadataURL: conn.MetadataURL, MetadataXML: conn.MetadataXML,
		CreateUserOnFirstLogin: st.JIT, RoleSync: string(st.RoleSync), IdpInitiated: string(st.IDPInitiated),
		DefaultRoles: texts(st.Roles.Defaults), RoleMappings: roleMappings(st.Roles.Rows),
		DefaultInboxes: texts(st.Inboxes.Defaults), InboxMappings: inboxMappings(st.Inboxes.Rows),
		IdpEntityID: orNull(conn.ChosenEntityID), SignRequests: signRequests(conn), AllowSha1: conn.AllowSHA1,
		IdentityProvider: identityProvider(conn), ServiceProvider: api.ServiceProvider{
			EntityID: v.ServiceProvider.EntityID, AcsURL: v.ServiceProvider.ACSURL, SloURL: v.ServiceProvider.SLOURL,
			MetadataURL: v.ServiceProvider.MetadataURL, LoginURL: v.ServiceProvider.LoginURL,
		},
		Warnings: fieldErrors(v.Warnings), UpdatedAt: timeOrNull(st.UpdatedAt), UpdatedBy: orNull(st.UpdatedBy),
	}
	return api.SettingsJSONResponse{Body: doc, Headers: api.SettingsResponseHeaders{ETag: etag(st.Version)}}
}

func roleMappings(rows []sso.Row) []api.RoleMapping {
	out := make([]api.RoleMapping, len(rows))
	for i, r := range rows {
		out[i] = api.RoleMapping{SamlAttribute: r.Attribute, SamlAttributeValue: r.Value, Roles: texts(r.Grant)}
	}
	return out
}

func inboxMappings(rows []sso.Row) []api.InboxMapping {
	out := make([]api.InboxMapping, len(rows))
	for i, r := range rows {
		out[i] = api.InboxMapping{SamlAttribute: r.Attribute, SamlAttributeValue: r.Value, Inboxes: texts(r.Grant)}
	}
	return out
}

// oneOf is the body of a route that takes two content types; acceptJSON has seen to it that one is there.
func oneOf[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

// or is what p points at, or the zero value.
func or[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func keys(names []string) []sso.Key {
	out := make([]sso.Key, len(names))
	for i, n := range names {
		out[i] = sso.Key(n)
	}
	return out
}

// texts never returns nil: lists in documents are [] and not null.
func texts[T ~string](names []T) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return out
}
