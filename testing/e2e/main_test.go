// Package e2e tells stories of idplug on real binaries: the server, its command line, its plugins and the development identity provider, each a
// process of its own, watched over HTTP as a user, an administrator and an attacker would. The stories are the scripts in testdata/script; the
// commands they are written in stand in commands_test.go. Only tests enter.
package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/idplug/idplug/testing/program"
)

// bin is the folder of the programs, built once. It is the one variable that tests share, set before any of them runs.
var bin string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "idplug-e2e")
	if err == nil {
		defer os.RemoveAll(dir)
		err = program.Build(context.Background(), dir, "./cmd/...")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	bin = dir
	return m.Run()
}

// storiesTime bounds all stories together.
const storiesTime = 4 * time.Minute

func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               setup,
		Cmds:                commands(),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Deadline:            time.Now().Add(storiesTime),
	})
}
