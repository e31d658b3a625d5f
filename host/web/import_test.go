package web

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

func (w *world) imports(query, file string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.api("POST", "/tenants/acme/users/import"+query, w.admin, file, append([]string{"Content-Type", "text/csv"}, headers...)...)
}

func TestUsersAreImportedByTheAPI(t *testing.T) {
	w := newWorld(t)
	file := "email,name,roles,inboxes\r\nada@acme.test,Ada,\"agent;team_manager\",general\r\nbob@acme.test,,agent,\r\n"
	dry := document(t, w.imports("?dry_run=true", file))
	require.Equal(t, true, dry["dry_run"])
	require.InDelta(t, 2, dry["created"], 0)
	row := dry["rows"].([]any)[0].(map[string]any)
	require.Equal(t, map[string]any{
		"line": 2.0, "outcome": "create", "email": "ada@acme.test", "name": "Ada", "roles": []any{"team_manager", "agent"},
		"inboxes": []any{"general"}, "errors": []any{},
	}, row)
	require.Empty(t, document(t, w.api("GET", "/tenants/acme/users", w.admin, ""))["items"])

	a := w.imports("", file)
	require.Equal(t, 200, a.Code, a.Body.String())
	row = document(t, a)["rows"].([]any)[0].(map[string]any)
	user := document(t, w.api("GET", "/tenants/acme/users/"+row["id"].(string), w.admin, ""))
	require.Equal(t, "Ada", user["name"])
	require.Equal(t, "invited", user["status"])

	again := document(t, w.imports("", file, "Content-Type", "text/csv; charset=UTF-8"))
	require.InDelta(t, 2, again["existing"], 0)
	row = again["rows"].([]any)[0].(map[string]any)
	require.NotContains(t, row, "id")
	require.Equal(t, "email_taken", row["errors"].([]any)[0].(map[string]any)["code"])
}

func TestAnImportThatIsRefusedNamesLines(t *testing.T) {
	w := newWorld(t)
	file := "email,roles\nada@acme.test,agent\nnobody,chef\n"
	require.Equal(t, []string{"line[3].email: email_invalid", "line[3].roles[0]: unknown_key"}, refused(t, w.imports("", file), 422, sso.ImportRefused))
	dry := document(t, w.imports("?dry_run=true", file))
	require.InDelta(t, 1, dry["refused"], 0)
	require.Empty(t, document(t, w.api("GET", "/tenants/acme/users", w.admin, ""))["items"])

	refused(t, w.imports("", "email\n"), 422, sso.CSVHeader)
	refused(t, w.imports("", "email,roles\n\"x"), 422, sso.CSVMalformed)
	refused(t, w.imports("", ""), 422, sso.CSVHeader)
	require.Equal(t, []string{"rows: too_many"},
		refused(t, w.imports("", "email,roles\n"+strings.Repeat("a,b\n", directory.MaxImport+1)), 422, sso.Invalid))
	refused(t, w.imports("", strings.Repeat("x", directory.MaxPeopleFile+1)), 413, sso.TooLarge)
	refused(t, w.imports("", file, "Content-Type", "application/json"), 415, sso.UnsupportedMedia)
	refused(t, w.imports("", file, "Content-Type", "text/csv; charset=utf-16"), 415, sso.UnsupportedMedia)
	refused(t, w.imports("?dry_run=perhaps", file), 400, sso.BadRequest)
	w.tenant("globex")
	refused(t, w.imports("", file, "Authorization", "Bearer "+w.token("globex")), 404, sso.NotFound)
	refused(t, w.imports("", file, "Authorization", ""), 401, sso.Unauthorized)
	require.NotContains(t, w.log.String(), "acme.test", "no address in the log")
}

// endless is a body that counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

func TestAnImportReadsNoMoreThanItTakes(t *testing.T) {
	w := newWorld(t)
	body := &endless{}
	r := httptest.NewRequest(http.MethodPost, w.o.Origin+"/api/v1/tenants/acme/users/import", io.LimitReader(body, 64<<20))
	r.Header.Set("Content-Type", "text/csv")
	r.Header.Set("Authorization", "Bearer "+w.admin)
	refused(t, w.serve(r), 413, sso.TooLarge)
	require.Less(t, body.read, 4*directory.MaxPeopleFile)
}

func TestTheListOfUsersIsExportedAsItIsFiltered(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, 200, w.imports("", "email,name,roles\nada@acme.test,=Ada,administrator\nbob@acme.test,Bob,agent\n").Code)
	a := w.api("GET", "/tenants/acme/users/export?role=administrator", w.admin, "")
	require.Equal(t, 200, a.Code, a.Body.String())
	require.Equal(t, "text/csv", a.Header().Get("Content-Type"))
	require.Equal(t, `attachment; filename="acme-users.csv"`, a.Header().Get("Content-Disposition"))
	require.Equal(t, "\uFEFFemail,name,roles,inboxes,status,last_login_at\r\nada@acme.test,'=Ada,administrator,,invited,\r\n", a.Body.String())
	refused(t, w.api("GET", "/tenants/acme/users/export?status=gone", w.admin, ""), 400, sso.BadRequest)
	refused(t, w.api("GET", "/tenants/acme/users/export", "", ""), 401, sso.Unauthorized)
}

func TestTheListOfUsersIsFilteredAndSorted(t *testing.T) {
	w := newWorld(t)
	var file strings.Builder
	file.WriteString("email,name,roles\n")
	for i := range 5 {
		fmt.Fprintf(&file, "u%d@acme.test,%c%s,%s\n", i, 'e'-i, strings.Repeat("x", 199), []string{"agent", "analyst"}[i%2])
	}
	require.Equal(t, 200, w.imports("", file.String()).Code)
	list := func(query string) string {
		var out strings.Builder
		for cursor := ""; ; {
			doc := document(t, w.api("GET", "/tenants/acme/users?limit=2&"+query+"&cursor="+url.QueryEscape(cursor), w.admin, ""))
			for _, item := range doc["items"].([]any) {
				out.WriteString(item.(map[string]any)["email"].(string)[1:2])
			}
			if cursor = doc["next"].(string); cursor == "" {
				return out.String()
			}
		}
	}
	require.Equal(t, "43210", list("sort=name"))
	require.Equal(t, "024", list("role=agent"))
	require.Equal(t, "31", list("role=analyst&sort=-email&status=invited"))
	for _, sort := range []string{"-", "password", "email,name"} {
		refused(t, w.api("GET", "/tenants/acme/users?sort="+sort, w.admin, ""), 400, sso.BadRequest)
	}
}

func TestIfMatchProtectsUsersAndCatalogues(t *testing.T) {
	w := newWorld(t)
	ada := w.person("acme", "ada@acme.test", "agent")
	for path, bodies := range map[string][2]string{
		"/tenants/acme/users/" + string(ada.ID): {`{"name":"One"}`, `{"name":"Two"}`},
		"/tenants/acme/inboxes":                 {`[{"key":"general","name":"One"}]`, `[{"key":"general","name":"Two"}]`},
	} {
		method := map[bool]string{true: "PUT", false: "PATCH"}[strings.HasSuffix(path, "inboxes")]
		read := w.api("GET", path, w.admin, "")
		seen := read.Header().Get("ETag")
		require.Regexp(t, `^"[0-9a-f]{32}"$`, seen)
		first := w.api(method, path, w.admin, bodies[0], "If-Match", seen)
		require.Equal(t, 200, first.Code, first.Body.String())
		require.NotEqual(t, seen, first.Header().Get("ETag"))
		for _, stale := range []string{seen, `"7"`, "W/" + first.Header().Get("ETag"), `""`} {
			refused(t, w.api(method, path, w.admin, bodies[1], "If-Match", stale), 412, sso.PreconditionFailed)
		}
		require.Equal(t, first.Header().Get("ETag"), w.api("GET", path, w.admin, "").Header().Get("ETag"))
		for _, fresh := range []string{first.Header().Get("ETag"), "*"} {
			require.Equal(t, 200, w.api(method, path, w.admin, bodies[1], "If-Match", fresh).Code)
		}
	}
	roles := w.api("GET", "/tenants/acme/roles", w.admin, "")
	refused(t, w.api("PUT", "/tenants/acme/roles", w.admin, roles.Body.String(), "If-Match", `"x"`), 412, sso.PreconditionFailed)
	require.Equal(t, 200, w.api("PUT", "/tenants/acme/roles", w.admin, roles.Body.String(), "If-Match", roles.Header().Get("ETag")).Code)
}
