package e2e

import (
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/idplug/idplug/testing/python"
)

// TestAPluginInAnotherLanguage tells the story of the plugin in Python; $plugin is its one file.
func TestAPluginInAnotherLanguage(t *testing.T) {
	t.Parallel()
	plugin := python.Build(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/python",
		Setup: func(env *testscript.Env) error {
			env.Setenv("plugin", plugin)
			return setup(env)
		},
		Cmds:                commands(),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Deadline:            time.Now().Add(storiesTime),
	})
}
