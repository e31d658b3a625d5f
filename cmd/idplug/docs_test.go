package main

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/idplug/idplug/testing/docblock"
)

var update = flag.Bool("update", false, "rewrite the page instead of comparing it")

// TestCommandsPage keeps docs/reference/cli.md equal to the commands there are.
func TestCommandsPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("| command | does |\n|---|---|\n")
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			if sub.HasSubCommands() {
				walk(sub)
			} else if sub.Name() != "help" {
				fmt.Fprintf(&b, "| `%s` | %s |\n", strings.TrimSuffix(sub.UseLine(), " [flags]"), sub.Short)
			}
		}
	}
	walk(newRoot(&app{}))
	docblock.Check(t, "docs/reference/cli.md", "commands", b.String(), *update)
}
