package main

import (
	"context"

	"github.com/idplug/idplug/sdk"
)

// Profile picks a person's facts from an assertion that the host has verified. A plugin chooses, it never invents: each value remembers the attribute
// it came from, and the host makes it again.
func (Provider) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	p := &sdk.Profile{
		Subject:    r.Subject(), // the NameID, unless it is a new one at every login
		Email:      r.Email("email", "mail"),
		GivenName:  r.Attributes.First("firstName", "givenName"),
		FamilyName: r.Attributes.First("lastName", "surname"),
		Groups:     r.Attributes.All("groups"),
	}
	if p.Email == (sdk.Value{}) {
		p.Problems = append(p.Problems, noEmail)
	}
	return p, nil
}

var noEmail = sdk.Problem{
	Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail),
	Code:    "acme.email_missing",
	Summary: "The assertion holds no e-mail address.",
	Fix:     "In the Acme console, open the application and send the attribute email.",
}
