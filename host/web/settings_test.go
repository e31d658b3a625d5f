package web

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

func TestBodiesAreReadStrictly(t *testing.T) {
	w := newWorld(t)
	deep := strings.Repeat("[", 20_000)
	for name, try := range map[string]struct {
		method, path, body string
		status             int
		code               sso.Code
		fields             []string
	}{
		"broken":                 {"PUT", "/tenants/acme/sso", `{"use_sso":`, 400, sso.BadJSON, nil},
		"empty":                  {"PUT", "/tenants/acme/sso", ` `, 400, sso.BadJSON, nil},
		"duplicate key":          {"PUT", "/tenants/acme/sso", `{"use_sso":true,"use_sso":false}`, 400, sso.BadJSON, nil},
		"duplicate key inside":   {"PUT", "/tenants/acme/sso", `{"role_mappings":[{"roles":[],"roles":[]}]}`, 400, sso.BadJSON, nil},
		"trailing data":          {"PUT", "/tenants/acme/sso", `{"version":0}{}`, 400, sso.BadJSON, nil},
		"invalid UTF-8":          {"PUT", "/tenants/acme/sso", "{\"provider\":\"\xff\"}", 400, sso.BadJSON, nil},
		"too deep":               {"PUT", "/tenants/acme/sso", deep, 400, sso.BadJSON, nil},
		"broken after a mistake": {"PUT", "/tenants/acme/sso", `{"use_sso":1,`, 400, sso.BadJSON, nil},
		"unknown field":          {"PUT", "/tenants/acme/sso", `{"use_ssso":true}`, 422, sso.Invalid, []string{"use_ssso: unknown_field"}},
		"another case":           {"PUT", "/tenants/acme/sso", `{"Use_SSO":true}`, 422, sso.Invalid, []string{"Use_SSO: unknown_field"}},
		"unknown field inside": {
			"PUT", "/tenants/acme/sso", `{"role_mappings":[{"saml_attribute":"a"},{"role":[]}]}`, 422, sso.Invalid,
			[]string{"role_mappings[1].role: unknown_field"},
		},
		"wrong type": {"PUT", "/tenants/acme/sso", `{"use_sso":"yes"}`, 422, sso.Invalid, []string{"use_sso: wrong_type"}},
		"wrong type inside": {
			"PUT", "/tenants/acme/sso", `{"role_mappings":[{"roles":["agent",7]}]}`, 422, sso.Invalid,
			[]string{"role_mappings[0].roles[1]: wrong_type"},
		},
		"a list":                   {"PUT", "/tenants/acme/sso", `[]`, 422, sso.Invalid, []string{": wrong_type"}},
		"null":                     {"PUT", "/tenants/acme/sso", `null`, 422, sso.Invalid, []string{": wrong_type"}},
		"fraction":                 {"PUT", "/tenants/acme/sso", `{"version":1.5}`, 422, sso.Invalid, []string{"version: wrong_type"}},
		"patch: unknown field":     {"PATCH", "/tenants/acme/sso", `{"version":0,"x":1}`, 422, sso.Invalid, []string{"x: unknown_field"}},
		"patch: unknown null":      {"PATCH", "/tenants/acme/sso", `{"version":0,"x":null}`, 422, sso.Invalid, []string{"x: unknown_field"}},
		"patch: wrong type":        {"PATCH", "/tenants/acme/sso", `{"default_roles":{}}`, 422, sso.Invalid, []string{"default_roles: wrong_type"}},
		"patch: a list":            {"PATCH", "/tenants/acme/sso", `[]`, 422, sso.Invalid, []string{": wrong_type"}},
		"connection: unknown":      {"PUT", "/tenants/acme/sso/connections/okta", `{"x":1}`, 422, sso.Invalid, []string{"x: unknown_field"}},
		"tenant: null":             {"PATCH", "/tenants/acme", `{"name":null}`, 422, sso.Invalid, []string{"name: required"}},
		"tenant: wrong type":       {"POST", "/tenants", `{"slug":1}`, 422, sso.Invalid, []string{"slug: wrong_type"}},
		"roles: wrong type":        {"PUT", "/tenants/acme/roles", `{"key":"a"}`, 422, sso.Invalid, []string{": wrong_type"}},
		"roles: wrong type inside": {"PUT", "/tenants/acme/roles", `[{"key":"a","name":2}]`, 422, sso.Invalid, []string{"[0].name: wrong_type"}},
		"users: unknown":           {"POST", "/tenants/acme/users", `{"emial":"x"}`, 422, sso.Invalid, []string{"emial: unknown_field"}},
		"too large":                {"PUT", "/tenants/acme/sso", `"` + strings.Repeat("a", maxBody) + `"`, 413, sso.TooLarge, nil},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, try.fields, refused(t, w.api(try.method, try.path, operatorToken, try.body), try.status, try.code))
		})
	}
}

func TestContentTypes(t *testing.T) {
	w := newWorld(t)
	for _, bad := range []string{"text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "", "application/jsonx", mergePatch} {
		a := w.api("PUT", "/tenants/acme/sso", w.admin, `{"version":0}`, "Content-Type", bad)
		refused(t, a, 415, sso.UnsupportedMedia)
	}
	require.Equal(t, 200, w.api("PUT", "/tenants/acme/sso", w.admin, `{"version":0}`, "Content-Type", "Application/JSON; charset=UTF-8").Code)
	require.Equal(t, 200, w.api("PATCH", "/tenants/acme/sso", w.admin, `{"version":1}`, "Content-Type", mergePatch).Code)
	require.Equal(t, 200, w.api("PATCH", "/tenants/acme", operatorToken, `{"name":"A"}`, "Content-Type", mergePatch).Code)
}

func TestRule13_SavesNameTheVersionTheyChange(t *testing.T) {
	w := newWorld(t)
	a := w.api("GET", "/tenants/acme/sso", w.admin, "")
	require.Equal(t, `"0"`, a.Header().Get("ETag"))
	refused(t, w.api("PUT", "/tenants/acme/sso", w.admin, `{}`), 428, sso.VersionRequired)
	refused(t, w.api("PATCH", "/tenants/acme/sso", w.admin, `{}`), 428, sso.VersionRequired)
	refused(t, w.api("PUT", "/tenants/acme/sso/connections/okta", w.admin, `{}`), 428, sso.VersionRequired)
	a = w.api("PUT", "/tenants/acme/sso", w.admin, `{}`, "If-Match", `"0"`)
	require.Equal(t, 200, a.Code, a.Body.String())
	require.Equal(t, `"1"`, a.Header().Get("ETag"))
	refused(t, w.api("PUT", "/tenants/acme/sso", w.admin, `{}`, "If-Match", "*"), 428, sso.VersionRequired)
	for _, stale := range []string{`"0"`, `W/"1"`, `1`, `"x"`} {
		refused(t, w.api("PUT", "/tenants/acme/sso", w.admin, `{}`, "If-Match", stale), 412, sso.PreconditionFailed)
	}
	refused(t, w.api("PUT", "/tenants/acme/sso", w.admin, `{"version":0}`), 409, sso.VersionConflict)
	refused(t, w.api("PATCH", "/tenants/acme/sso", w.admin, `{"version":7}`), 409, sso.VersionConflict)
	a = w.api("PUT", "/tenants/acme/sso", w.admin, `{"version":1}`)
	require.Equal(t, 200, a.Code)
	require.InDelta(t, 2, document(t, a)["version"], 0)
}

func TestADocumentThatWasReadCanBeSentBack(t *testing.T) {
	w := newWorld(t)
	w.ssoOn("acme", `"default_roles":["agent"]`, `"role_mappings":[{"saml_attribute":"g","saml_attribute_value":"a","roles":["analyst"]}]`,
		`"create_user_on_first_login":true`, `"sign_requests":"always"`)
	before := w.api("GET", "/tenants/acme/sso", w.admin, "")
	a := w.api("PUT", "/tenants/acme/sso", w.admin, before.Body.String())
	require.Equal(t, 200, a.Code, a.Body.String())
	was, is := document(t, before), document(t, a)
	for _, moved := range []string{"version", "updated_at", "updated_by", "identity_provider"} {
		delete(was, moved)
		delete(is, moved)
	}
	require.Equal(t, was, is)
	require.Equal(t, "active", is["status"])
	require.Equal(t, "https://app.test/saml/acme/acs", is["service_provider"].(map[string]any)["acs_url"])
}

func TestPutTakesDefaultsForAbsentFields(t *testing.T) {
	w := newWorld(t)
	w.ssoOn("acme", `"default_roles":["agent"]`, `"sign_requests":"always"`, `"allow_sha1":true`, `"force_reauthentication":true`)
	doc := document(t, w.api("PUT", "/tenants/acme/sso", w.admin, `{"version":1,"provider":"okta","use_sso":true}`))
	require.Equal(t, "auto", doc["sign_requests"])
	require.Equal(t, false, doc["allow_sha1"])
	require.Equal(t, false, doc["force_reauthentication"])
	require.Equal(t, []any{}, doc["default_roles"])
	require.Equal(t, "<idp/>", doc["metadata_xml"], "absent metadata is the kept one")
}

func TestPatchChangesWhatItNames(t *testing.T) {
	w := newWorld(t)
	w.ssoOn("acme", `"default_roles":["agent"]`, `"default_inboxes":["general"]`, `"sign_requests":"always"`, `"allow_sha1":true`)
	patch := func(body string) map[string]any {
		a := w.api("PATCH", "/tenants/acme/sso", w.admin, body)
		require.Equal(t, 200, a.Code, a.Body.String())
		return document(t, a)
	}
	doc := patch(`{"version":1,"force_reauthentication":true}`)
	require.Equal(t, true, doc["force_reauthentication"])
	require.Equal(t, true, doc["use_sso"])
	require.Equal(t, []any{"agent"}, doc["default_roles"])
	require.Equal(t, "always", doc["sign_requests"])
	require.Equal(t, true, doc["allow_sha1"])
	require.Equal(t, "<idp/>", doc["metadata_xml"])

	doc = patch(`{"version":2,"default_roles":null,"default_inboxes":[],"allow_sha1":null,"force_reauthentication":null}`)
	require.Equal(t, []any{}, doc["default_roles"])
	require.Equal(t, []any{}, doc["default_inboxes"])
	require.Equal(t, false, doc["allow_sha1"])
	require.Equal(t, false, doc["force_reauthentication"])
	require.Equal(t, "always", doc["sign_requests"])
}

func TestPatchThatSwitchesTheProviderSendsNothingOfTheOldOne(t *testing.T) {
	w := newWorld(t)
	w.ssoOn("acme", `"sign_requests":"always"`, `"allow_sha1":true`)
	a := w.api("PUT", "/tenants/acme/sso/connections/azure", w.admin, `{"version":0,"metadata_xml":"<azure/>"}`)
	require.Equal(t, 200, a.Code, a.Body.String())
	require.Equal(t, `"1"`, a.Header().Get("ETag"))
	a = w.api("PATCH", "/tenants/acme/sso", w.admin, `{"version":1,"provider":"azure"}`)
	require.Equal(t, 200, a.Code, a.Body.String())
	doc := document(t, a)
	require.Equal(t, "<azure/>", doc["metadata_xml"])
	require.Equal(t, "auto", doc["sign_requests"])
	require.Equal(t, false, doc["allow_sha1"])
	doc = document(t, w.api("PATCH", "/tenants/acme/sso", w.admin, `{"version":2,"provider":"okta"}`))
	require.Equal(t, "<idp/>", doc["metadata_xml"], "selecting a provider again brings its connection back")
	require.Equal(t, "always", doc["sign_requests"])
}

func TestNullClearsURLAndEntityID(t *testing.T) {
	w := newWorld(t)
	w.ssoOn("acme", `"metadata_url":"https://idp.test/md"`, `"idp_entity_id":"`+idpEntity+`"`)
	doc := document(t, w.api("GET", "/tenants/acme/sso", w.admin, ""))
	require.Equal(t, "https://idp.test/md", doc["metadata_url"])
	require.NotEmpty(t, doc["warnings"], "the fetch failed")
	doc = document(t, w.api("PATCH", "/tenants/acme/sso", w.admin, `{"version":1,"metadata_url":null,"idp_entity_id":null}`))
	require.Empty(t, doc["metadata_url"])
	require.Nil(t, doc["idp_entity_id"])
	require.Equal(t, "<idp/>", doc["metadata_xml"], "clearing the URL keeps the XML")
}

func TestPreviewSaysWhichRowsGranted(t *testing.T) {
	w := newWorld(t)
	w.ssoOn("acme", `"default_roles":["agent"]`, `"default_inboxes":["general"]`,
		`"role_mappings":[{"saml_attribute":"g","saml_attribute_value":"x","roles":["agent"]},{"saml_attribute":"g","saml_attribute_value":"a","roles":["analyst"]}]`)
	doc := document(t, w.api("POST", "/tenants/acme/sso/preview", w.admin, `{"attributes":{"g":["a"]},"email":"ada@acme.test"}`))
	require.Equal(t, []any{"analyst"}, doc["roles"])
	require.Equal(t, []any{"general"}, doc["inboxes"])
	require.Equal(t, []any{"role_mappings[1]"}, doc["role_mapping"].(map[string]any)["matched"])
	require.Equal(t, true, doc["inbox_mapping"].(map[string]any)["defaulted"])
	a := w.api("POST", "/tenants/acme/sso/preview", w.admin, `{"attributes":{},"email":"x"}`)
	require.Equal(t, []string{"email: email_invalid"}, refused(t, a, 422, sso.Invalid))
}

func TestProblemsOfASaveComeByField(t *testing.T) {
	w := newWorld(t)
	a := w.api("PUT", "/tenants/acme/sso", w.admin, `{"version":0,"use_sso":true,"default_roles":["agent","king"]}`)
	fields := refused(t, a, 422, sso.Invalid)
	require.Contains(t, fields, "default_roles[1]: unknown_key")
	require.Contains(t, fields, "provider: provider_required")
}
