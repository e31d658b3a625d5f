package docs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/idplug/idplug/host"
	"github.com/idplug/idplug/testing/docblock"
)

func TestTheConfigurationPageListsEveryOption(t *testing.T) {
	var b strings.Builder
	b.WriteString("| flag | environment | file | default | meaning |\n|---|---|---|---|---|\n")
	for _, option := range host.Options() {
		preset := "–"
		if option.Default != "" {
			preset = "`" + option.Default + "`"
		}
		fmt.Fprintf(&b, "| `--%s` | `%s` | `%s` | %s | %s |\n", option.Flag(), option.Env(), option.Key, preset, cell(option.Help))
	}
	docblock.Check(t, "docs/reference/configuration.md", "options", b.String(), *update)
}
