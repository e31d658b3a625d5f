package sdktest

import "github.com/idplug/idplug/sdk"

// Codes lists problems as "severity field code", so that a table of tests can say in one line what it expects; nil for none.
func Codes(problems []sdk.Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, string(p.Severity)+" "+p.Field+" "+p.Code)
	}
	return out
}
