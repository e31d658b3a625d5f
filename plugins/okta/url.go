package okta

import (
	"net/url"
	"regexp"

	"github.com/idplug/idplug/sdk"
)

// Addresses of Okta that people take for the metadata URL, by path; custom domains have the same paths.
var (
	metadataPath = regexp.MustCompile(`^/app/(\w+)/sso/saml/metadata/?$`)
	ssoPath      = regexp.MustCompile(`^/app/[^/]+/(\w+)/(?:sso|slo)/saml(?:/|$)`) // exk…, the SAML id; not 0oa…, the application's id
	apiPath      = regexp.MustCompile(`^/api/v1/apps/(\w+)/sso/saml/metadata/?$`)
	embedPath    = regexp.MustCompile(`^/home/[^/]+/0oa\w+/\w+/?$`)
	consolePath  = regexp.MustCompile(`^/admin/`)
	issuerPath   = regexp.MustCompile(`^/(exk|k2l|kw4)\w+$`)
	adminHost    = regexp.MustCompile(`^([a-z0-9-]+)-admin(\.(?:okta|oktapreview|okta-emea|okta-gov)\.com|\.okta\.mil)$`)
)

// explain says why an address brought no metadata, as far as the address tells; nil if it does not.
func explain(u *url.URL, field string) []sdk.Problem {
	if u == nil {
		return nil // the host has words for that
	}
	host, path := u.Host, u.EscapedPath()
	admin := adminHost.FindStringSubmatch(host)
	if admin != nil {
		host = admin[1] + admin[2]
	}
	var found sdk.Problem
	switch {
	case apiPath.MatchString(path):
		found = apiURL
	case embedPath.MatchString(path):
		found = embedURL
	case ssoPath.MatchString(path):
		found = ssoURL
		found.Fix = "Use https://" + host + "/app/" + ssoPath.FindStringSubmatch(path)[1] + "/sso/saml/metadata instead, or copy the Metadata URL from Sign On > SAML 2.0 > Metadata details."
	case host == "www.okta.com" && issuerPath.MatchString(path):
		found = issuerURL
	case admin != nil && metadataPath.MatchString(path):
		found = consoleHost
		found.Fix = "Use https://" + host + path + " instead."
	case admin != nil || consolePath.MatchString(path):
		found = consoleURL
	default:
		return nil
	}
	found.Field = field
	return []sdk.Problem{found}
}
