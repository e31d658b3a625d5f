package docs_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

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
