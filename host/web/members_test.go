package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// here stands in an object for the member that a test adds to it, which JSON made from a Go value could not have twice.
const here = `"HERE":0`

// object is one of the objects in a document.
type object struct {
	path  string // as refusals write it, "" for the document itself
	first string // one of its members, "" for none
	text  string // the whole document, with here in this object
}

// with is the document with a further member in the object.
func (o object) with(name, value string) string {
	return strings.Replace(o.text, here, fmt.Sprintf("%q:%s", name, value), 1)
}

// member is the path of a member of the object.
func (o object) member(name string) string { return strings.TrimPrefix(o.path+"."+name, ".") }

// objects are those in root, at any depth; v is the part of it that is at path.
func objects(t *testing.T, root, v any, path string) (all []object) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		v["HERE"] = 0
		text, err := json.Marshal(root)
		require.NoError(t, err)
		delete(v, "HERE")
		o := object{path: path, text: string(text)}
		if len(names) > 0 {
			o.first = names[0]
		}
		all = append(all, o)
		for _, name := range names {
			all = append(all, objects(t, root, v[name], o.member(name))...)
		}
	case []any:
		for i, item := range v {
			all = append(all, objects(t, root, item, fmt.Sprintf("%s[%d]", path, i))...)
		}
	}
	return all
}

// TestNoObjectOfABodyTakesAMemberMore: testing/security tries this at the top of bodies that are objects; here it is the objects in lists and in other
// objects, in each body that the OpenAPI file has an example of. The twin is the example as it stands.
func TestNoObjectOfABodyTakesAMemberMore(t *testing.T) {
	w := newWorld(t)
	id := string(w.person("acme", "grace@acme.test", "agent").ID)
	inside := map[string]int{} // objects that are not the document, by call
	for _, g := range docsOf(t).Groups {
		for _, c := range g.Calls {
			if c.Body == nil || c.Body.Types[0] == "text/csv" {
				continue
			}
			name := c.Method + " " + c.Path
			ask := func(body string) *httptest.ResponseRecorder {
				path := strings.NewReplacer("{tenant}", "acme", "{provider}", "pingone", "{key}", "okta", "{id}", id).Replace(c.Path)
				return w.api(c.Method, path, operatorToken, body, "Content-Type", c.Body.Types[0])
			}
			var example any
			require.NoError(t, json.Unmarshal([]byte(c.Body.Example), &example))
			if document, ok := example.(map[string]any); ok && document["version"] != nil && c.Method != http.MethodPost {
				document["version"] = 0 // else the refusal could be that it is not the saved one
			}
			before := w.store.Rows()
			for _, o := range objects(t, example, example, "") {
				if o.path != "" {
					inside[name]++
				}
				if o.first != "" {
					refused(t, ask(o.with(o.first, `"again"`)), 400, sso.BadJSON)
				}
				if name == "POST /tenants/{tenant}/sso/preview" && o.path == "attributes" {
					require.Equal(t, 200, ask(o.with("is_admin", `["yes"]`)).Code)
					continue // its members are attributes, of any name
				}
				for _, more := range []string{"tenant_id", "is_admin", "__proto__", strings.ToUpper(o.first) + "S", o.first + " "} {
					got := refused(t, ask(o.with(more, `{"admin":true}`)), 422, sso.Invalid)
					require.Equal(t, []string{o.member(more) + ": unknown_field"}, got, "%s with %q", name, more)
				}
			}
			require.Equal(t, before, w.store.Rows(), name)
			twin, err := json.Marshal(example)
			require.NoError(t, err)
			got := ask(string(twin))
			require.NotContains(t, got.Body.String(), string(sso.UnknownField), name)
			require.NotContains(t, got.Body.String(), string(sso.BadJSON), name)
		}
	}
	for _, name := range []string{
		"PUT /tenants/{tenant}/roles", "PUT /tenants/{tenant}/inboxes", "PUT /tenants/{tenant}/sso", "PATCH /tenants/{tenant}/sso", "POST /tenants/{tenant}/sso/preview",
	} {
		require.NotZero(t, inside[name], "the example of %s has no object inside", name)
	}
}
