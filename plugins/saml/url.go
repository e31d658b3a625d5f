package saml

import (
	"net/url"
	"regexp"

	"github.com/idplug/idplug/sdk"
)

// place is an address of a product that is not that of its metadata, by path, and the path where the metadata is; "" where that cannot be told.
type place struct {
	product  string
	path     *regexp.Regexp
	metadata string
}

// places are tried in order.
var places = []place{
	{"Keycloak", regexp.MustCompile(`^((?:/auth)?/realms/[^/]+)(?:/protocol/saml(?:/clients/[^/]+)?|/account)?/?$`), "$1/protocol/saml/descriptor"},
	{"Keycloak", regexp.MustCompile(`^((?:/auth)?)/admin/(?:[^/]+/console)?/?$`), ""},
	{"Shibboleth", regexp.MustCompile(`^/idp/(?:profile/(?:SAML2|Shibboleth)/.*|status)$`), "/idp/shibboleth"},
	{"SimpleSAMLphp", regexp.MustCompile(`^(.*)/saml2/idp/(?:SSOService|SingleLogoutService|initSLO)\.php(?:/.*)?$`), "$1/saml2/idp/metadata.php"},
	{"SimpleSAMLphp", regexp.MustCompile(`^(.*)/module\.php/saml/idp/(?:singleSignOnService|singleLogout|initSingleLogout)$`), "$1/module.php/saml/idp/metadata"},
	{"Auth0", regexp.MustCompile(`^/samlp/(\w+)(?:/logout)?/?$`), "/samlp/metadata/$1"},
	{"authentik", regexp.MustCompile(`^/application/saml/([\w-]+)/(?:sso|slo)/.*$`), "/application/saml/$1/metadata/"},
}

var openIDPath = regexp.MustCompile(`/\.well-known/(openid-configuration|oauth-authorization-server)$`)

// explain says why an address brought no metadata, as far as the address tells; nil if it does not.
func explain(u *url.URL, field string) []sdk.Problem {
	if u == nil {
		return nil // the host has words for that
	}
	path := u.EscapedPath()
	if openIDPath.MatchString(path) {
		found := openIDDocument
		found.Field = field
		return []sdk.Problem{found}
	}
	for _, p := range places {
		if !p.path.MatchString(path) {
			continue
		}
		found := otherPlace
		found.Field = field
		found.Summary = "This looks like an address of " + p.product + ", but not like that of its metadata."
		if p.metadata != "" {
			found.Fix = "Try https://" + u.Host + p.path.ReplaceAllString(path, p.metadata) + " instead."
		}
		return []sdk.Problem{found}
	}
	return nil
}
