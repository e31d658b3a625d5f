package score_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/score"
)

func TestReportsAreRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "figures")
	none, err := score.Read(path)
	require.NoError(t, err)
	require.Empty(t, none)
	t.Setenv(score.Env, path)
	score.Report(t, "wrongly accepted", 0, "= 0")
	score.Report(t, "p99 (ms)", 260, "<= 250")
	score.Open(t, "what a network says", "there is none")
	figures, err := score.Read(path)
	require.NoError(t, err)
	require.Equal(t, []score.Figure{
		{Metric: "wrongly accepted", Target: "= 0", Source: t.Name()},
		{Metric: "p99 (ms)", Measured: 260, Target: "<= 250", Source: t.Name()},
		{Metric: "what a network says", Source: t.Name(), Open: "there is none"},
	}, figures)
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for target, met := range map[string][2]bool{"= 3": {false, true}, ">= 3": {false, true}, "<= 2": {true, false}, "> 2": {false, true}} {
		for i, want := range met {
			got, err := score.Figure{Measured: float64(2 + i), Target: target}.Met()
			require.NoError(t, err)
			require.Equal(t, want, got, "%d %s", 2+i, target)
		}
	}
	for _, target := range []string{"", "3", "3 =", "~ 3", "= many"} {
		_, err := score.Figure{Target: target}.Met()
		require.Error(t, err, target)
	}
}
