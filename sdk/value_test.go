package sdk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
)

func TestOpDerivesEveryTextItMayMake(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		op    sdk.Op
		value string
		want  []string
	}{
		"as is keeps white space":       {sdk.OpAsIs, " Ada ", []string{" Ada "}},
		"trim knows Unicode":            {sdk.OpTrim, "\u00a0Ada\u3000", []string{"Ada"}},
		"lower includes trim":           {sdk.OpLower, " Ada@Example.COM\n", []string{"ada@example.com"}},
		"lower follows strings.ToLower": {sdk.OpLower, "ÄÖ İ", []string{"äö i"}},
		"split at both separators":      {sdk.OpSplit, "red, green;blue", []string{"red", "green", "blue"}},
		"split drops empty parts":       {sdk.OpSplit, ";, ,red,;", []string{"red"}},
		"split of one":                  {sdk.OpSplit, " red ", []string{"red"}},
		"split of nothing":              {sdk.OpSplit, " ; ", nil},
		"split at commas only":          {sdk.OpSplitCommas, "a;b, c,", []string{"a;b", "c"}},
		"split at semicolons only":      {sdk.OpSplitSemicolons, "Support, EMEA; Admins;", []string{"Support, EMEA", "Admins"}},
		"an op outside the list":        {sdk.Op("title"), "ada", nil},
		"no op":                         {sdk.Op(""), "ada", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, c.op.Derive(c.value))
		})
	}
}

// Whatever the helpers are chained to, the text must be one that its Op derives from the value it came from: else the host refuses it.
func TestHelpersNeverLeaveTheirProof(t *testing.T) {
	t.Parallel()
	const source = " Red, GREEN ;blue "
	start := sdk.Value{Text: source, From: "groups", Op: sdk.OpAsIs}
	steps := map[string]func(sdk.Value) []sdk.Value{
		"trim":  func(v sdk.Value) []sdk.Value { return []sdk.Value{v.Trim()} },
		"lower": func(v sdk.Value) []sdk.Value { return []sdk.Value{v.Lower()} },
		"split": sdk.Value.Split,

		"split commas":     sdk.Value.SplitCommas,
		"split semicolons": sdk.Value.SplitSemicolons,
	}
	for first, a := range steps {
		for second, b := range steps {
			for _, half := range a(start) {
				for _, v := range b(half) {
					require.Contains(t, v.Op.Derive(source), v.Text, "%s, then %s", first, second)
					require.Equal(t, "groups", v.From)
				}
			}
		}
	}
}

func TestSplitEachPutsPartsInARow(t *testing.T) {
	t.Parallel()
	as := sdk.Attributes{{Name: "memberOf", Values: []string{"Support, EMEA;Admins", "Everyone"}}}
	part := func(text string) sdk.Value {
		return sdk.Value{Text: text, From: "memberOf", Op: sdk.OpSplitSemicolons}
	}
	require.Equal(t, []sdk.Value{part("Support, EMEA"), part("Admins"), part("Everyone")}, sdk.SplitEach(as.All("memberOf"), sdk.Value.SplitSemicolons))
	require.Empty(t, sdk.SplitEach(nil, sdk.Value.Split))
}

func TestWhichOperationsTakeAValueApart(t *testing.T) {
	t.Parallel()
	for op, want := range map[sdk.Op]bool{
		sdk.OpAsIs: false, sdk.OpTrim: false, sdk.OpLower: false, sdk.OpSplit: true, sdk.OpSplitCommas: true, sdk.OpSplitSemicolons: true, "": false,
	} {
		require.Equal(t, want, op.Splits(), op)
	}
}

func TestHelpersOnTheZeroValue(t *testing.T) {
	t.Parallel()
	var none sdk.Value
	require.Equal(t, none, none.Lower())
	require.Equal(t, none, none.Trim())
	require.Equal(t, []sdk.Value{none}, none.Split())
}
