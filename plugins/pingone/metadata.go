package pingone

import (
	"context"
	"crypto/x509"
	"errors"
	"regexp"
	"time"

	"github.com/idplug/idplug/sdk"
)

// The products of Ping, as [sdk.Entity.Product] calls them.
const (
	cloud  = "PingOne"
	server = "PingFederate"
)

// Metadata recognises Ping's documents and the addresses that are mistaken for theirs.
func (Provider) Metadata(_ context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	ours, advice, err := sdk.Recognise(r, cloud, server)
	switch {
	case err == nil:
		advice.Problems = examine(ours)
		// Neither a NameIDPolicy nor a RequestedAuthnContext: PingOne may take the latter as the name of a sign-on policy. Its metadata
		// never asks for signed requests, even of an application that enforces them; PingFederate's does.
		advice.Request = sdk.RequestHints{Sign: ours.WantsSigned}
	case errors.Is(err, sdk.ErrNoMetadata):
		advice.Problems = explain(r.Address())
	}
	return advice, nil
}

var legacyForm = regexp.MustCompile(`^https://pingone\.com/idp/`)

func examine(e sdk.Entity) []sdk.Problem {
	if len(e.SSO) == 0 {
		return []sdk.Problem{noSignOn}
	}
	problems := e.Stranger("pingone", copyURL, cloud, server)
	switch {
	case onCustomDomain(e):
		problems = nil
	case e.Product() == server:
		problems = append(problems, pingFederate)
	case legacyForm.MatchString(e.ID):
		problems = append(problems, legacy)
	}
	if e.HasWeakKey() {
		problems = append(problems, weakKey)
	}
	return append(problems, shortLived(e.Certificates)...)
}

// ssoForm is PingOne's sign-on address on a customer's own domain.
var ssoForm = regexp.MustCompile(`^https://[^/]+(/[^/]+)?/saml20/idp/sso$`)

func onCustomDomain(e sdk.Entity) bool { return e.Product() == "" && ssoForm.MatchString(e.SSO[0]) }

// shortLived tells the day on which a certificate of a year ends. It does so whatever day it is today: advice is kept, and a warning that the day
// is near is the host's.
func shortLived(certificates []*x509.Certificate) []sdk.Problem {
	for _, c := range certificates {
		if c.NotAfter.Sub(c.NotBefore) < 2*365*24*time.Hour {
			p := oneYear
			p.Summary = "The signing certificate lives one year, as PingOne makes them. This one ends on " + c.NotAfter.UTC().Format("2 January 2006") + "."
			return []sdk.Problem{p}
		}
	}
	return nil
}
