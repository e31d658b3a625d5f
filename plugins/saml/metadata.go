package saml

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/idplug/idplug/sdk"
)

// Metadata says what is odd about any provider's document, and where metadata is when an address brought none. Requests need no hint: who has no plugin
// of their own knows their provider's settings, and a NameIDPolicy or an authentication context that it did not expect is refused.
func (Provider) Metadata(_ context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	only, advice, err := sdk.Recognise(r)
	switch {
	case err == nil:
		advice.Problems = examine(only)
	case errors.Is(err, sdk.ErrServiceProvider):
		advice.Problems = []sdk.Problem{serviceProvider}
	case errors.Is(err, sdk.ErrOtherRoles):
		advice.Problems = []sdk.Problem{otherRoles}
	case errors.Is(err, sdk.ErrNoMetadata):
		if advice.Problems = mistaken(r.Document); advice.Problems == nil {
			advice.Problems = explain(r.Address())
		}
	}
	return advice, nil
}

// specialised are the providers that come with idplug, by the name of the product; the value is what they are called in the list to choose from.
var specialised = map[string]string{
	"Okta": "Okta", "PingOne": "PingOne", "PingFederate": "PingOne", "Google Workspace": "Google Workspace", "Microsoft Entra ID": "Microsoft Entra ID (Azure)",
	"AD FS": "AD FS", "OneLogin": "OneLogin", "JumpCloud": "JumpCloud",
}

func examine(e sdk.Entity) []sdk.Problem {
	var problems []sdk.Problem
	if choice := specialised[e.Product()]; choice != "" {
		p := knownProvider
		p.Summary = "This metadata looks like that of " + e.Product() + "."
		p.Fix = "If “" + choice + "” is offered as a provider, choose it: its guide uses that product's words, and it knows its mistakes and its attributes. This one works too."
		problems = append(problems, p)
	}
	if len(e.NameIDFormats) > 0 && !slices.ContainsFunc(e.NameIDFormats, func(f string) bool { return f != sdk.NameIDTransient }) {
		problems = append(problems, onlyTransient)
	}
	return problems
}

// mistaken tells what a document is that is no metadata, where that helps to find the right one.
func mistaken(document []byte) []sdk.Problem {
	has := func(word string) bool { return bytes.Contains(document, []byte(word)) }
	switch {
	case has(`"authorization_endpoint"`):
		return []sdk.Problem{openIDDocument}
	case has("urn:oasis:names:tc:SAML:2.0:protocol") && has("StatusCode"):
		return []sdk.Problem{response}
	}
	return nil
}
