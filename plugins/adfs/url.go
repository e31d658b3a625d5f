package adfs

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/idplug/idplug/sdk"
)

// metadataPath is the same on every AD FS; letters of it may be large or small.
const metadataPath = "/FederationMetadata/2007-06/FederationMetadata.xml"

// Addresses of AD FS that people take for that of its metadata, by path in small letters: the host is the customer's own.
var (
	signInPath     = regexp.MustCompile(`^/adfs/ls(/|$)|^/adfs/portal(/|$)`)
	identifierPath = regexp.MustCompile(`^/adfs/services/trust(/|$)|^/adfs/fs/`)
	openIDPath     = regexp.MustCompile(`^/adfs/(\.well-known/|oauth2(/|$)|discovery/|userinfo)`)
)

// explain says why an address brought no metadata, as far as the address tells; nil if it does not.
func explain(u *url.URL, field string) []sdk.Problem {
	if u == nil {
		return nil // the host has words for that
	}
	var found sdk.Problem
	switch path := strings.ToLower(u.Path); {
	case microsoftHost.MatchString(u.Hostname()):
		found = cloudURL
	case path == strings.ToLower(metadataPath) && field == sdk.FieldMetadataXML:
		return nil // pasted in the wrong place, for which the host has words too
	case path == strings.ToLower(metadataPath):
		found = unreachable
	case signInPath.MatchString(path):
		found = signInURL
	case identifierPath.MatchString(path):
		found = identifier
	case openIDPath.MatchString(path):
		found = openID
	default:
		return nil
	}
	if found.Fix == "" {
		found.Fix = "Use https://" + u.Host + metadataPath + " instead."
	}
	found.Field = field
	return []sdk.Problem{found}
}

// microsoftHost are the hosts of Microsoft's cloud, whose documents have the same path.
var microsoftHost = regexp.MustCompile(`^(login|sts)\.(microsoftonline\.(com|us)|windows\.net|partner\.microsoftonline\.cn|chinacloudapi\.cn)$`)
