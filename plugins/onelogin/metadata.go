package onelogin

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"

	"github.com/idplug/idplug/sdk"
)

const product = "OneLogin"

// Metadata recognises OneLogin's document and the addresses that are mistaken for its own. Requests need no hint: the application's settings choose
// the NameID.
func (Provider) Metadata(_ context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	ours, advice, err := sdk.Recognise(r, product)
	switch {
	case err == nil:
		advice.Problems = examine(ours)
	case errors.Is(err, sdk.ErrNoMetadata):
		advice.Problems = explain(r.Address())
	}
	return advice, nil
}

func examine(e sdk.Entity) []sdk.Problem {
	problems := e.Stranger("onelogin", copyURL, product)
	if e.HasWeakKey() {
		return append(problems, weakKey)
	}
	if len(problems) == 0 && slices.ContainsFunc(e.Certificates, isOld) {
		problems = append(problems, oldCertificate)
	}
	return problems
}

// isOld reports whether a certificate is from the years in which OneLogin's applications signed with SHA-1. What a certificate was signed with says
// nothing of today's answers, but it tells an application that kept its settings.
func isOld(c *x509.Certificate) bool { return c.SignatureAlgorithm == x509.SHA1WithRSA }
