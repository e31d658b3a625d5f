package sso_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// TestCatalogueCheck says what is wrong with a catalogue, where, and what the limit is.
func TestCatalogueCheck(t *testing.T) {
	many := func(n int) (c sso.Catalogue) {
		for i := range n {
			c = append(c, sso.Entry{Key: sso.Key(strconv.Itoa(i)), Name: "x"})
		}
		return c
	}
	name := strings.Repeat("n", sso.MaxName)
	for title, c := range map[string]struct {
		catalogue sso.Catalogue
		want      []string
	}{
		"none":               {nil, nil},
		"sound":              {sso.Catalogue{{Key: "a", Name: name}, {Key: "b", Name: "b"}}, nil},
		"as many as can":     {many(sso.MaxEntries), nil},
		"one more":           {many(sso.MaxEntries + 1), []string{"roles: too_many 1000"}},
		"a key that is none": {sso.Catalogue{{Key: "a b", Name: "a"}}, []string{"roles[0].key: key_invalid a b"}},
		"a key twice":        {sso.Catalogue{{Key: "a", Name: "a"}, {Key: "b", Name: "b"}, {Key: "a", Name: "c"}}, []string{"roles[2].key: duplicate a"}},
		"no name":            {sso.Catalogue{{Key: "a", Name: "a"}, {Key: "b"}}, []string{"roles[1].name: name_invalid 200"}},
		"too long a name":    {sso.Catalogue{{Key: "a", Name: name + "n"}}, []string{"roles[0].name: name_invalid 200"}},
		"all of it":          {sso.Catalogue{{}}, []string{"roles[0].key: key_invalid ", "roles[0].name: name_invalid 200"}},
	} {
		var got []string
		for _, p := range c.catalogue.Check("roles") {
			require.Equal(t, sso.Failure, p.Severity)
			got = append(got, p.Field+": "+string(p.Code)+" "+p.Params["limit"]+p.Params["value"])
		}
		require.Equal(t, c.want, got, title)
	}
}
