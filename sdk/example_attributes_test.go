package sdk_test

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/idplug/idplug/sdk"
)

// ada is what a verified assertion said in the examples.
func ada(attributes ...sdk.Attribute) *sdk.ProfileRequest {
	return &sdk.ProfileRequest{
		IDPEntityID: "https://idp.example.com", NameID: sdk.NameID{Value: "u-17", Format: sdk.NameIDPersistent}, Attributes: attributes,
	}
}

func say(name string, values ...string) sdk.Attribute {
	return sdk.Attribute{Name: name, Values: values}
}

// tell prints values as a test may and a log may not.
func tell(values ...sdk.Value) {
	for _, v := range values {
		fmt.Printf("%q from %s, %s\n", v.Text, v.From, v.Op)
	}
}

func Example_email() {
	r := ada(say("email", "Ada Lovelace"), say("mail", " Ada@Example.com"))
	tell(r.Email("email", "mail"))
	// Output: "ada@example.com" from mail, lower
}

func Example_subject() {
	r := ada(say("employeeID", "4711"))
	tell(r.Subject("employeeID"), r.Subject("objectGUID"))
	r.NameID.Format = sdk.NameIDTransient // another one at each login
	fmt.Println(r.Subject("objectGUID") == sdk.Value{})
	// Output:
	// "4711" from employeeID, as-is
	// "u-17" from NameID, as-is
	// true
}

func Example_names() {
	r := ada(say("givenName", "Ada"), say("sn", "Lovelace"))
	ours := []string{"acmeFirstName"} // names that only this provider uses come first
	tell(
		r.Attributes.First(append(ours, sdk.CommonNames(sdk.FieldGivenName)...)...),
		r.Attributes.First(sdk.CommonNames(sdk.FieldFamilyName)...),
	)
	// Output:
	// "Ada" from givenName, as-is
	// "Lovelace" from sn, as-is
}

func Example_groups() {
	r := ada(say("groups", "Support", "Sales, EMEA"))
	tell(r.Attributes.FirstList(sdk.CommonNames(sdk.FieldGroups)...)...)
	// Output:
	// "Support" from groups, as-is
	// "Sales, EMEA" from groups, as-is
}

func Example_joined() {
	r := ada(say("memberOf", "Support;Sales, EMEA", "Everyone"))
	tell(sdk.SplitEach(r.Attributes.FirstList("memberOf"), sdk.Value.SplitSemicolons)...)
	// Output:
	// "Support" from memberOf, split-semicolons
	// "Sales, EMEA" from memberOf, split-semicolons
	// "Everyone" from memberOf, split-semicolons
}

func Example_overage() {
	r := ada(say("groups.link", "https://graph.example.com/u-17/groups"))
	p := &sdk.Profile{
		Groups:        r.Attributes.FirstList("groups"),
		GroupsUnknown: r.Attributes.Has("groups.link"), // too many to send: the host leaves roles as they are
	}
	fmt.Println(len(p.Groups), p.GroupsUnknown)
	// Output: 0 true
}

func Example_friendly() {
	r := ada(sdk.Attribute{Name: "urn:oid:2.5.4.42", FriendlyName: "givenName", Values: []string{"Ada"}})
	tell(r.Attributes.First("givenName"))
	// Output: "Ada" from urn:oid:2.5.4.42, as-is
}

func Example_missing() {
	r := ada(say("uid", "u-17"), say("mail1", "none"), say("cn", "Ada"))
	p := &sdk.Profile{Email: r.Email("mail")}
	if p.Email == (sdk.Value{}) {
		p.Problems = append(p.Problems, sdk.Problem{
			Severity: sdk.SeverityWarning, Field: string(sdk.FieldEmail), Code: "acme.email_missing",
			Summary: "The assertion holds no e-mail address. It holds: " + strings.Join(r.Attributes.Names(), ", ") + ".", // names, never values
			Fix:     "In the Acme console, under Application > Claims, add the claim mail.",
		})
	}
	fmt.Println(p.Problems[0].Summary)
	// Output: The assertion holds no e-mail address. It holds: uid, mail1, cn.
}

func Example_logging() {
	r := ada(say("mail", "ada@example.com"))
	fmt.Println(r.Attributes, r.NameID, r.Email("mail"))
	// Output: [mail=***(1)] ***(urn:oasis:names:tc:SAML:2.0:nameid-format:persistent) mail(lower)=***
}

func ExampleAttributes_First() {
	r := ada(say("id", " "), say("uid", "u-17"))
	tell(r.Attributes.First("id", "uid")) // a blank value is none
	// Output: "u-17" from uid, as-is
}

func ExampleAttributes_All() {
	r := ada(say("role", "a", ""), say("role", "b"))
	tell(r.Attributes.All("role")...)
	// Output:
	// "a" from role, as-is
	// "b" from role, as-is
}

func ExampleAttributes_FirstList() {
	r := ada(say("groups"), say("memberOf", "a", "b"))
	fmt.Println(len(r.Attributes.FirstList("groups", "memberOf")))
	// Output: 2
}

func ExampleAttributes_FirstAddress() {
	r := ada(say("email", `CORP\ada`), say("upn", "ada@corp.example"))
	tell(r.Attributes.FirstAddress("email", "upn"))
	// Output: "ada@corp.example" from upn, as-is
}

func ExampleAttributes_Has() {
	r := ada(say("groups"))
	fmt.Println(r.Attributes.Has("groups"), r.Attributes.Has("roles"))
	// Output: true false
}

func ExampleAttributes_Names() {
	fmt.Println(ada(say("uid", "u-17"), say("mail", "")).Attributes.Names())
	// Output: [uid]
}

func ExampleNameID_AsValue() {
	r := ada()
	tell(cmp.Or(r.Attributes.First("login"), r.NameID.AsValue()))
	// Output: "u-17" from NameID, as-is
}

func ExampleNameID_Transient() {
	fmt.Println(sdk.NameID{Value: "_1f0", Format: sdk.NameIDTransient}.Transient())
	// Output: true
}

func ExampleNameID_Unspecified() {
	fmt.Println(sdk.NameID{Value: "ada"}.Unspecified(), sdk.NameID{Value: "ada", Format: sdk.NameIDEmail}.Unspecified())
	// Output: true false
}

func ExampleProfileRequest_Email() {
	r := ada()
	r.NameID = sdk.NameID{Value: "Ada@Example.com", Format: sdk.NameIDEmail}
	tell(r.Email("mail"))
	// Output: "ada@example.com" from NameID, lower
}

func ExampleProfileRequest_Subject() {
	tell(ada(say("id", "00u1")).Subject("id"))
	// Output: "00u1" from id, as-is
}

func ExampleCommonNames() {
	fmt.Println(sdk.CommonNames(sdk.FieldSubject)[:2])
	// Output: [id user.id]
}
