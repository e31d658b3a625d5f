package host_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPluginsUnderDevelopmentStayOnThisMachine(t *testing.T) {
	c, err := load(t, "--dev-plugin", "acme=.", "--dev-plugin", `other=attach:{"Protocol":"grpc","ProtocolVersion":1,"Pid":7,"Addr":{"Network":"unix","String":"/x"}}`)
	require.NoError(t, err)
	require.Len(t, c.DevPlugin, 2, "commas in it do not divide it")
	for says, args := range map[string][]string{
		"set listen to a loopback address": {"--listen", "0.0.0.0:8080"},
		"not :8080":                        {"--listen", ":8080"},
		"leave base_url out":               {"--base-url", "https://sso.example.com"},
		"leave database_url out":           {"--database-url", "postgres://localhost/x"},
		"on no list":                       {"--plugin-trust", "pinned"},
		"have no sandbox":                  {"--plugin-sandbox", "strict"},
		"given twice":                      {"--dev-plugin", "acme=./other"},
		"KEY=FOLDER":                       {"--dev-plugin", "acme"},
	} {
		_, err := load(t, append(args, "--dev-plugin", "acme=.")...)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "dev_plugin")
	}
	t.Setenv("IDPLUG_DEV_PLUGIN", "acme=.,other=./other")
	c, err = load(t, "--base-url", "http://localhost:8080")
	require.NoError(t, err)
	require.Equal(t, []string{"acme=.", "other=./other"}, c.DevPlugin)
}
