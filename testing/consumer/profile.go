package main

import (
	"cmp"
	"context"

	"github.com/idplug/idplug/sdk"
)

// Profile picks a person's facts from an assertion that the host has verified. A plugin chooses, it never invents: each value remembers the attribute
// it came from, and the host makes it again.
func (Provider) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	p := &sdk.Profile{
		Subject:    subject(r),
		Email:      cmp.Or(r.Attributes.FirstAddress("email", "mail"), r.NameID.AsValue().Address()).Lower(),
		GivenName:  r.Attributes.First("firstName", "givenName"),
		FamilyName: r.Attributes.First("lastName", "surname"),
		Groups:     r.Attributes.All("groups"),
	}
	if p.Email == (sdk.Value{}) {
		p.Problems = append(p.Problems, noEmail)
	}
	return p, nil
}

// subject is an identifier that stays with the person for ever. A transient NameID is new at every login, and so names nobody.
func subject(r *sdk.ProfileRequest) sdk.Value {
	if r.NameID.Format == sdk.NameIDTransient {
		return sdk.Value{}
	}
	return r.NameID.AsValue()
}

var noEmail = sdk.Problem{
	Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail),
	Code:    "acme.email_missing",
	Summary: "The assertion holds no e-mail address.",
	Fix:     "In the Acme console, open the application and send the attribute email.",
}
