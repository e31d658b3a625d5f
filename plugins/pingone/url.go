package pingone

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/idplug/idplug/sdk"
)

// Addresses of Ping that people take for the metadata URL. Paths come first, because custom domains have the same.
var (
	environmentPath = regexp.MustCompile(`^/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/?$`)
	cloudHost       = regexp.MustCompile(`^auth\.pingone\.(com|eu|ca|asia|com\.au|sg)$`)
	consoleHost     = regexp.MustCompile(`^(console|admin)\.(pingone\.[a-z.]+|connect\.pingidentity\.com)$`)
	apiHost         = regexp.MustCompile(`^api\.pingone\.[a-z.]+$`)
	serverPath      = regexp.MustCompile(`(?i)^/idp/(SSO\.saml2|SLO\.saml2|startSSO\.ping)$`)
)

// explain says why an address brought no metadata, as far as the address tells; nil if it does not.
func explain(u *url.URL, field string) []sdk.Problem {
	if u == nil {
		return nil // the host has words for that
	}
	var found sdk.Problem
	switch host, path := u.Hostname(), u.EscapedPath(); {
	case strings.HasSuffix(path, "/saml20/idp/startsso"):
		found = startURL
	case strings.HasSuffix(path, "/saml20/idp/sso"), strings.HasSuffix(path, "/saml20/idp/slo"):
		found = ssoURL
	case strings.HasSuffix(path, "/saml20/metadata"), strings.HasSuffix(path, "/saml20/metadata/"):
		found = noApplication
	case strings.HasSuffix(path, "/as/.well-known/openid-configuration"):
		found = openID
	case host == "sso.connect.pingidentity.com", host == "pingone.com" && strings.HasPrefix(path, "/idp/"):
		found = legacyURL
	case cloudHost.MatchString(host) && environmentPath.MatchString(path):
		found = issuerURL
	case consoleHost.MatchString(host):
		found = consoleURL
	case apiHost.MatchString(host):
		found = apiURL
	case serverPath.MatchString(path):
		found = serverURL
		found.Fix = "Use https://" + u.Host + "/pf/federation_metadata.ping?PartnerSpId= with our entity ID behind it, or export the metadata of the SP connection and paste it."
	case u.Port() == "9999", strings.HasPrefix(path, "/pingfederate/"):
		found = serverConsole
	default:
		return nil
	}
	found.Field = field
	return []sdk.Problem{found}
}
