package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// idplug runs the command line as main does and returns its exit code and what it printed.
func idplug(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	open := func(name string) *os.File {
		f, err := os.CreateTemp(t.TempDir(), name)
		require.NoError(t, err)
		return f
	}
	out, errs := open("stdout"), open("stderr")
	code = run(t.Context(), args, out, errs)
	read := func(f *os.File) string {
		require.NoError(t, f.Close())
		b, err := os.ReadFile(f.Name())
		require.NoError(t, err)
		return string(b)
	}
	return code, read(out), read(errs)
}

func TestExitCodes(t *testing.T) {
	dir := []string{"--data-dir", filepath.Join(t.TempDir(), "data"), "--plugin-dir", filepath.Join(t.TempDir(), "plugins")}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"version":            {[]string{"version"}, exitDone, "idplug "},
		"help":               {[]string{"--help"}, exitDone, "Start with:"},
		"no command":         {[]string{}, exitDone, "Start with:"},
		"unknown command":    {[]string{"nope"}, exitUsage, `no command "nope"`},
		"unknown subcommand": {[]string{"tenant", "nope"}, exitUsage, `no command "nope"`},
		"unknown flag":       {[]string{"serve", "--nope"}, exitUsage, "unknown flag"},
		"argument missing":   {[]string{"tenant", "create"}, exitUsage, "tenant create SLUG"},
		"refused":            {append([]string{"tenant", "create", "Bad_Slug"}, dir...), exitFailed, "slug: The slug must be"},
		"not there":          {append([]string{"sso", "show", "nobody"}, dir...), exitFailed, "not_found"},
		"bad option":         {[]string{"migrate", "--plugin-trust", "everybody"}, exitFailed, "plugin_trust"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := idplug(t, c.args...)
			require.Equal(t, c.code, code, "%s%s", stdout, stderr)
			require.Contains(t, stdout+stderr, c.says)
		})
	}
}

func TestOperatorsCommands(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	cli := func(args ...string) map[string]any {
		t.Helper()
		code, stdout, stderr := idplug(t, append(args, "--json", "--data-dir", data, "--plugin-dir", t.TempDir(), "--base-url", "https://sso.example.com")...)
		require.Equal(t, exitDone, code, stderr)
		var doc map[string]any
		require.NoError(t, json.Unmarshal([]byte(stdout), &doc))
		return doc
	}
	require.NotZero(t, cli("migrate")["migrations"])
	require.Zero(t, cli("migrate")["migrations"])
	created := cli("tenant", "create", "acme", "--name", "Acme", "--email-domain", "acme.test")
	require.Equal(t, []any{"acme.test"}, created["email_domains"])
	require.True(t, strings.HasPrefix(created["administrator_link"].(string), "https://sso.example.com/invitation/acme/"))
	require.True(t, strings.HasPrefix(cli("token", "create", "acme", "--name", "ci")["token"].(string), "idp_"))
	shown := cli("sso", "show", "acme")
	require.Equal(t, "incomplete", shown["status"])
	require.Equal(t, "https://sso.example.com/saml/acme/acs", shown["acs_url"])
	disabled := cli("sso", "disable", "acme")
	require.Equal(t, false, disabled["was_on"])
	require.Len(t, disabled["links"], 1, "nobody is left to let in, so the link makes a new administrator")
}

func TestKeyRollover(t *testing.T) {
	data := []string{"--data-dir", filepath.Join(t.TempDir(), "data"), "--plugin-dir", t.TempDir(), "--base-url", "https://sso.example.com"}
	cli := func(want int, args ...string) string {
		t.Helper()
		code, stdout, stderr := idplug(t, append(args, data...)...)
		require.Equal(t, want, code, "%s%s", stdout, stderr)
		return stdout + stderr
	}
	cli(exitDone, "tenant", "create", "acme")
	require.Contains(t, cli(exitDone, "sso", "keys", "acme"), "none yet")
	require.Contains(t, cli(exitDone, "sso", "rotate-key", "acme"), "signs")
	require.Contains(t, cli(exitFailed, "sso", "retire-key", "acme"), "key_last")
	rotated := cli(exitDone, "sso", "rotate-key", "acme")
	require.Contains(t, rotated, "published")
	require.Contains(t, rotated, "https://sso.example.com/saml/acme/metadata")
	require.Contains(t, cli(exitFailed, "sso", "rotate-key", "acme"), "key_rollover")
	require.Contains(t, cli(exitFailed, "sso", "retire-key", "acme", "nothing"), "not_found")
	require.Contains(t, cli(exitUsage, "sso", "retire-key"), "SLUG [ID]")
	require.Contains(t, cli(exitDone, "sso", "retire-key", "acme"), "retired")
	var rows []struct{ State string }
	require.NoError(t, json.Unmarshal([]byte(cli(exitDone, "sso", "keys", "acme", "--json")), &rows))
	require.Equal(t, []struct{ State string }{{"retired"}, {"signs"}}, rows)
}

func TestListsAreListsWhenEmpty(t *testing.T) {
	data, plugins := filepath.Join(t.TempDir(), "data"), t.TempDir()
	for _, command := range [][]string{{"tenant", "list"}, {"plugin", "list"}} {
		code, stdout, stderr := idplug(t, append(command, "--json", "--data-dir", data, "--plugin-dir", plugins)...)
		require.Equal(t, exitDone, code, stderr)
		require.JSONEq(t, "[]", stdout)
	}
}
