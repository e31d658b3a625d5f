package azure_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/azure"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
	"github.com/idplug/idplug/testing/need"
)

const (
	tenant   = "3f0d1e57-5a3e-4d1d-8a11-5a3e5a3e0003"
	document = "/federationmetadata/2007-06/federationmetadata.xml"
	login    = "https://login.microsoftonline.com/"
)

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	document, err := os.ReadFile(filepath.Join("testdata", "metadata", name))
	require.NoError(t, err)
	return document
}

func TestMetadataAdvice(t *testing.T) {
	t.Parallel()
	p := sdktest.Start(t, azure.Provider{})
	const (
		ours     = "https://sts.windows.net/" + tenant + "/"
		stranger = "http://sts.synthetic.example/adfs/services/trust"
		whole    = "warning metadata_xml azure.tenant_metadata"
		foreign  = "warning metadata_xml azure.other_provider"
		appURL   = login + tenant + document + "?appid=3f0d1e57-5a3e-4d1d-8a11-5a3e5a3e0004"
		capitals = login + tenant + "/FederationMetadata/2007-06/FederationMetadata.xml"
	)
	for name, c := range map[string]struct {
		file, url string
		chosen    string
		entity    string
		problems  []string
	}{
		"an application's, pasted":           {file: "metadata.xml"},
		"an application's, fetched":          {file: "metadata.xml", url: appURL},
		"the next certificate is there":      {file: "two-certificates.xml", url: appURL},
		"US government":                      {file: "us-government.xml"},
		"China":                              {file: "china.xml"},
		"the tenant's, pasted":               {file: "tenant.xml", problems: []string{whole}},
		"the tenant's, fetched":              {file: "tenant.xml", url: capitals, problems: []string{whole}},
		"a certificate of one's own":         {file: "own-certificate.xml", url: strings.Replace(appURL, "appid", "AppId", 1)},
		"a certificate of one's own, pasted": {file: "own-certificate.xml"},
		"neither appid nor an application's": {file: "own-certificate.xml", url: capitals, problems: []string{whole}},
		"an application's key without appid": {file: "metadata.xml", url: capitals},
		"published elsewhere":                {file: "own-certificate.xml", url: "https://acme.example/azure.xml"},
		"for all tenants":                    {file: "common.xml", url: login + "common" + document, problems: []string{"error metadata_xml azure.all_tenants"}},
		"a weak key":                         {file: "weak-key.xml", problems: []string{"warning metadata_xml azure.weak_key"}},
		"another provider's":                 {file: "adfs.xml", problems: []string{foreign}},
		"ours among others":                  {file: "aggregate.xml", entity: ours},
		"the administrator chose":            {file: "aggregate.xml", chosen: stranger, entity: stranger, problems: []string{foreign}},
		"a choice that is not here":          {file: "aggregate.xml", chosen: "urn:nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			advice, err := p.Metadata(t.Context(), &sdk.MetadataRequest{Document: fixture(t, c.file), SourceURL: c.url, EntityID: c.chosen})
			require.NoError(t, err)
			require.Equal(t, c.entity, advice.EntityID)
			require.Equal(t, c.problems, sdktest.Codes(advice.Problems))
			require.Zero(t, advice.Request, "the application's settings decide")
		})
	}
}

func TestAddressesThatAreNotTheMetadataURL(t *testing.T) {
	t.Parallel()
	for url, code := range map[string]string{
		login + tenant + "/saml2":                                                 "azure.login_url",
		"https://login.microsoftonline.us/" + tenant + "/saml2":                   "azure.login_url",
		"https://login.partner.microsoftonline.cn/" + tenant + "/wsfed":           "azure.login_url",
		"https://sts.windows.net/" + tenant + "/":                                 "azure.identifier",
		"https://sts.chinacloudapi.cn/" + tenant + "/":                            "azure.identifier",
		"https://launcher.myapps.microsoft.com/api/signin/1?tenantId=" + tenant:   "azure.user_access_url",
		"https://myapps.microsoft.com/signin/acme/1":                              "azure.user_access_url",
		"https://entra.microsoft.com/#view/Microsoft_AAD_IAM/ManagedAppMenuBlade": "azure.portal_page",
		"https://portal.azure.com/#blade/Microsoft_AAD_IAM":                       "azure.portal_page",
		"https://portal.azure.us/":                                                "azure.portal_page",
		login + tenant + "/v2.0/.well-known/openid-configuration":                 "azure.openid_url",
		login + tenant + "/oauth2/v2.0/authorize":                                 "azure.openid_url",
		"https://graph.microsoft.com/v1.0/applications/1":                         "azure.graph_url",
		login + tenant + document + "?appid=1":                                    "",
		login + "acme.onmicrosoft.com" + document:                                 "",
		"https://login.windows.net/" + tenant + document + "?appid=1":             "",
		"https://acme.example/saml2":                                              "",
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			for field, r := range map[string]*sdk.MetadataRequest{
				"metadata_url": {SourceURL: url, Document: []byte("<html><body>Sign in</body></html>")},
				"metadata_xml": {Document: []byte(url)},
			} {
				advice, err := azure.Provider{}.Metadata(t.Context(), r)
				require.NoError(t, err)
				if code == "" {
					require.Empty(t, advice.Problems)
					continue
				}
				require.Equal(t, []string{"error " + field + " " + code}, sdktest.Codes(advice.Problems))
				require.Contains(t, advice.Problems[0].Fix, "App Federation Metadata Url")
			}
		})
	}
}

func TestRealDocumentsAreRecognised(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(need.Corpus(t), "metadata", "*.xml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		document, err := os.ReadFile(file)
		require.NoError(t, err)
		advice, err := azure.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: document})
		require.NoError(t, err)
		name, got := filepath.Base(file), sdktest.Codes(advice.Problems)
		switch {
		case name == "azure-14.xml":
			require.Equal(t, []string{"error metadata_xml azure.all_tenants"}, got, name)
		case strings.HasPrefix(name, "azure-"):
			require.Empty(t, got, name)
		case strings.HasPrefix(name, "aggregate-"):
			require.Empty(t, advice.EntityID, name)
		default:
			require.Contains(t, got, "warning metadata_xml azure.other_provider", name)
		}
	}
}
