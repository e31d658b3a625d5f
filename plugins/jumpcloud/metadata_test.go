package jumpcloud_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/jumpcloud"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
	"github.com/idplug/idplug/testing/need"
)

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	document, err := os.ReadFile(filepath.Join("testdata", "metadata", name))
	require.NoError(t, err)
	return document
}

func TestMetadataAdvice(t *testing.T) {
	t.Parallel()
	p := sdktest.Start(t, jumpcloud.Provider{})
	for name, c := range map[string]struct {
		file     string
		chosen   string
		entity   string
		problems []string
	}{
		"as JumpCloud exports it":   {file: "metadata.xml"},
		"a plain name, POST only":   {file: "plain-name.xml", problems: []string{"info metadata_xml jumpcloud.entity_id_text"}},
		"a short key":               {file: "weak-key.xml", problems: []string{"warning metadata_xml jumpcloud.weak_key"}},
		"another provider's":        {file: "keycloak.xml", problems: []string{"warning metadata_xml jumpcloud.other_provider"}},
		"JumpCloud's among others":  {file: "aggregate.xml", entity: "https://sso.jumpcloud.com/saml2/acme-idplug"},
		"a choice that is not here": {file: "aggregate.xml", chosen: "urn:nobody"},
		"the administrator chose": {
			file: "aggregate.xml", chosen: "https://sso.globex.example/realms/globex", entity: "https://sso.globex.example/realms/globex",
			problems: []string{"warning metadata_xml jumpcloud.other_provider"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			advice, err := p.Metadata(t.Context(), &sdk.MetadataRequest{Document: fixture(t, c.file), EntityID: c.chosen})
			require.NoError(t, err)
			require.Equal(t, c.entity, advice.EntityID)
			require.Zero(t, advice.Request, "the provider's own settings decide")
			require.Equal(t, c.problems, sdktest.Codes(advice.Problems))
		})
	}
}

func TestAddressesThatAreNotTheMetadataURL(t *testing.T) {
	t.Parallel()
	for url, c := range map[string]struct{ code, fix string }{
		"https://sso.jumpcloud.com/saml2/acme-idplug":                           {"jumpcloud.idp_url", "Copy Metadata URL"},
		"https://SSO.JumpCloud.com/saml2/acme-idplug/":                          {"jumpcloud.idp_url", "Copy Metadata URL"},
		"https://sso.eu.jumpcloud.com/saml2/acme-idplug":                        {"jumpcloud.idp_url", "Copy Metadata URL"},
		"https://console.jumpcloud.com/#/sso/66f1a2/details":                    {"jumpcloud.console_page", "Copy Metadata URL"},
		"https://console.jumpcloud.com/userconsole#/":                           {"jumpcloud.user_portal", "Copy Metadata URL"},
		"https://console.jumpcloud.com/api/v2/applications/66f1a2/metadata.xml": {"jumpcloud.api_url", "Export Metadata"},
		"https://sso.jumpcloud.com/saml2/acme-idplug/metadata.xml":              {},
		"https://console.in.jumpcloud.com/":                                     {"jumpcloud.console_page", "Copy Metadata URL"},
		"https://sso.acme.example/saml2/acme-idplug":                            {},
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			for _, document := range [][]byte{nil, []byte("<html><body>Sign in</body></html>")} {
				advice, err := jumpcloud.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: document, SourceURL: url})
				require.NoError(t, err)
				if c.code == "" {
					require.Empty(t, advice.Problems)
					continue
				}
				require.Equal(t, []string{"error metadata_url " + c.code}, sdktest.Codes(advice.Problems))
				require.Contains(t, advice.Problems[0].Fix, c.fix)
			}
		})
	}
}

// An address that brought the document is a good address, whatever it looks like.
func TestAnAddressThatWorkedIsNotJudged(t *testing.T) {
	t.Parallel()
	advice, err := jumpcloud.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: fixture(t, "metadata.xml"), SourceURL: "https://sso.jumpcloud.com/saml2/acme-idplug"})
	require.NoError(t, err)
	require.Empty(t, advice.Problems)
}

func TestRealDocumentsAreRecognised(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(need.Corpus(t), "metadata", "*.xml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		document, err := os.ReadFile(file)
		require.NoError(t, err)
		advice, err := jumpcloud.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: document})
		require.NoError(t, err)
		name := filepath.Base(file)
		foreign := "warning metadata_xml jumpcloud.other_provider"
		switch {
		case strings.HasPrefix(name, "jumpcloud-"):
			require.NotContains(t, sdktest.Codes(advice.Problems), foreign, name)
		case strings.HasPrefix(name, "aggregate-1"):
			require.Empty(t, advice.EntityID, name)
		default:
			require.Contains(t, sdktest.Codes(advice.Problems), foreign, name)
		}
	}
}
