package okta_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/okta"
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
	p := sdktest.Start(t, okta.Provider{})
	const (
		acme     = "http://www.okta.com/exk1acme2SYNTHETIC3d7"
		stranger = "https://accounts.google.com/o/saml2?idpid=C0synthetic"
	)
	for name, c := range map[string]struct {
		file     string
		chosen   string
		entity   string
		request  sdk.RequestHints
		problems []string
	}{
		"as Okta serves it":         {file: "metadata.xml"},
		"on a custom domain":        {file: "custom-domain.xml"},
		"an issuer of its own":      {file: "custom-issuer.xml", problems: []string{"info metadata_xml okta.custom_issuer"}},
		"an old certificate":        {file: "old-certificate.xml", problems: []string{"warning metadata_xml okta.weak_key", "warning metadata_xml okta.sha1_certificate"}},
		"signed requests":           {file: "signed-requests.xml", request: sdk.RequestHints{NameIDFormat: sdk.NameIDUnspecified, Sign: true}},
		"another provider's":        {file: "google.xml", problems: []string{"warning metadata_xml okta.other_provider"}},
		"nobody's":                  {file: "unknown.xml", problems: []string{"warning metadata_xml okta.other_provider"}},
		"Okta's among others":       {file: "aggregate.xml", entity: acme},
		"the administrator chose":   {file: "aggregate.xml", chosen: stranger, entity: stranger, problems: []string{"warning metadata_xml okta.other_provider"}},
		"a choice that is not here": {file: "aggregate.xml", chosen: "urn:nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			advice, err := p.Metadata(t.Context(), &sdk.MetadataRequest{Document: fixture(t, c.file), EntityID: c.chosen})
			require.NoError(t, err)
			require.Equal(t, c.entity, advice.EntityID)
			require.Equal(t, c.request, advice.Request)
			require.Equal(t, c.problems, sdktest.Codes(advice.Problems))
		})
	}
}

func TestAStrangersDocumentIsCalledByItsName(t *testing.T) {
	t.Parallel()
	advice, err := okta.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: fixture(t, "google.xml")})
	require.NoError(t, err)
	require.Contains(t, advice.Problems[0].Summary, "Google Workspace")
}

func TestAddressesThatAreNotTheMetadataURL(t *testing.T) {
	t.Parallel()
	for url, c := range map[string]struct{ code, fix string }{
		"https://acme.okta.com/api/v1/apps/0oa1b2c3/sso/saml/metadata?kid=K1":        {"okta.api_url", "Copy the Metadata URL"},
		"https://acme.oktapreview.com/home/acme_app_1/0oa1b2c3d4e5/aln6f7g8":         {"okta.embed_link", "Copy the Metadata URL"},
		"https://acme.okta.com/home/amazon_aws/0oa1b2c3d4e5/272?fromHome=true":       {"okta.embed_link", "Copy the Metadata URL"},
		"https://acme.okta.com/app/acme_app_1/exk1b2c3/sso/saml":                     {"okta.sso_url", "https://acme.okta.com/app/exk1b2c3/sso/saml/metadata"},
		"https://Login.Acme.example/app/acme_app_1/exk1b2c3/sso/saml/":               {"okta.sso_url", "https://login.acme.example/app/exk1b2c3/sso/saml/metadata"},
		"https://acme.okta.com/app/acme_app_1/exk1b2c3/slo/saml":                     {"okta.sso_url", "https://acme.okta.com/app/exk1b2c3/sso/saml/metadata"},
		"https://acme-admin.okta-emea.com/app/acme_app_1/exk1b2c3/sso/saml":          {"okta.sso_url", "https://acme.okta-emea.com/app/exk1b2c3/sso/saml/metadata"},
		"http://www.okta.com/exk1b2c3":                                               {"okta.issuer", "Copy the Metadata URL"},
		"https://acme-admin.okta.com/app/exk1b2c3/sso/saml/metadata":                 {"okta.admin_host", "https://acme.okta.com/app/exk1b2c3/sso/saml/metadata"},
		"https://acme-admin.okta.mil/app/exk1b2c3/sso/saml/metadata":                 {"okta.admin_host", "https://acme.okta.mil/app/exk1b2c3/sso/saml/metadata"},
		"https://acme-admin.okta.com/admin/app/acme_app_1/instance/0oa1/#tab-signon": {"okta.console_page", "Copy the Metadata URL"},
		"https://acme-admin.okta.com/":                                               {"okta.console_page", "Copy the Metadata URL"},
		"https://acme.okta.com/app/exk1b2c3/sso/saml/metadata":                       {},
		"https://team-admin.acme.example/app/exk1b2c3/sso/saml/metadata":             {},
		"https://idp.acme.example/metadata":                                          {},
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			for _, document := range [][]byte{nil, []byte("<html><body>Sign in</body></html>")} {
				advice, err := okta.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: document, SourceURL: url})
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

// An address that brought Okta's document is a good address, whatever it looks like.
func TestAnAddressThatWorkedIsNotJudged(t *testing.T) {
	t.Parallel()
	advice, err := okta.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{
		Document: fixture(t, "metadata.xml"), SourceURL: "https://acme-admin.okta.com/app/exk1b2c3/sso/saml/metadata",
	})
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
		advice, err := okta.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: document})
		require.NoError(t, err)
		name := filepath.Base(file)
		foreign := "warning metadata_xml okta.other_provider"
		switch {
		case strings.HasPrefix(name, "okta-"):
			require.NotContains(t, sdktest.Codes(advice.Problems), foreign, name)
		case strings.HasPrefix(name, "aggregate-1"):
			require.Empty(t, advice.EntityID, name)
		default:
			require.Contains(t, sdktest.Codes(advice.Problems), foreign, name)
		}
	}
}
