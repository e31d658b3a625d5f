package adfs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/adfs"
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
	p := sdktest.Start(t, adfs.Provider{})
	for name, c := range map[string]struct {
		file     string
		chosen   string
		entity   string
		problems []string
	}{
		"as AD FS makes it":           {file: "metadata.xml", problems: []string{"info metadata_xml adfs.certificate_year"}},
		"while the certificate turns": {file: "two-certificates.xml", problems: []string{"info metadata_xml adfs.certificate_rollover"}},
		"an identifier of its own":    {file: "own-identifier.xml"},
		"a short key":                 {file: "weak-key.xml", problems: []string{"warning metadata_xml adfs.weak_key"}},
		"SAML turned off":             {file: "ws-federation.xml", problems: []string{"error metadata_xml adfs.no_saml"}},
		"Microsoft's cloud":           {file: "entra.xml", problems: []string{"warning metadata_xml adfs.other_provider"}},
		"AD FS among others":          {file: "aggregate.xml", entity: "http://fs.acme.example/adfs/services/trust"},
		"the administrator chose": {
			file: "aggregate.xml", chosen: "https://idp.acme.example/idp/shibboleth", entity: "https://idp.acme.example/idp/shibboleth",
			problems: []string{"warning metadata_xml adfs.other_provider"},
		},
		"a choice that is not here": {file: "aggregate.xml", chosen: "urn:nobody"},
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
		"https://fs.acme.example/adfs/ls/IdpInitiatedSignOn.aspx":                                          {"adfs.sign_in_url", "https://fs.acme.example/FederationMetadata/2007-06/FederationMetadata.xml"},
		"https://FS.acme.example/adfs/ls":                                                                  {"adfs.sign_in_url", "https://fs.acme.example/FederationMetadata/"},
		"http://fs.acme.example/adfs/services/trust":                                                       {"adfs.identifier", "https://fs.acme.example/FederationMetadata/"},
		"https://fs.acme.example/adfs/services/trust/mex":                                                  {"adfs.identifier", "https://fs.acme.example/FederationMetadata/"},
		"https://fs.acme.example/adfs/.well-known/openid-configuration":                                    {"adfs.openid_url", "https://fs.acme.example/FederationMetadata/"},
		"https://fs.acme.example/federationmetadata/2007-06/federationmetadata.xml":                        {"adfs.unreachable", "inside your network"},
		"https://login.microsoftonline.com/acme.example/FederationMetadata/2007-06/FederationMetadata.xml": {"adfs.entra_url", "choose Microsoft Entra ID"},
		"https://fs.acme.example/adfs/lsd":                                                                 {},
		"https://idp.acme.example/metadata":                                                                {},
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			for _, document := range [][]byte{nil, []byte("<html><body>Sign in</body></html>")} {
				advice, err := adfs.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: document, SourceURL: url})
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
	advice, err := adfs.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: fixture(t, "own-identifier.xml"), SourceURL: "https://fs.acme.example/adfs/ls/"})
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
		advice, err := adfs.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: document})
		require.NoError(t, err)
		name := filepath.Base(file)
		foreign := "warning metadata_xml adfs.other_provider"
		switch {
		case strings.HasPrefix(name, "adfs-"):
			require.NotContains(t, sdktest.Codes(advice.Problems), foreign, name)
		case strings.HasPrefix(name, "aggregate-1"):
			require.Empty(t, advice.EntityID, name)
		default:
			require.Contains(t, sdktest.Codes(advice.Problems), foreign, name)
		}
	}
}

func TestTheDayOfTheCertificateIsTold(t *testing.T) {
	t.Parallel()
	advice, err := adfs.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: fixture(t, "metadata.xml")})
	require.NoError(t, err)
	require.Contains(t, advice.Problems[0].Summary, "15 January 2027")
}

// The address that stands where the XML belongs is the host's to explain; nothing was fetched, so nothing is unreachable.
func TestAGoodAddressInTheWrongField(t *testing.T) {
	t.Parallel()
	advice, err := adfs.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: []byte("https://fs.acme.example/FederationMetadata/2007-06/FederationMetadata.xml")})
	require.NoError(t, err)
	require.Empty(t, advice.Problems)
}
