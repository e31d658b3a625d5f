package pingone_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/pingone"
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
	p := sdktest.Start(t, pingone.Provider{})
	const (
		ours     = "https://auth.pingone.com/3f0d1e57-5a3e-4d1d-8a11-5a3e5a3e0001"
		stranger = "http://www.okta.com/exk1acme2SYNTHETIC3d7"
		year     = "info metadata_xml pingone.certificate_year"
		foreign  = "warning metadata_xml pingone.other_provider"
	)
	for name, c := range map[string]struct {
		file     string
		chosen   string
		entity   string
		request  sdk.RequestHints
		problems []string
	}{
		"as PingOne serves it":          {file: "metadata.xml", problems: []string{year}},
		"another region, an EC key":     {file: "australia.xml"},
		"a custom domain":               {file: "custom-domain.xml"},
		"a weak key":                    {file: "weak-key.xml", problems: []string{"warning metadata_xml pingone.weak_key"}},
		"PingOne for Enterprise":        {file: "legacy.xml", problems: []string{"info metadata_xml pingone.legacy"}},
		"PingFederate, signed requests": {file: "pingfederate.xml", request: sdk.RequestHints{Sign: true}, problems: []string{"info metadata_xml pingone.pingfederate"}},
		"no sign-on service":            {file: "no-sign-on.xml", problems: []string{"error metadata_xml pingone.no_sign_on"}},
		"another provider's":            {file: "okta.xml", problems: []string{foreign}},
		"ours among others":             {file: "aggregate.xml", entity: ours, problems: []string{year}},
		"the administrator chose":       {file: "aggregate.xml", chosen: stranger, entity: stranger, problems: []string{foreign}},
		"a choice that is not here":     {file: "aggregate.xml", chosen: "urn:nobody"},
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

func TestTheEndOfTheYearIsTold(t *testing.T) {
	t.Parallel()
	advice, err := pingone.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: fixture(t, "metadata.xml")})
	require.NoError(t, err)
	require.Contains(t, advice.Problems[0].Summary, "1 March 2027")
}

func TestAddressesThatAreNotTheMetadataURL(t *testing.T) {
	t.Parallel()
	const env = "3f0d1e57-5a3e-4d1d-8a11-5a3e5a3e0001"
	for url, code := range map[string]string{
		"https://auth.pingone.com/" + env:                                                "pingone.issuer",
		"https://auth.pingone.com.au/" + env + "/":                                       "pingone.issuer",
		"https://AUTH.pingone.sg/" + env:                                                 "pingone.issuer",
		"https://auth.pingone.eu/" + env + "/saml20/idp/sso":                             "pingone.sso_url",
		"https://auth.pingone.asia/" + env + "/saml20/idp/slo":                           "pingone.sso_url",
		"https://sso.acme.example/saml20/idp/sso":                                        "pingone.sso_url",
		"https://auth.pingone.ca/" + env + "/saml20/idp/startsso?spEntityId=urn:acme":    "pingone.initiate_url",
		"https://auth.pingone.com/" + env + "/saml20/metadata/":                          "pingone.no_application",
		"https://auth.pingone.com/" + env + "/as/.well-known/openid-configuration":       "pingone.openid_url",
		"https://console.pingone.eu/?env=" + env:                                         "pingone.console_page",
		"https://admin.pingone.com/web-portal/applications":                              "pingone.console_page",
		"https://api.pingone.com/v1/environments/" + env + "/applications/" + env:        "pingone.api_url",
		"https://sso.connect.pingidentity.com/sso/idp/SSO.saml2?idpid=" + env:            "pingone.legacy_url",
		"https://pingone.com/idp/acme":                                                   "pingone.legacy_url",
		"https://sso.acme.example:9031/idp/SSO.saml2":                                    "pingone.pingfederate_url",
		"https://sso.acme.example:9031/idp/startSSO.ping?PartnerSpId=urn:acme":           "pingone.pingfederate_url",
		"https://sso.acme.example:9999/pingfederate/app":                                 "pingone.pingfederate_console",
		"https://auth.pingone.com/" + env + "/saml20/metadata/" + env:                    "",
		"https://sso.acme.example/saml20/metadata/" + env:                                "",
		"https://admin-api.pingone.com/latest/metadata/" + env:                           "",
		"https://sso.acme.example:9031/pf/federation_metadata.ping?PartnerSpId=urn:acme": "",
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			for field, r := range map[string]*sdk.MetadataRequest{
				"metadata_url": {SourceURL: url, Document: []byte("<html><body>Sign in</body></html>")},
				"metadata_xml": {Document: []byte(url + "\n")},
			} {
				advice, err := pingone.Provider{}.Metadata(t.Context(), r)
				require.NoError(t, err)
				if code == "" {
					require.Empty(t, advice.Problems)
					continue
				}
				require.Equal(t, []string{"error " + field + " " + code}, sdktest.Codes(advice.Problems))
				require.NotEmpty(t, advice.Problems[0].Fix)
			}
		})
	}
}

func TestPingFederatesMetadataIsOnTheSameHost(t *testing.T) {
	t.Parallel()
	advice, err := pingone.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{SourceURL: "https://sso.acme.example:9031/idp/SSO.saml2"})
	require.NoError(t, err)
	require.Contains(t, advice.Problems[0].Fix, "https://sso.acme.example:9031/pf/federation_metadata.ping?PartnerSpId=")
}

func TestRealDocumentsAreRecognised(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(need.Corpus(t), "metadata", "*.xml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		document, err := os.ReadFile(file)
		require.NoError(t, err)
		advice, err := pingone.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: document})
		require.NoError(t, err)
		name, got := filepath.Base(file), sdktest.Codes(advice.Problems)
		switch {
		case strings.HasPrefix(name, "pingone-"):
			require.Equal(t, []string{"info metadata_xml pingone.certificate_year"}, got, name)
		case strings.HasPrefix(name, "pingfederate-1"):
			require.Equal(t, []string{"error metadata_xml pingone.no_sign_on"}, got, name)
		case strings.HasPrefix(name, "aggregate-"):
			require.Empty(t, advice.EntityID, name)
		default:
			require.Contains(t, got, "warning metadata_xml pingone.other_provider", name)
		}
	}
}
