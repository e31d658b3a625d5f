package jumpcloud

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/idplug/idplug/sdk"
)

// Addresses of JumpCloud that people take for that of the metadata. Its European and Indian clouds have the same names below eu.jumpcloud.com and
// in.jumpcloud.com.
var (
	signOnHost  = regexp.MustCompile(`^sso\.([a-z]{2}\.)?jumpcloud\.com$`)
	signOnPath  = regexp.MustCompile(`^/saml2/[^/]+/?$`)
	consoleHost = regexp.MustCompile(`^console\.([a-z]{2}\.)?jumpcloud\.com$`)
	portalPath  = regexp.MustCompile(`^/userconsole(/|$)`)
)

// explain says why an address brought no metadata, as far as the address tells; nil if it does not.
func explain(u *url.URL, field string) []sdk.Problem {
	if u == nil {
		return nil // the host has words for that
	}
	var found sdk.Problem
	switch host := u.Hostname(); {
	case signOnHost.MatchString(host) && signOnPath.MatchString(u.EscapedPath()):
		found = signOnURL
	case consoleHost.MatchString(host) && strings.HasPrefix(u.Path, "/api/"):
		found = apiURL
	case consoleHost.MatchString(host) && portalPath.MatchString(u.Path):
		found = portalURL
	case consoleHost.MatchString(host):
		found = consoleURL
	default:
		return nil
	}
	found.Field = field
	return []sdk.Problem{found}
}
