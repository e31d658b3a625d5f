package saml

import (
	"net/url"
	"slices"
	"strings"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml/signedxml"
)

// maxEndpoints bounds what is kept of one kind; every provider seen has two.
const maxEndpoints = 16

// endpoints reads a role's addresses of one kind: Redirect first, then POST, each in document order; other bindings are not ours to speak.
func (d *Documents) endpoints(role signedxml.Node, kind string, notes *sso.Problems) []sso.Endpoint {
	var redirects, posts []sso.Endpoint
	for n := range role.Named(nsMetadata, kind) {
		binding, _ := n.Attr("Binding")
		into := &redirects
		switch binding {
		case sso.BindingRedirect:
		case sso.BindingPOST:
			into = &posts
		default:
			continue
		}
		location, _ := n.Attr("Location")
		if problem := d.endpointProblem(location); problem != "" {
			notes.Add(sso.Warning, metadataField, sso.MetadataEndpointDropped, "detail", "a "+kind+" "+problem)
			continue
		}
		e := sso.Endpoint{Binding: strings.Clone(binding), URL: strings.Clone(location)}
		if answers, given := n.Attr("ResponseLocation"); given && answers != location {
			if problem := d.endpointProblem(answers); problem != "" {
				notes.Add(sso.Warning, metadataField, sso.MetadataEndpointDropped, "detail", "a "+kind+" for answers "+problem)
				continue
			}
			e.ResponseURL = strings.Clone(answers)
		}
		if !slices.Contains(*into, e) && len(*into) < maxEndpoints {
			*into = append(*into, e)
		}
	}
	return append(redirects, posts...)
}

// endpointProblem says why a browser must not be sent to an address, "" when it may. Private addresses are fine: it is the browser that goes
// there, and a company's own provider often has one.
func (d *Documents) endpointProblem(location string) string {
	u, err := url.Parse(location)
	switch {
	case len(location) > maxURL:
		return "has an address that is too long"
	case err != nil || u.Opaque != "" || u.Hostname() == "" || u.User != nil || strings.Contains(location, "#"):
		return "has no proper address"
	case u.Scheme == "https", u.Scheme == "http" && d.allowed(u):
		return ""
	case u.Scheme == "http":
		return "has an http address"
	}
	return "has an address that is no web address"
}
