package main

import (
	"encoding/json"
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
)

func TestNewRefusesWithoutLeavingAnything(t *testing.T) {
	root := docblock.Root(t)
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "-modcacherw")
	t.Setenv("GOMODCACHE", t.TempDir()) // the one thing that can go wrong late: modules that cannot be had
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"a key in capitals":        {[]string{"Acme"}, exitUsage, "is no key"},
		"a key of one letter":      {[]string{"a"}, exitUsage, "2 to 40"},
		"no key":                   {nil, exitUsage, "plugin new KEY"},
		"a folder with something":  {[]string{"acme", "--dir", ".", "--sdk", root}, exitFailed, "not empty"},
		"a file":                   {[]string{"acme", "--dir", "kept", "--sdk", root}, exitFailed, "no folder"},
		"no released SDK":          {[]string{"acme"}, exitUsage, "add --sdk"},
		"an SDK that is none":      {[]string{"acme", "--sdk", "."}, exitUsage, "go.mod must begin with"},
		"a module with a space":    {[]string{"acme", "--module", "my module"}, exitUsage, "no module path"},
		"a name that is code":      {[]string{"acme", "--name", `"+os.Exit()+"`}, exitUsage, "leave out quotes"},
		"modules cannot be had":    {[]string{"acme", "--sdk", root}, exitFailed, "go mod tidy"},
		"and the folder was there": {[]string{"acme", "--dir", "empty", "--sdk", root}, exitFailed, "go mod tidy"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			require.NoError(t, os.WriteFile("kept", nil, 0o600))
			require.NoError(t, os.Mkdir("empty", 0o700))
			code, stdout, stderr := idplug(t, append([]string{"plugin", "new"}, c.args...)...)
			require.Equal(t, c.code, code, stdout+stderr)
			require.Contains(t, stderr, c.says)
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Len(t, entries, 2)
			inside, err := os.ReadDir("empty")
			require.NoError(t, err)
			require.Empty(t, inside)
		})
	}
}

func TestNewTellsWhatItWrote(t *testing.T) {
	root := docblock.Root(t)
	t.Chdir(t.TempDir())
	require.NoError(t, os.Mkdir("here", 0o700))
	code, stdout, stderr := idplug(t, "plugin", "new", "acme-cloud", "--dir", "here", "--sdk", root, "--json")
	require.Equal(t, exitDone, code, stderr)
	require.Contains(t, stderr, "go mod tidy", "the step that takes time is announced")
	var told struct {
		Module string
		Files  []string
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &told))
	require.Equal(t, "github.com/acme-cloud/idplug-provider-acme-cloud", told.Module)
	var found []string
	require.NoError(t, filepath.WalkDir("here", func(path string, entry os.DirEntry, err error) error {
		if !entry.IsDir() {
			found = append(found, strings.TrimPrefix(path, "here/"))
		}
		return err
	}))
	require.ElementsMatch(t, told.Files, found)
	require.Contains(t, told.Files, ".gitignore")
	for _, file := range found {
		text, err := os.ReadFile(filepath.Join("here", file))
		require.NoError(t, err)
		require.NotContains(t, string(text), "{{", file)
		if filepath.Ext(file) == ".go" {
			formatted, err := format.Source(text)
			require.NoError(t, err)
			require.Equal(t, string(formatted), string(text), file)
		}
	}
}

func TestTitle(t *testing.T) {
	require.Equal(t, "Acme Cloud 9", title("acme-cloud--9"))
}
