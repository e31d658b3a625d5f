package sdk_test

import (
	"cmp"
	"fmt"

	"github.com/idplug/idplug/sdk"
)

// A profile says of every value where it comes from; the helpers keep that true.
func Example() {
	r := &sdk.ProfileRequest{
		NameID: sdk.NameID{Value: "u-17", Format: sdk.NameIDPersistent},
		Attributes: sdk.Attributes{
			{Name: "urn:oid:0.9.2342.19200300.100.1.3", FriendlyName: "mail", Values: []string{"Ada@Example.com"}},
			{Name: "teams", Values: []string{"support; emea"}},
		},
	}
	p := &sdk.Profile{
		Subject: cmp.Or(r.Attributes.First("id"), r.NameID.AsValue()),
		Email:   r.Attributes.First("email", "mail").Lower(),
		Groups:  r.Attributes.First("teams").Split(),
	}
	fmt.Println(p.Email.Text, "from", p.Email.From)
	fmt.Println(p.Subject, p.Groups) // what is printed whole keeps its secrets
	// Output:
	// ada@example.com from urn:oid:0.9.2342.19200300.100.1.3
	// NameID(as-is)=*** [teams(split)=*** teams(split)=***]
}
