package main

import (
	"context"
	"strings"

	"github.com/idplug/idplug/sdk"
)

// issuer begins the entity ID of every Acme application.
const issuer = "https://idp.acme.example/"

// Metadata says what is odd about a document, in the words of Acme's console. It advises: the host itself reads the entity ID, the endpoints and
// the keys, and says what is wrong with a document that is no metadata.
func (Provider) Metadata(_ context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	entity, advice, err := sdk.Recognise(r)
	if err == nil && !strings.HasPrefix(entity.ID, issuer) {
		advice.Problems = append(advice.Problems, otherProvider)
	}
	return advice, nil
}

var otherProvider = sdk.Problem{
	Severity: sdk.SeverityWarning, Field: sdk.FieldMetadataXML,
	Code:    "acme.other_provider",
	Summary: "This metadata does not look like Acme's.",
	Fix:     "If it is another provider's, choose that provider. " + metadataHelp,
}
