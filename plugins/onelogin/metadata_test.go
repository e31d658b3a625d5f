package onelogin_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/onelogin"
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
	p := sdktest.Start(t, onelogin.Provider{})
	for name, c := range map[string]struct {
		file     string
		chosen   string
		entity   string
		problems []string
	}{
		"as OneLogin serves it":     {file: "metadata.xml"},
		"POST twice, as it was":     {file: "post-twice.xml"},
		"from the years of SHA-1":   {file: "old-certificate.xml", problems: []string{"info metadata_xml onelogin.sha1_certificate"}},
		"a short key":               {file: "weak-key.xml", problems: []string{"warning metadata_xml onelogin.weak_key"}},
		"another provider's":        {file: "okta.xml", problems: []string{"warning metadata_xml onelogin.other_provider"}},
		"OneLogin's among others":   {file: "aggregate.xml", entity: "https://app.onelogin.com/saml/metadata/0f0e0d0c-1111-4222-8333-444455556666"},
		"a choice that is not here": {file: "aggregate.xml", chosen: "urn:nobody"},
		"the administrator chose": {
			file: "aggregate.xml", chosen: "https://idp.acme.example/idp/shibboleth", entity: "https://idp.acme.example/idp/shibboleth",
			problems: []string{"warning metadata_xml onelogin.other_provider"},
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
		"https://acme.onelogin.com/trust/saml2/http-post/sso/503983":                 {"onelogin.sign_on_url", "https://acme.onelogin.com/saml/metadata/503983"},
		"https://Acme.OneLogin.com/trust/saml2/http-redirect/slo/0f0e0d0c-1111-4222": {"onelogin.sign_on_url", "https://acme.onelogin.com/saml/metadata/0f0e0d0c-1111-4222"},
		"https://app.onelogin.com/saml/metadata/":                                    {"onelogin.no_application", "Issuer URL"},
		"https://acme.onelogin.com/trust/saml2/http-post/sso":                        {"onelogin.no_application", "Issuer URL"},
		"https://acme.onelogin.com/launch/503983":                                    {"onelogin.launch_url", "Issuer URL"},
		"https://acme.onelogin.com/portal/":                                          {"onelogin.launch_url", "Issuer URL"},
		"https://acme.onelogin.com/admin2/apps/503983/edit":                          {"onelogin.console_page", "Issuer URL"},
		"https://acme.onelogin.com/apps/503983/edit":                                 {"onelogin.console_page", "Issuer URL"},
		"https://acme.onelogin.com/oidc/2/.well-known/openid-configuration":          {"onelogin.openid_url", "SAML Custom Connector"},
		"https://acme.onelogin.com/api/2/apps/503983":                                {"onelogin.api_url", "Issuer URL"},
		"https://app.onelogin.com/saml/metadata/503983":                              {},
		"https://idp.acme.example/trust/saml2/http-post/sso/503983":                  {},
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			for _, document := range [][]byte{nil, []byte("<html><body>Sign in</body></html>")} {
				advice, err := onelogin.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: document, SourceURL: url})
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
	advice, err := onelogin.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: fixture(t, "metadata.xml"), SourceURL: "https://acme.onelogin.com/trust/saml2/http-post/sso/503983"})
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
		advice, err := onelogin.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: document})
		require.NoError(t, err)
		name := filepath.Base(file)
		foreign := "warning metadata_xml onelogin.other_provider"
		switch {
		case strings.HasPrefix(name, "onelogin-"):
			require.NotContains(t, sdktest.Codes(advice.Problems), foreign, name)
		case strings.HasPrefix(name, "aggregate-1"):
			require.Empty(t, advice.EntityID, name)
		default:
			require.Contains(t, sdktest.Codes(advice.Problems), foreign, name)
		}
	}
}
