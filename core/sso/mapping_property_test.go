package sso

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/score"
)

// lookalikes are values that a person or a careless product takes for "admins". None of them is: values are compared byte by byte.
var lookalikes = []string{
	"Admins", "ADMINS", "admins ", " admins", "admins\t", "admins\n", "admins\u200b", "\ufeffadmins", "аdmins", "ａdmins", "adm\u0131ns", "admin", "adminss",
	"admins,users", "users;admins", `["admins"]`, `{"group":"admins"}`, "<v>admins</v>", "admins\x00", "admins|users", "cn=admins,dc=x", "*", "%", ".*", "",
	"administrator", "role:administrator", "operator", "admins\u0301", "\u202eadmins", "a\u00addmins", "&#97;dmins", "%61dmins", `admins"`, "admins/../admins",
}

// draw makes attribute sets around a mapping that grants administrator for groups=admins alone.
type draw struct {
	random     *rand.Rand
	attributes Attributes
	values     []string
}

func (d *draw) next() Evidence {
	names := [...]string{"groups", "Groups", "groups ", "group", "role", "email", "memberOf", ""}
	d.attributes, d.values = d.attributes[:0], d.values[:0]
	for range d.random.IntN(3) {
		first := len(d.values)
		for range d.random.IntN(3) {
			switch d.random.IntN(20) {
			case 0:
				d.values = append(d.values, "admins")
			case 1:
				d.values = append(d.values, "staff")
			default:
				d.values = append(d.values, lookalikes[d.random.IntN(len(lookalikes))])
			}
		}
		d.attributes = append(d.attributes, Attribute{
			Name: names[d.random.IntN(len(names))], FriendlyName: names[d.random.IntN(len(names))], Values: d.values[first:len(d.values):len(d.values)],
		})
	}
	e := Evidence{Attributes: d.attributes}
	if d.random.IntN(8) == 0 {
		e.Email = "admins@example.test"
	}
	return e
}

// earned says, without the index that Resolve makes, whether the value stands in the attribute of that name.
func earned(e Evidence, name, value string) bool {
	return slices.Contains(e.Attributes.Values(name), value)
}

// TestRule10_NothingUnmappedIsEverGranted draws a million attribute sets, most of which try to look like an administrator's.
func TestRule10_NothingUnmappedIsEverGranted(t *testing.T) {
	t.Parallel()
	const sets = 1_000_000
	catalogue := Catalogue{{Key: Administrator}, {Key: "agent"}, {Key: "analyst"}}
	m := Mapping{Defaults: []Key{"agent"}, Rows: []Row{
		{Attribute: "groups", Value: "admins", Grant: []Key{Administrator}}, {Attribute: "groups", Value: "staff", Grant: []Key{"analyst", "operator"}},
	}}
	d := &draw{random: rand.New(rand.NewPCG(1, 2))}
	granted, unmapped := 0, 0
	for range sets {
		e := d.next()
		keys := m.Resolve(e, catalogue).Keys
		admin, staff := earned(e, "groups", "admins"), earned(e, "groups", "staff")
		if admin {
			granted++
		}
		if slices.Contains(keys, Administrator) != admin || slices.Contains(keys, "analyst") != staff || slices.Contains(keys, "agent") == (admin || staff) ||
			slices.Contains(keys, "operator") {
			unmapped++
			t.Errorf("%q were granted for %q", keys, e.Attributes)
		}
		if unmapped > 5 {
			t.FailNow()
		}
	}
	require.Greater(t, granted, sets/200, "the draw must hold the real thing, too")
	score.Report(t, "roles granted without a mapping, over 10^6 attribute sets", float64(unmapped), "= 0")
}

func TestRule10_LookAlikesAreOtherValues(t *testing.T) {
	t.Parallel()
	m := Mapping{Rows: []Row{{Attribute: "groups", Value: "admins", Grant: []Key{Administrator}}}}
	resolve := func(value string) []Key {
		return m.Resolve(Evidence{Attributes: Attributes{{Name: "groups", Values: []string{value}}}}, DefaultRoles()).Keys
	}
	for _, value := range lookalikes {
		require.Empty(t, resolve(value), "%q", value)
	}
	require.Equal(t, []Key{Administrator}, resolve("admins"))
}
