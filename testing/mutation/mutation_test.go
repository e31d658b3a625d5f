package mutation

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/score"
)

// TestEveryCheckIsNeeded: without any one check of the verifier, of the sign-in around it, or of what lets requests in, a test fails. For the
// scoreboard it tries all of them, which takes minutes, else a sample.
func TestEveryCheckIsNeeded(t *testing.T) {
	b, err := newBench(t, slices.Concat(verifier(), admission()), unchecked)
	require.NoError(t, err)
	list, excuses := b.mutants, spared()
	if !score.Full() {
		list = sample(list)
	}
	require.NotEmpty(t, list)
	for key := range excuses {
		require.True(t, slices.ContainsFunc(b.mutants, func(m Mutant) bool { return m.key() == key }), "a check that is gone needs no excuse: %s", key)
	}
	alive, err := b.alive(t.Context(), slices.DeleteFunc(slices.Clone(list), func(m Mutant) bool { return excuses[m.key()] != "" }))
	require.NoError(t, err)
	for _, m := range alive {
		t.Errorf("no test misses %s (%s)", m, m.key())
	}
	t.Logf("%d checks", len(list))
	if score.Full() {
		score.Report(t, "checks of the verifier and of the sign-in taken away", float64(len(list)), ">= 500")
		score.Report(t, "checks of the verifier and of the sign-in that no test misses", float64(len(alive)), "= 0")
	}
}

// sample are every sixth of the checks of the rules, and a few of the sign-in's.
func sample(list []Mutant) []Mutant {
	every := map[string]int{judge: 6, "core/login": 20}
	return slices.DeleteFunc(slices.Clone(list), func(m Mutant) bool { return every[m.room.dir] == 0 || m.ID%every[m.room.dir] != 0 })
}

// leastMissed is how much of what is changed a test must miss, in percent. The rest changes nothing that anybody could see, or is not worth a test: the
// log names it.
const leastMissed = 95

// TestMutantsAreMissed changes everything that can be changed in the verifier and in the rules of provisioning, which takes minutes. Other
// runs try a sample of provisioning's.
func TestMutantsAreMissed(t *testing.T) {
	rooms, every := provisioning(), 12
	if score.Full() {
		rooms, every = slices.Concat(verifier(), rooms), 1
	}
	b, err := newBench(t, rooms, changed)
	require.NoError(t, err)
	list := slices.DeleteFunc(slices.Clone(b.mutants), func(m Mutant) bool { return m.ID%every != 0 })
	require.NotEmpty(t, list)
	alive, err := b.alive(t.Context(), list)
	require.NoError(t, err)
	for _, m := range alive {
		t.Logf("no test misses %s/%s", m.room.dir, m)
	}
	missed := 100 * float64(len(list)-len(alive)) / float64(len(list))
	t.Logf("%d mutants, tests miss %.1f %% of them", len(list), missed)
	if score.Full() {
		score.Report(t, "mutants in general", float64(len(list)), ">= 1000")
		score.Report(t, "mutants in general that a test misses (%)", missed, fmt.Sprintf(">= %d", leastMissed))
		require.GreaterOrEqual(t, missed, float64(leastMissed))
	}
	require.GreaterOrEqual(t, missed, 85.0, "of a sample")
}

func TestChecksAreFound(t *testing.T) {
	const source = `package x

func a() error {
	if y || z && w {
		return refuse(1)
	}
	switch {
	case v, u || s:
		return err
	case r:
		return nil
	}
	if q {
		p()
	}
	if o {
		return x, sso.Refuse(1).With(2).Because(err)
	} else if p {
		return errAgain
	}
	if r {
		err = sso.Refuse(1)
	}
	if s {
		ps.Add(sso.Failure, "s")
	}
	if t {
		ps.Add(sso.Warning, "t")
	}
	for range n(func(m int) bool { if m { return false }; return true }) {
	}
	return inTx(func(tx Tx) error {
		if i {
			return err
		}
		return nil
	}, check{"step", r.step})
}

func b() bool { return o && n }
`
	text, checks, err := unchecked("x.go", source, 10)
	require.NoError(t, err)
	var found []string
	for _, c := range checks {
		found = append(found, c.Text)
	}
	require.Equal(t, []string{"y", "z && w", "v", "u", "s", "o", "p", "r", "s", "i", `check{"step", r.step}`, "o", "n"}, found)
	require.Equal(t, 11, checks[0].ID)
	require.Contains(t, text, "if mutKept(11) && (y) || mutKept(12) && (z && w) {")
	require.Contains(t, text, `check{"step", mutStep(21, r.step)}`)
	require.Contains(t, text, "return (mutLost(22) || (o)) && (mutLost(23) || (n))")
	require.Equal(t, strings.Count(source, "\n"), strings.Count(text, "\n"))
}

func TestChangesAreFound(t *testing.T) {
	const source = `package x

const c = 1 + 2

func a(n int) (out []string) {
	if n < 3 && ok(n) || !b {
		out = append(out, n+1, "a"+s)
		return
	}
	switch {
	case n == 0:
		n--
	}
	return nil
}
`
	text, mutants, err := changed("x.go", source, 0)
	require.NoError(t, err)
	var found []string
	for _, m := range mutants {
		found = append(found, m.Kind+": "+m.Text)
	}
	require.ElementsMatch(t, []string{
		"and for or: n < 3 && ok(n) || !b", "and for or: n < 3 && ok(n)", "negated: n < 3", "by one: n < 3", "negated: ok(n)", "negated: b",
		`left out: out = append(out, n+1, "a"+s)`, "without the second: n+1", "negated: n == 0", "left out: n--",
	}, found)
	require.Contains(t, text, `if mutKept(7) { out = append(out, mutPlus(8, n,1), "a"+s) }`)
	require.Contains(t, text, "((n == 0) != mutLost(10))")
	require.Equal(t, strings.Count(source, "\n"), strings.Count(text, "\n"))
}
