package sdk_test

import (
	"fmt"

	"github.com/idplug/idplug/sdk"
)

func ExampleValue_Lower() {
	tell(ada(say("mail", " Ada@Example.com")).Attributes.First("mail").Lower())
	// Output: "ada@example.com" from mail, lower
}

func ExampleValue_Trim() {
	tell(ada(say("cn", " Ada Lovelace ")).Attributes.First("cn").Trim())
	// Output: "Ada Lovelace" from cn, trim
}

func ExampleValue_Split() {
	tell(ada(say("teams", "red, green;blue")).Attributes.First("teams").Split()...)
	// Output:
	// "red" from teams, split
	// "green" from teams, split
	// "blue" from teams, split
}

func ExampleValue_SplitCommas() {
	tell(ada(say("teams", "red;wine,green")).Attributes.First("teams").SplitCommas()...)
	// Output:
	// "red;wine" from teams, split-commas
	// "green" from teams, split-commas
}

func ExampleValue_SplitSemicolons() {
	tell(ada(say("memberOf", "CN=a,O=b;CN=c,O=b")).Attributes.First("memberOf").SplitSemicolons()...)
	// Output:
	// "CN=a,O=b" from memberOf, split-semicolons
	// "CN=c,O=b" from memberOf, split-semicolons
}

func ExampleValue_Address() {
	r := ada(say("mail", "Ada <ada@example.com>"))
	fmt.Println(r.Attributes.First("mail").Address() == sdk.Value{})
	// Output: true
}

func ExampleSplitEach() {
	r := ada(say("groups", "a, b", "c"))
	fmt.Println(len(sdk.SplitEach(r.Attributes.All("groups"), sdk.Value.SplitCommas)))
	// Output: 3
}

func ExampleOp_Derive() {
	fmt.Printf("%q %q\n", sdk.OpLower.Derive(" Ada "), sdk.OpSplit.Derive("a, b"))
	// Output: ["ada"] ["a" "b"]
}

func ExampleOp_Splits() {
	fmt.Println(sdk.OpLower.Splits(), sdk.OpSplitCommas.Splits())
	// Output: false true
}
