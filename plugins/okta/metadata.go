package okta

import (
	"context"
	"crypto/x509"
	"errors"
	"regexp"
	"slices"

	"github.com/idplug/idplug/sdk"
)

// Metadata recognises Okta's document and the addresses that are mistaken for its own.
func (Provider) Metadata(_ context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	ours, advice, err := sdk.Recognise(r, product)
	switch {
	case err == nil:
		advice.Problems, advice.Request = examine(ours), request(ours)
	case errors.Is(err, sdk.ErrNoMetadata):
		advice.Problems = explain(r.Address())
	}
	return advice, nil
}

const product = "Okta"

// Issuers begin with exk; applications from before 2014 or so have k2l or kw4.
var issuerForm = regexp.MustCompile(`^http://www\.okta\.com/\w+$`)

func examine(e sdk.Entity) []sdk.Problem {
	problems := e.Stranger("okta", copyURL, product)
	if len(problems) == 0 && !issuerForm.MatchString(e.ID) {
		problems = append(problems, customIssuer)
	}
	if e.HasWeakKey() {
		problems = append(problems, weakKey)
	}
	if slices.ContainsFunc(e.Certificates, func(c *x509.Certificate) bool { return c.SignatureAlgorithm == x509.SHA1WithRSA }) {
		problems = append(problems, oldCertificate)
	}
	return problems
}

// request leaves everything to the application's settings, with one exception: an application with Signed Requests refuses a request whose
// NameIDPolicy is not its own Name ID format, absence included (Okta's SAML field reference; https://github.com/flipboxfactory/saml-sp/issues/235).
// Metadata lists that format first.
func request(e sdk.Entity) sdk.RequestHints {
	if !e.WantsSigned || len(e.NameIDFormats) == 0 {
		return sdk.RequestHints{}
	}
	return sdk.RequestHints{NameIDFormat: e.NameIDFormats[0], Sign: true}
}
