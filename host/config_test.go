package host_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host"
)

func load(t *testing.T, args ...string) (host.Config, error) {
	t.Helper()
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	host.AddFlags(flags, true)
	require.NoError(t, flags.Parse(args))
	return host.LoadConfig(flags)
}

func yamlFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "idplug.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestFlagBeatsEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	path := yamlFile(t, "listen: 127.0.0.1:1\nsession_ttl: 1h\nsession_idle: 30m\nfetch_allow: [127.0.0.1:7, 127.0.0.1:8]\n")
	t.Setenv("IDPLUG_LISTEN", "127.0.0.1:2")
	t.Setenv("IDPLUG_SESSION_TTL", "2h")
	c, err := load(t, "--config", path, "--listen", "127.0.0.1:3")
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:3", c.Listen, "flag")
	require.Equal(t, 2*time.Hour, c.SessionTTL, "environment")
	require.Equal(t, 30*time.Minute, c.SessionIdle, "file")
	require.Equal(t, 180*time.Second, c.ClockSkew, "default")
	require.Equal(t, []string{"127.0.0.1:7", "127.0.0.1:8"}, c.FetchAllow)
}

func TestConfigFileFromEnvironment(t *testing.T) {
	t.Setenv("IDPLUG_CONFIG", yamlFile(t, "insecure_http: true\nbase_url: http://sso.example.com\n"))
	t.Setenv("IDPLUG_FETCH_ALLOW", "127.0.0.1:7,[::1]:8")
	c, err := load(t)
	require.NoError(t, err)
	require.True(t, c.InsecureHTTP)
	require.Equal(t, []string{"127.0.0.1:7", "[::1]:8"}, c.FetchAllow)
}

func TestConfigRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"listen":                {[]string{"--listen", "8080"}, "listen"},
		"http away from home":   {[]string{"--base-url", "http://sso.example.com"}, "insecure_http"},
		"no origin":             {[]string{"--base-url", "sso.example.com"}, "base_url"},
		"origin with a query":   {[]string{"--base-url", "https://sso.example.com?"}, "origin only"},
		"origin with a path":    {[]string{"--base-url", "https://example.com/sso"}, "origin only"},
		"key without a chain":   {[]string{"--tls-key", "k.pem"}, "both or neither"},
		"unknown trust":         {[]string{"--plugin-trust", "everybody"}, "directory, pinned"},
		"unknown database":      {[]string{"--database-url", "mysql://x"}, "postgres://"},
		"idle of a second":      {[]string{"--session-idle", "1s"}, "session_idle"},
		"skew of an hour":       {[]string{"--clock-skew", "1h"}, "clock_skew"},
		"allow without a port":  {[]string{"--fetch-allow", "localhost"}, "host:port"},
		"everybody is a proxy":  {[]string{"--trusted-proxies", "10.0.0.1,0.0.0.0/0"}, "trusts everybody"},
		"proxy by name":         {[]string{"--trusted-proxies", "proxy.example.com"}, "neither a network"},
		"proxy of two families": {[]string{"--trusted-proxies", "::ffff:10.0.0.0/104"}, "IPv4 network itself"},
		"duration with no unit": {[]string{"--session-ttl", "12"}, "session_ttl"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, c.args...)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := load(t, "--config", yamlFile(t, "lisen: x\n"))
	require.ErrorContains(t, err, `no option "lisen"`)
}

func TestTrustedProxies(t *testing.T) {
	c, err := load(t)
	require.NoError(t, err)
	none, err := c.ProxyNetworks()
	require.NoError(t, err)
	require.Empty(t, none, "nobody is believed unless somebody says so")
	c, err = load(t, "--trusted-proxies", "10.0.0.1, 192.168.7.9/16 2001:db8::/32")
	require.NoError(t, err)
	some, err := c.ProxyNetworks()
	require.NoError(t, err)
	require.Equal(t, "[10.0.0.1/32 192.168.0.0/16 2001:db8::/32]", fmt.Sprint(some))
}

func TestLoopbackHostsMayUseHTTP(t *testing.T) {
	for _, origin := range []string{"http://localhost:8080", "http://acme.localhost", "http://127.0.0.1:1", "http://[::1]:2", "https://sso.example.com"} {
		_, err := load(t, "--base-url", origin)
		require.NoError(t, err, origin)
	}
}

func TestTheOriginIsWrittenAsBrowsersWriteIt(t *testing.T) {
	c, err := load(t, "--base-url", "HTTPS://SSO.Example.com/", "--data-dir", t.TempDir(), "--plugin-dir", t.TempDir())
	require.NoError(t, err)
	tools, err := host.OpenTools(t.Context(), c, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.Equal(t, "https://sso.example.com", tools.Origin, "its scheme decides about cookies")
	require.NoError(t, tools.Close())
}
