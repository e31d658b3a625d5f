package googleworkspace_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/googleworkspace"
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
	p := sdktest.Start(t, googleworkspace.Provider{})
	const (
		ours     = "https://accounts.google.com/o/saml2?idpid=C0synthetic"
		stranger = "https://sts.windows.net/3f0d1e57-5a3e-4d1d-8a11-5a3e5a3e0003/"
		until    = "info metadata_xml google-workspace.valid_until"
		foreign  = "warning metadata_xml google-workspace.other_provider"
	)
	byEmail := sdk.RequestHints{NameIDFormat: sdk.NameIDEmail}
	for name, c := range map[string]struct {
		file     string
		chosen   string
		entity   string
		request  sdk.RequestHints
		problems []string
	}{
		"as Google gives it":        {file: "metadata.xml", request: byEmail, problems: []string{until}},
		"two certificates":          {file: "two-certificates.xml", request: byEmail, problems: []string{until}},
		"without validUntil":        {file: "edited.xml", request: byEmail},
		"no account in the name":    {file: "no-idpid.xml", request: byEmail, problems: []string{"warning metadata_xml google-workspace.no_idpid", until}},
		"a weak key":                {file: "weak-key.xml", request: byEmail, problems: []string{"warning metadata_xml google-workspace.weak_key", until}},
		"another provider's":        {file: "azure.xml", problems: []string{foreign}},
		"ours among others":         {file: "aggregate.xml", request: byEmail, entity: ours, problems: []string{until}},
		"the administrator chose":   {file: "aggregate.xml", chosen: stranger, entity: stranger, problems: []string{foreign}},
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

func TestTheEndOfTheFileIsTold(t *testing.T) {
	t.Parallel()
	const first = "This file is good until 28 February 2031, when its first certificate ends."
	for file, want := range map[string]string{
		"metadata.xml":         first,
		"two-certificates.xml": first + " Another certificate in it is good until 28 February 2034, if the app was set to use that.",
	} {
		advice, err := googleworkspace.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: fixture(t, file)})
		require.NoError(t, err)
		require.Equal(t, want, advice.Problems[0].Summary)
	}
}

// Rule 4: there is no metadata URL, and the administrator is told what to do instead.
func TestRule4_NoAddressIsMetadata(t *testing.T) {
	t.Parallel()
	m := googleworkspace.Provider{}.Manifest()
	require.False(t, m.Capabilities.MetadataURL)
	require.Contains(t, m.MetadataHelp, "Download the XML from the Google Admin console")
	require.Contains(t, m.MetadataHelp, "paste it")

	for url, code := range map[string]string{
		"https://accounts.google.com/o/saml2?idpid=C0synthetic":                                 "google-workspace.entity_id",
		"https://ACCOUNTS.google.com/o/saml2/idp?idpid=C0synthetic":                             "google-workspace.sso_url",
		"https://accounts.google.com/o/saml2/initsso?idpid=C0synthetic&spid=1&forceauthn=false": "google-workspace.app_url",
		"https://admin.google.com/ac/apps/saml/1":                                               "google-workspace.console_page",
		"https://storage.acme.example/GoogleIDPMetadata.xml":                                    "google-workspace.no_url",
	} {
		for field, r := range map[string]*sdk.MetadataRequest{
			"metadata_url": {SourceURL: url},
			"metadata_xml": {Document: []byte(" " + url + "\n")},
		} {
			advice, err := googleworkspace.Provider{}.Metadata(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, []string{"error " + field + " " + code}, sdktest.Codes(advice.Problems))
			require.Contains(t, advice.Problems[0].Fix, "Download metadata")
		}
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
		advice, err := googleworkspace.Provider{}.Metadata(t.Context(), &sdk.MetadataRequest{Document: document})
		require.NoError(t, err)
		const foreign = "warning metadata_xml google-workspace.other_provider"
		name, got := filepath.Base(file), sdktest.Codes(advice.Problems)
		switch {
		case strings.HasPrefix(name, "google-"):
			require.NotContains(t, got, foreign, name)
			require.Contains(t, got, "info metadata_xml google-workspace.valid_until", name)
			require.Equal(t, name == "google-3.xml", len(got) == 2, "%s: an entity ID without an account", name)
		case strings.HasPrefix(name, "aggregate-"):
			require.Empty(t, advice.EntityID, name)
		default:
			require.Contains(t, got, foreign, name)
		}
	}
}
