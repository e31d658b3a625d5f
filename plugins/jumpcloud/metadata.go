package jumpcloud

import (
	"context"
	"errors"
	"regexp"

	"github.com/idplug/idplug/sdk"
)

const product = "JumpCloud"

// Metadata recognises JumpCloud's document and the addresses that are mistaken for its own. Requests need no hint: the application's settings choose
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

// absolute is the form of an entity ID that nobody else has by accident (SAML Metadata 2.2.1 wants a URI).
var absolute = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:\S+$`)

func examine(e sdk.Entity) []sdk.Problem {
	problems := e.Stranger("jumpcloud", copyURL, product)
	if len(problems) == 0 && !absolute.MatchString(e.ID) {
		problems = append(problems, plainName)
	}
	if e.HasWeakKey() {
		problems = append(problems, weakKey)
	}
	return problems
}
