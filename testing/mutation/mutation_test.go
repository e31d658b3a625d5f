package mutation

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/score"
)

// TestEveryCheckIsNeeded: without any one check of the verifier a test fails. For the scoreboard it tries all of them, which takes minutes, else a sample.
func TestEveryCheckIsNeeded(t *testing.T) {
	b, err := newBench(t.Context(), t.TempDir())
	require.NoError(t, err)
	list := b.checks
	if !score.Full() {
		list = sample(list)
	}
	require.NotEmpty(t, list)
	left, err := b.unmissed(t.Context(), list)
	require.NoError(t, err)
	t.Logf("%d checks, %d of them not missed by any vector", len(list), len(left))
	unneeded, excuses := 0, spared()
	for _, c := range left {
		if excuses[c.key()] != "" {
			continue
		}
		alive, err := b.survives(t.Context(), c)
		require.NoError(t, err)
		if alive {
			unneeded++
			t.Errorf("no test misses %s (%s)", c, c.key())
		}
	}
	if score.Full() {
		score.Report(t, "checks of the verifier taken away", float64(len(list)), ">= 300")
		score.Report(t, "checks of the verifier that no test misses", float64(unneeded), "= 0")
	}
}

// sample are every sixth of the checks of the rules.
func sample(list []Check) []Check {
	var out []Check
	for _, c := range list {
		if c.room == "host/saml" && c.ID%6 == 0 {
			out = append(out, c)
		}
	}
	return out
}

// TestSparedChecksExist: a check that is gone needs no excuse.
func TestSparedChecksExist(t *testing.T) {
	b := &bench{}
	var err error
	b.root, err = root(t.Context())
	require.NoError(t, err)
	_, checks, err := overlay(b.root, t.TempDir())
	require.NoError(t, err)
	found := map[string]bool{}
	for _, c := range checks {
		found[c.key()] = true
	}
	for key := range spared() {
		require.True(t, found[key], key)
	}
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
	return nil
}

func b() bool { return o && n }
`
	text, checks, err := switched("x.go", source, 10)
	require.NoError(t, err)
	var found []string
	for _, c := range checks {
		found = append(found, c.Text)
	}
	require.Equal(t, []string{"y", "z && w", "v", "u", "s", "o", "n"}, found)
	require.Equal(t, 11, checks[0].ID)
	require.Contains(t, text, "if kept(11) && (y) || kept(12) && (z && w) {")
	require.Contains(t, text, "return (!kept(16) || (o)) && (!kept(17) || (n))")
	require.Equal(t, strings.Count(source, "\n"), strings.Count(text, "\n"))
}
