package docs_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/docblock"
)

var update = flag.Bool("update", false, "rewrite the generated blocks in docs instead of comparing them")

func TestTheErrorsPageListsEveryCode(t *testing.T) {
	var b strings.Builder
	b.WriteString("| code | status | meaning | who can mend it | how |\n|---|---|---|---|---|\n")
	for _, code := range sso.Codes() {
		text := sso.TextOf(code)
		status := "–"
		if text.Status != 0 {
			status = strconv.Itoa(text.Status)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", code, status, cell(text.Summary), cell(text.Who), cell(text.Fix))
	}
	docblock.Check(t, "docs/reference/errors.md", "errors", b.String(), *update)
}

// TestTheAPIPageListsEveryCall prints the calls of the OpenAPI file, from which the server's routes are generated too.
func TestTheAPIPageListsEveryCall(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(docblock.Root(t), "host/web/openapi.yaml"))
	require.NoError(t, err)
	var api struct {
		Paths map[string]map[string]yaml.Node `yaml:"paths"`
	}
	require.NoError(t, yaml.Unmarshal(source, &api))
	require.NotEmpty(t, api.Paths)

	var b strings.Builder
	b.WriteString("| call | for |\n|---|---|\n")
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			node, ok := api.Paths[path][method]
			if !ok {
				continue
			}
			var call struct{ Summary string }
			require.NoError(t, node.Decode(&call))
			require.NotEmpty(t, call.Summary, "%s %s says nothing", method, path)
			fmt.Fprintf(&b, "| %s %s | %s |\n", strings.ToUpper(method), path, cell(call.Summary))
		}
	}
	docblock.Check(t, "docs/reference/http-api.md", "calls", b.String(), *update)
}

// cell keeps a text inside its column.
func cell(text string) string {
	if text == "" {
		return "–"
	}
	return strings.ReplaceAll(text, "|", `\|`)
}

func TestTheProtocolPagePrintsTheProtocol(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(docblock.Root(t), "sdk/proto/idplug/v1/*.proto"))
	require.NoError(t, err)
	require.Len(t, files, 1, "a page about one file")
	proto, err := os.ReadFile(files[0])
	require.NoError(t, err)
	docblock.Check(t, "docs/reference/plugin-protocol.md", "proto", "```proto\n"+string(proto)+"```", *update)
}
