package googleworkspace

import (
	"net/url"
	"strings"

	"github.com/idplug/idplug/sdk"
)

// explain says what an address is that was entered in the hope of metadata; no address brings any.
func explain(u *url.URL, field string) []sdk.Problem {
	if u == nil {
		return nil
	}
	found := noURL
	switch host, path := u.Hostname(), strings.TrimSuffix(u.EscapedPath(), "/"); {
	case host == "accounts.google.com" && path == "/o/saml2/idp":
		found = ssoURL
	case host == "accounts.google.com" && path == "/o/saml2":
		found = entityID
	case host == "accounts.google.com" && path == "/o/saml2/initsso":
		found = appURL
	case host == "admin.google.com":
		found = consoleURL
	}
	found.Field = field
	return []sdk.Problem{found}
}
