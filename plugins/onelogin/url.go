package onelogin

import (
	"net/url"
	"regexp"

	"github.com/idplug/idplug/sdk"
)

// Addresses of OneLogin that people take for that of the metadata, by path.
var (
	signOnPath  = regexp.MustCompile(`^/trust/saml2/(?:http-post|http-redirect|soap)/(?:sso|slo)/([\w-]+)/?$`)
	barePath    = regexp.MustCompile(`^/(saml/metadata|trust/saml2/[a-z-]+/s[sl]o)/?$`)
	launchPath  = regexp.MustCompile(`^/(launch|trust/saml2/launch|client/apps/select)/|^/portal(/|$)`)
	consolePath = regexp.MustCompile(`^/(admin\d*|apps)(/|$)`)
	openIDPath  = regexp.MustCompile(`^/oidc(/|$)`)
	apiPath     = regexp.MustCompile(`^/api/`)
	ourHost     = regexp.MustCompile(`^[a-z0-9-]+\.onelogin\.com$`)
)

// explain says why an address brought no metadata, as far as the address tells; nil if it does not.
func explain(u *url.URL, field string) []sdk.Problem {
	if u == nil || !ourHost.MatchString(u.Hostname()) {
		return nil // the host has words for that
	}
	var found sdk.Problem
	switch path := u.EscapedPath(); {
	case signOnPath.MatchString(path):
		found = signOnURL
		found.Fix = "Use https://" + u.Host + "/saml/metadata/" + signOnPath.FindStringSubmatch(path)[1] + " instead, or copy the Issuer URL from the application's SSO tab."
	case barePath.MatchString(path):
		found = noApplication
	case launchPath.MatchString(path):
		found = launchURL
	case openIDPath.MatchString(path):
		found = openID
	case apiPath.MatchString(path):
		found = apiURL
	case consolePath.MatchString(path):
		found = consoleURL
	default:
		return nil
	}
	found.Field = field
	return []sdk.Problem{found}
}
