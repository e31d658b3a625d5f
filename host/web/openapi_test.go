package web

import (
	"flag"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "rewrite the generated blocks of pages")

// spec is the part of an OpenAPI file that the tests read.
type spec struct {
	OpenAPI string
	Tags    []struct{ Name, Description string }
	Paths   map[string]map[string]yaml.Node
}

type operation struct {
	OperationID string `yaml:"operationId"`
	Tags        []string
	Summary     string
	Description string
}

// inCode are the names that descriptions write between backquotes.
var inCode = regexp.MustCompile("`([^`]+)`")

var methods = []string{"get", "post", "put", "patch", "delete"}

func readSpec(t *testing.T) spec {
	t.Helper()
	data, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	var s spec
	require.NoError(t, yaml.Unmarshal(data, &s))
	require.Equal(t, "3.1.0", s.OpenAPI)
	return s
}

// each calls do for every operation, by path and then method.
func (s spec) each(t *testing.T, do func(method, path string, o operation)) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(s.Paths)) {
		for _, method := range methods {
			if node, ok := s.Paths[path][method]; ok {
				var o operation
				require.NoError(t, node.Decode(&o))
				do(strings.ToUpper(method), path, o)
			}
		}
	}
}

// specRoutes are "GET /tenants/{tenant}" and so on.
func specRoutes(t *testing.T) []string {
	t.Helper()
	var routes []string
	readSpec(t).each(t, func(method, path string, _ operation) { routes = append(routes, method+" "+path) })
	return routes
}

func TestRoutesAreThoseOfTheOpenAPIFile(t *testing.T) {
	parameter := regexp.MustCompile(`:(\w+)`)
	var served []string
	for _, r := range newWorld(t).echo.Routes() {
		if path, ok := strings.CutPrefix(r.Path, apiBase+"/"); ok && path != "openapi.yaml" {
			served = append(served, r.Method+" /"+parameter.ReplaceAllString(path, "{$1}"))
		}
	}
	require.ElementsMatch(t, specRoutes(t), served)
}

func TestOpenAPIFileAndDocsAreServed(t *testing.T) {
	w := newWorld(t)
	a := w.browser().do("GET", "/api/v1/openapi.yaml", nil)
	require.Equal(t, 200, a.Code)
	require.Equal(t, "application/yaml", a.Header().Get("Content-Type"))
	file, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	require.Equal(t, strings.Replace(string(file), "\n  - url: /api/v1\n", "\n  - url: "+w.o.Origin+"/api/v1\n", 1), a.Body.String())
	require.Contains(t, a.Body.String(), "- url: https://app.test/api/v1", "importers learn where the service is")
	a = w.browser().do("GET", "/api/docs", nil)
	require.Equal(t, 200, a.Code)
	for _, route := range specRoutes(t) {
		require.Contains(t, a.Body.String(), route)
	}
	require.Contains(t, a.Body.String(), `href="/api/v1/openapi.yaml" download`)
}
