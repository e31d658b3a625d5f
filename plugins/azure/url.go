package azure

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/idplug/idplug/sdk"
)

// Microsoft's hosts, in every cloud.
var (
	loginHost  = regexp.MustCompile(`^login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn|chinacloudapi\.cn|windows\.net|microsoft\.com)$`)
	issuerHost = regexp.MustCompile(`^sts\.(windows\.net|chinacloudapi\.cn)$`)
	portalHost = regexp.MustCompile(`^((aad\.)?portal\.azure\.(com|us|cn)|(entra|aad)\.microsoft\.com|entra\.microsoft(online)?\.(us|cn))$`)
	appsHost   = regexp.MustCompile(`^([a-z]+\.)?myapps\.microsoft\.(com|us)$|^myapplications\.microsoft\.(com|us)$|^account\.activedirectory\.windowsazure\.(com|us|cn)$`)
	graphHost  = regexp.MustCompile(`^graph\.microsoft\.(com|us)$|^graph\.windows\.net$|^microsoftgraph\.chinacloudapi\.cn$`)
)

// isMetadata reports whether an address is one of Microsoft's for metadata, the tenant's or an application's; letters of its path may be large or small.
func isMetadata(u *url.URL) bool {
	return loginHost.MatchString(u.Hostname()) && strings.HasSuffix(strings.ToLower(u.Path), "/federationmetadata/2007-06/federationmetadata.xml")
}

// appID returns what ?appid= says, in whatever letters the parameter is written.
func appID(u *url.URL) string {
	for name, values := range u.Query() {
		if strings.EqualFold(name, "appid") && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// explain says why an address brought no metadata, as far as the address tells; nil if it does not.
func explain(u *url.URL, field string) []sdk.Problem {
	if u == nil {
		return nil // the host has words for that
	}
	var found sdk.Problem
	switch host, path := u.Hostname(), strings.ToLower(u.Path); {
	case isMetadata(u):
		return nil // a good address of which nothing came: the network, or a tenant that is not there
	case loginHost.MatchString(host) && (strings.HasSuffix(path, "/.well-known/openid-configuration") || strings.Contains(path, "/oauth2/")):
		found = openID
	case loginHost.MatchString(host) && (strings.HasSuffix(path, "/saml2") || strings.HasSuffix(path, "/wsfed")):
		found = loginURL
	case issuerHost.MatchString(host):
		found = identifier
	case appsHost.MatchString(host):
		found = userAccessURL
	case portalHost.MatchString(host):
		found = portalURL
	case graphHost.MatchString(host):
		found = graphURL
	default:
		return nil
	}
	found.Field = field
	return []sdk.Problem{found}
}
