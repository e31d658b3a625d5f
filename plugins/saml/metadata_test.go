package saml_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/saml"
	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
)

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	document, err := os.ReadFile(filepath.Join("testdata", "metadata", name))
	require.NoError(t, err)
	return document
}

func TestMetadataAdvice(t *testing.T) {
	t.Parallel()
	p := sdktest.Start(t, saml.Provider{})
	for name, c := range map[string]struct {
		file     string
		chosen   string
		entity   string
		problems []string
	}{
		"a Keycloak":                    {file: "keycloak.xml"},
		"a Shibboleth":                  {file: "shibboleth.xml"},
		"another name at every login":   {file: "only-transient.xml", problems: []string{"warning metadata_xml saml.only_transient"}},
		"Okta has its own":              {file: "okta.xml", problems: []string{"info metadata_xml saml.known_provider"}},
		"Entra has its own":             {file: "entra.xml", problems: []string{"info metadata_xml saml.known_provider"}},
		"two, and nothing to tell":      {file: "two-providers.xml"},
		"one of two was chosen":         {file: "two-providers.xml", chosen: "https://sso.globex.example/realms/globex", entity: "https://sso.globex.example/realms/globex"},
		"a choice that is not here":     {file: "two-providers.xml", chosen: "urn:nobody"},
		"a service provider's, or ours": {file: "service-provider.xml", problems: []string{"error metadata_xml saml.service_provider"}},
		"another way to federate":       {file: "ws-federation.xml", problems: []string{"error metadata_xml saml.other_roles"}},
		"OpenID Connect":                {file: "openid-connect.xml", problems: []string{"error metadata_xml saml.openid_connect"}},
		"an answer to a sign-in":        {file: "response.xml", problems: []string{"error metadata_xml saml.response"}},
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
		"https://sso.acme.example/realms/acme":                                        {"saml.other_address", "https://sso.acme.example/realms/acme/protocol/saml/descriptor"},
		"https://sso.acme.example/auth/realms/acme/protocol/saml":                     {"saml.other_address", "https://sso.acme.example/auth/realms/acme/protocol/saml/descriptor"},
		"https://SSO.acme.example/realms/acme/account/":                               {"saml.other_address", "https://sso.acme.example/realms/acme/protocol/saml/descriptor"},
		"https://sso.acme.example/admin/master/console/":                              {"saml.other_address", "in its console"},
		"https://sso.acme.example/realms/acme/.well-known/openid-configuration":       {"saml.openid_connect", "SAML 2.0"},
		"https://idp.acme.example/idp/profile/SAML2/Redirect/SSO":                     {"saml.other_address", "https://idp.acme.example/idp/shibboleth"},
		"https://idp.acme.example/simplesaml/saml2/idp/SSOService.php":                {"saml.other_address", "https://idp.acme.example/simplesaml/saml2/idp/metadata.php"},
		"https://idp.acme.example/simplesaml/module.php/saml/idp/singleSignOnService": {"saml.other_address", "https://idp.acme.example/simplesaml/module.php/saml/idp/metadata"},
		"https://acme.eu.auth0.com/samlp/Ab12Cd34":                                    {"saml.other_address", "https://acme.eu.auth0.com/samlp/metadata/Ab12Cd34"},
		"https://auth.acme.example/application/saml/idplug/sso/binding/redirect/":     {"saml.other_address", "https://auth.acme.example/application/saml/idplug/metadata/"},
		"https://sso.acme.example/realms/acme/protocol/saml/descriptor":               {},
		"https://acme.eu.auth0.com/samlp/metadata/Ab12Cd34":                           {},
		"https://idp.acme.example/metadata":                                           {},
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			for _, document := range [][]byte{nil, []byte("<html><body>Sign in</body></html>")} {
				advice, err := saml.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: document, SourceURL: url})
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
	advice, err := saml.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: fixture(t, "shibboleth.xml"), SourceURL: "https://sso.acme.example/realms/acme"})
	require.NoError(t, err)
	require.Empty(t, advice.Problems)
}

func TestAProductWithAPluginOfItsOwnIsCalledByItsName(t *testing.T) {
	t.Parallel()
	for file, name := range map[string]string{"okta.xml": "Okta", "entra.xml": "Microsoft Entra ID (Azure)"} {
		advice, err := saml.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: fixture(t, file)})
		require.NoError(t, err)
		require.Contains(t, advice.Problems[0].Fix, "“"+name+"”")
	}
}
