// Package journey goes the way of a vendor, who has idplug and nothing else: a new plugin, its tests, the rules, a running host, as the tutorial
// tells it. testing/consumer is what the vendor then has, a module of its own that nothing here imports. Only tests enter.
package journey

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
	"github.com/idplug/idplug/testing/program"
)

var update = flag.Bool("update", false, "write testing/consumer anew instead of comparing it")

// bin is the folder of idplug, built once. It is set before any test runs.
var bin string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "idplug-journey")
	if err == nil {
		defer os.RemoveAll(dir)
		err = program.Build(context.Background(), dir, "./cmd/idplug")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	bin = dir
	return m.Run()
}

// command runs a program in a folder and returns what it said.
func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=-trimpath "+os.Getenv("GOFLAGS"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v\n%s", name, args, out)
	return string(out)
}

// consumer is the folder of the vendor's module.
func consumer(t *testing.T) string {
	t.Helper()
	return filepath.Join(docblock.Root(t), "testing", "consumer")
}

// tree reads every file below a folder, but those that .gitignore names.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		switch name := strings.TrimPrefix(path, dir+string(filepath.Separator)); {
		case err != nil:
			return err
		case entry.IsDir() && (name == "bin" || name == ".idplug"):
			return filepath.SkipDir
		case !entry.IsDir():
			text, err := os.ReadFile(path)
			files[name] = string(text)
			return err
		}
		return nil
	}))
	return files
}
