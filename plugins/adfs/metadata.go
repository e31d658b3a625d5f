package adfs

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"github.com/idplug/idplug/sdk"
)

const product = "AD FS"

// Metadata recognises AD FS's document and the addresses that are mistaken for its own. Requests need no hint: AD FS compares a NameIDPolicy with
// what its rules happen to issue and refuses the sign-in if they differ (MSIS7070), and a RequestedAuthnContext if the sign-in was by other means.
func (Provider) Metadata(_ context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	ours, advice, err := sdk.Recognise(r, product)
	switch {
	case err == nil:
		advice.Problems = examine(ours)
	case errors.Is(err, sdk.ErrOtherRoles):
		advice.Problems = []sdk.Problem{noSAML}
	case errors.Is(err, sdk.ErrNoMetadata):
		advice.Problems = explain(r.Address())
	}
	return advice, nil
}

func examine(e sdk.Entity) []sdk.Problem {
	problems := e.Stranger("adfs", enterURL, product)
	if e.HasWeakKey() {
		problems = append(problems, weakKey)
	}
	if len(problems) > 0 {
		return problems
	}
	if len(e.Certificates) > 1 {
		return []sdk.Problem{rollover}
	}
	return selfMade(e.Certificates)
}

// selfMade tells the day on which a certificate ends that AD FS made for itself. It does so whatever day it is today: advice is kept, and a warning
// that the day is near is the host's.
func selfMade(certificates []*x509.Certificate) []sdk.Problem {
	for _, c := range certificates {
		if c.NotAfter.Sub(c.NotBefore) < 2*365*24*time.Hour {
			p := oneYear
			p.Summary = "The token-signing certificate lives one year, as AD FS makes them. This one ends on " + c.NotAfter.UTC().Format("2 January 2006") +
				"; AD FS makes the next one 20 days before and signs with it 5 days later."
			return []sdk.Problem{p}
		}
	}
	return nil
}
