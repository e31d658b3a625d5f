package okta

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"regexp"

	"github.com/idplug/idplug/sdk"
)

// Metadata recognises Okta's document and the addresses that are mistaken for its own.
func (Provider) Metadata(_ context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	entities, err := sdk.Outline(r.Document)
	if errors.Is(err, sdk.ErrNoMetadata) {
		return &sdk.MetadataAdvice{Problems: explainURL(r.SourceURL)}, nil
	}
	if err != nil {
		return nil, err
	}
	advice := &sdk.MetadataAdvice{}
	ours, sure := choose(entities, r.EntityID)
	if !sure {
		return advice, nil // several, and nothing speaks for one of them: the host asks
	}
	if len(entities) > 1 {
		advice.EntityID = ours.ID
	}
	advice.Problems = examine(ours)
	advice.Request = request(ours)
	return advice, nil
}

// choose finds the entity that the administrator means: the one they named, the only one, or the only one of Okta's.
func choose(entities []sdk.Entity, wanted string) (ours sdk.Entity, sure bool) {
	if len(entities) == 1 && wanted == "" {
		return entities[0], true
	}
	found := 0
	for _, e := range entities {
		if wanted != "" && e.ID == wanted || wanted == "" && e.Product() == product {
			ours, found = e, found+1
		}
	}
	return ours, found == 1
}

const product = "Okta"

// Issuers begin with exk; applications from before 2014 or so have k2l or kw4.
var issuerForm = regexp.MustCompile(`^http://www\.okta\.com/\w+$`)

func examine(e sdk.Entity) []sdk.Problem {
	var problems []sdk.Problem
	add := func(severity sdk.Severity, p problem) {
		problems = append(problems, p.as(severity, sdk.FieldMetadataXML))
	}
	switch name := e.Product(); {
	case name == "":
		add(sdk.SeverityWarning, unknownProduct)
	case name != product:
		other := unknownProduct
		other.summary = "This metadata does not look like Okta's but like that of " + name + "."
		add(sdk.SeverityWarning, other)
	case !issuerForm.MatchString(e.ID):
		add(sdk.SeverityInfo, customIssuer)
	}
	weak, old := false, false
	for _, c := range e.Certificates {
		weak = weak || isWeak(c)
		old = old || c.SignatureAlgorithm == x509.SHA1WithRSA
	}
	if weak {
		add(sdk.SeverityWarning, weakKey)
	}
	if old {
		add(sdk.SeverityWarning, oldCertificate)
	}
	return problems
}

func isWeak(c *x509.Certificate) bool {
	key, ok := c.PublicKey.(*rsa.PublicKey)
	return ok && key.N.BitLen() < 2048
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
