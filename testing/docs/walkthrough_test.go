package docs_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/plugins/adfs"
	"github.com/idplug/idplug/plugins/azure"
	"github.com/idplug/idplug/plugins/googleworkspace"
	"github.com/idplug/idplug/plugins/jumpcloud"
	"github.com/idplug/idplug/plugins/okta"
	"github.com/idplug/idplug/plugins/onelogin"
	"github.com/idplug/idplug/plugins/pingone"
	"github.com/idplug/idplug/plugins/saml"
	"github.com/idplug/idplug/sdk"
)

// TestEverySentenceOfTheArticleHasItsProof: each row names tests that there are, and nothing else.
func TestEverySentenceOfTheArticleHasItsProof(t *testing.T) {
	const page, sentences = "docs/reference/seed-walk-through.md", 40
	rows, _ := proven(t, pages(t)[page], 3, testNames(t))
	require.GreaterOrEqual(t, rows, sentences)
}

// TestJITIsOfferedByOktaAndPingOneAlone, as the article says of users who are created at their first sign-in.
func TestJITIsOfferedByOktaAndPingOneAlone(t *testing.T) {
	var offer []string
	for _, p := range []sdk.Provider{
		adfs.Provider{}, azure.Provider{}, googleworkspace.Provider{}, jumpcloud.Provider{}, okta.Provider{}, onelogin.Provider{}, pingone.Provider{}, saml.Provider{},
	} {
		if m := p.Manifest(); m.Capabilities.JIT {
			offer = append(offer, m.Key)
		}
	}
	require.Equal(t, []string{"okta", "pingone"}, offer)
}
