package sso_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

func TestNamesAreThoseThatARowCanHave(t *testing.T) {
	longest := strings.Repeat("n", sso.MaxAttributeName)
	as := sso.Attributes{{Name: "b"}, {Name: ""}, {Name: "a"}, {Name: longest + "n"}, {Name: "b"}, {Name: longest}, {Name: "c"}}
	for limit, want := range [][]string{nil, {"b"}, {"b", "a"}, {"b", "a", longest}, {"b", "a", longest, "c"}, {"b", "a", longest, "c"}} {
		require.Equal(t, want, as.Names(limit), "%d", limit)
	}
}
