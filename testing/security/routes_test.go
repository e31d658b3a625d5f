package security

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/idplug/idplug/testing/docblock"
)

// audience is who may use a route.
type audience int

const (
	administrators audience = iota // of the tenant in the path, their tokens, and the operator
	anyAdmin                       // an administrator of whichever tenant
	operators
)

// route is what the table expects of one call that is allowed.
type route struct {
	who    audience
	status int
	body   func(*scene) string // nil: none
	media  string              // of the body; JSON where it is empty
	id     func(*scene) string // for {id}, made anew for every call
}

func text(s string) func(*scene) string { return func(*scene) string { return s } }

func read(status int) route { return route{status: status} }

// routes is the table. A call of the OpenAPI file that it lacks fails the test: whoever adds one says here who may use it.
var routes = map[string]route{
	"GET /providers":               {who: anyAdmin, status: 200},
	"GET /providers/{key}":         {who: anyAdmin, status: 200},
	"GET /plugins":                 {who: operators, status: 200},
	"GET /plugins/{key}":           {who: operators, status: 200},
	"POST /plugins/{key}/pin":      {who: operators, status: 200, body: text(`{}`)},
	"POST /plugins/{key}/restart":  {who: operators, status: 200},
	"GET /tenants":                 {who: operators, status: 200},
	"POST /tenants":                {who: operators, status: 201, body: func(s *scene) string { return `{"slug":"` + string(s.acme) + `-new"}` }},
	"GET /tenants/{tenant}":        read(200),
	"PATCH /tenants/{tenant}":      {who: operators, status: 200, body: text(`{"name":"New"}`)},
	"DELETE /tenants/{tenant}":     {who: operators, status: 204},
	"GET /tenants/{tenant}/tokens": read(200),
	"POST /tenants/{tenant}/tokens": {
		status: 201, body: text(`{"name":"ci"}`),
	},
	"DELETE /tenants/{tenant}/tokens/{id}": {status: 204, id: (*scene).someToken},
	"GET /tenants/{tenant}/sso":            read(200),
	"PUT /tenants/{tenant}/sso":            {status: 200, body: text(`{"version":0}`)},
	"PATCH /tenants/{tenant}/sso":          {status: 200, body: text(`{"version":0,"default_roles":["agent"]}`)},
	"POST /tenants/{tenant}/sso/preview":   {status: 200, body: text(`{"attributes":{"groups":["x"]}}`)},
	"POST /tenants/{tenant}/sso/test":      {status: 422, body: text(`{}`)}, // there is nothing to test yet
	"GET /tenants/{tenant}/sso/keys":       read(200),
	"POST /tenants/{tenant}/sso/keys":      {status: 201},
	"DELETE /tenants/{tenant}/sso/keys/{id}": {
		status: 204, id: (*scene).someKey,
	},
	"GET /tenants/{tenant}/sso/connections/{provider}": read(200),
	"PUT /tenants/{tenant}/sso/connections/{provider}": {status: 200, body: (*scene).connection},
	"GET /tenants/{tenant}/roles":                      read(200),
	"PUT /tenants/{tenant}/roles": {
		status: 200, body: text(`[{"key":"administrator","name":"Administrator"},{"key":"agent","name":"Agent"},{"key":"new","name":"New"}]`),
	},
	"GET /tenants/{tenant}/inboxes":                  read(200),
	"PUT /tenants/{tenant}/inboxes":                  {status: 200, body: text(`[{"key":"new","name":"New"}]`)},
	"GET /tenants/{tenant}/users":                    read(200),
	"POST /tenants/{tenant}/users":                   {status: 201, body: text(`{"email":"new@example.test","roles":["agent"]}`)},
	"POST /tenants/{tenant}/users/import":            {status: 200, media: "text/csv", body: text("email,roles\nnew@example.test,agent\n")},
	"GET /tenants/{tenant}/users/export":             read(200),
	"GET /tenants/{tenant}/users/{id}":               {status: 200, id: (*scene).somebody},
	"PATCH /tenants/{tenant}/users/{id}":             {status: 200, body: text(`{"name":"New"}`), id: (*scene).somebody},
	"DELETE /tenants/{tenant}/users/{id}":            {status: 204, id: (*scene).somebody},
	"DELETE /tenants/{tenant}/users/{id}/identities": {status: 204, id: (*scene).somebody},
	"POST /tenants/{tenant}/users/{id}/invitation":   {status: 202, id: (*scene).somebody},
	"POST /tenants/{tenant}/users/invitations":       {status: 202},
	"GET /tenants/{tenant}/logins":                   read(200),
	"GET /tenants/{tenant}/audit":                    read(200),
}

// described are the calls of the OpenAPI file, as "GET /tenants/{tenant}".
func described(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(docblock.Root(t), "host/web/openapi.yaml"))
	require.NoError(t, err)
	var file struct {
		Paths map[string]map[string]yaml.Node
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	var calls []string
	for path, members := range file.Paths {
		for method := range members {
			if slices.Contains([]string{"get", "put", "post", "patch", "delete"}, method) {
				calls = append(calls, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(calls)
	return calls
}

// TestEveryRouteSaysWhoMayUseIt keeps the table complete.
func TestEveryRouteSaysWhoMayUseIt(t *testing.T) {
	require.Equal(t, described(t), slices.Sorted(maps.Keys(routes)), "a call is added to testing/security/routes_test.go with who may use it")
}

// withMember is a JSON object with one more member.
func withMember(t *testing.T, object, name string, value any) string {
	t.Helper()
	encoded, err := json.Marshal(map[string]any{name: value})
	require.NoError(t, err)
	if object == "{}" {
		return string(encoded)
	}
	return strings.TrimSuffix(object, "}") + "," + strings.TrimPrefix(string(encoded), "{")
}
