package devidp_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crewjam/saml"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/devidp"
)

func fetch(t *testing.T, address string) (*http.Response, string) {
	t.Helper()
	answer, err := http.Get(address)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(body)
}

// plain is what encoding/xml alone makes of a provider's metadata.
type plain struct {
	EntityID   string    `xml:"entityID,attr"`
	ValidUntil time.Time `xml:"validUntil,attr"`
	Roles      []struct {
		Keys []struct {
			Use string `xml:"use,attr"`
		} `xml:"KeyDescriptor"`
		SSO []struct {
			Binding  string `xml:"Binding,attr"`
			Location string `xml:"Location,attr"`
		} `xml:"SingleSignOnService"`
		SLO []struct {
			Location string `xml:"Location,attr"`
		} `xml:"SingleLogoutService"`
		Formats    []string   `xml:"NameIDFormat"`
		Attributes []struct{} `xml:"Attribute"`
	} `xml:"IDPSSODescriptor"`
	Others    []struct{} `xml:"RoleDescriptor"`
	Consumers []struct{} `xml:"SPSSODescriptor"`
}

func TestMetadataHasTheProvidersShape(t *testing.T) {
	idp := startIDP(t, devidp.Config{})
	base := idp.URL()
	for _, tc := range []struct {
		dialect, path, entityID, sso string
		logout                       int
		services                     int // single sign-on services at one address
		check                        func(t *testing.T, doc string, m plain)
	}{
		{
			"okta", "/app/exk1dev0dp0idplug001/sso/saml/metadata", "http://www.okta.com/exk1dev0dp0idplug001",
			"/app/devidp_idplug_1/exk1dev0dp0idplug001/sso/saml", 0, 2,
			func(t *testing.T, _ string, m plain) {
				require.Equal(t, []string{devidp.FormatUnspecified, devidp.FormatEmailAddress}, m.Roles[0].Formats)
			},
		},
		{
			"pingone", "", "https://auth.pingone.com/3f0d1e57-0de0-4d1d-8a11-0d15ea5e0001", "/3f0d1e57-0de0-4d1d-8a11-0d15ea5e0001/saml20/idp/sso", 2, 2,
			func(t *testing.T, _ string, m plain) {
				require.NotEmpty(t, m.Roles[0].Attributes)
				require.Empty(t, m.Roles[0].Formats)
			},
		},
		{
			"google-workspace", "/google-workspace/metadata", "https://accounts.google.com/o/saml2?idpid=C0devidp1", "/o/saml2/idp?idpid=C0devidp1", 0, 2,
			func(t *testing.T, _ string, m plain) { require.True(t, m.ValidUntil.After(time.Now())) },
		},
		{
			"azure", "", "https://sts.windows.net/0de1d000-5a3e-4f00-8d0c-0d15ea5e0003/", "/0de1d000-5a3e-4f00-8d0c-0d15ea5e0003/saml2", 1, 2,
			func(t *testing.T, doc string, m plain) {
				require.True(t, strings.HasPrefix(doc, "\xef\xbb\xbf<?xml"), "byte order mark")
				require.Len(t, m.Others, 2)
				require.Contains(t, doc, `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">`)
			},
		},
		{
			"adfs", "/FederationMetadata/2007-06/FederationMetadata.xml", "http://fs.devidp.example/adfs/services/trust", "/adfs/ls/", 2, 2,
			func(t *testing.T, doc string, m plain) {
				require.Equal(t, "encryption", m.Roles[0].Keys[0].Use)
				require.Len(t, m.Others, 2)
				require.Len(t, m.Consumers, 1)
				require.NotContains(t, doc, "<?xml")
			},
		},
		{
			"onelogin", "", "https://app.onelogin.com/saml/metadata/0de10010-5a3e-4f00-8d0c-0d15ea5e0005", "/trust/saml2/http-post/sso/0de10010-5a3e-4f00-8d0c-0d15ea5e0005", 0, 3,
			func(t *testing.T, _ string, m plain) { require.Contains(t, m.Roles[0].SSO[2].Binding, "SOAP") },
		},
		{
			"jumpcloud", "/jumpcloud/metadata", "https://sso.jumpcloud.com/saml2/devidp", "/saml2/devidp", 0, 2,
			func(t *testing.T, _ string, m plain) { require.Contains(t, m.Roles[0].Formats[0], "SAML:1.0") },
		},
		{
			"saml", "/idp/shibboleth", "https://idp.devidp.example/idp/shibboleth", "/idp/profile/SAML2/Redirect/SSO", 0, 2,
			func(t *testing.T, _ string, m plain) { require.Equal(t, devidp.FormatTransient, m.Roles[0].Formats[0]) },
		},
	} {
		t.Run(tc.dialect, func(t *testing.T) {
			require.Equal(t, tc.entityID, idp.EntityID(tc.dialect))
			if tc.path != "" {
				require.Equal(t, base+tc.path, idp.MetadataURL(tc.dialect))
			}
			for _, address := range []string{idp.MetadataURL(tc.dialect), base + "/" + tc.dialect + "/metadata"} {
				answer, doc := fetch(t, address)
				require.Equal(t, http.StatusOK, answer.StatusCode)
				require.Equal(t, "application/samlmetadata+xml", answer.Header.Get("Content-Type"))
				var m plain
				require.NoError(t, xml.Unmarshal([]byte(doc), &m))
				require.Equal(t, tc.entityID, m.EntityID)
				require.Len(t, m.Roles, 1)
				signing := 0
				for _, key := range m.Roles[0].Keys {
					if key.Use == "signing" {
						signing++
					}
				}
				require.Equal(t, 1, signing)
				require.Len(t, m.Roles[0].SSO, tc.services)
				for _, endpoint := range m.Roles[0].SSO {
					require.Equal(t, base+tc.sso, endpoint.Location)
				}
				require.Len(t, m.Roles[0].SLO, tc.logout)
				tc.check(t, doc, m)
				parsed := saml.EntityDescriptor{}
				require.NoError(t, xml.Unmarshal([]byte(doc), &parsed))
				require.Equal(t, tc.entityID, parsed.EntityID)
			}
		})
	}
}

func TestSeededServerKeepsItsKeysAcrossRestarts(t *testing.T) {
	seeded := devidp.Config{Dialects: []devidp.Dialect{devidp.Okta()}, KeySeed: "demo"}
	one, err := startIDP(t, seeded).Key("okta")
	require.NoError(t, err)
	again := startIDP(t, seeded)
	two, err := again.Key("okta")
	require.NoError(t, err)
	require.Equal(t, one.Signer, two.Signer)
	require.NoError(t, again.Rotate("okta"))
	rotated, err := again.Key("okta")
	require.NoError(t, err)
	require.NotEqual(t, two.Signer.Public(), rotated.Signer.Public())
}
