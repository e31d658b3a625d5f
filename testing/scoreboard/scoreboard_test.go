package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
	"github.com/idplug/idplug/testing/score"
)

func TestReportingTestsAreFound(t *testing.T) {
	t.Parallel()
	all, err := find(docblock.Root(t), reports, "Test")
	require.NoError(t, err)
	var e2e []string
	for _, found := range all {
		if found.dir == "./testing/e2e" {
			e2e = found.names
		}
	}
	require.Contains(t, e2e, "TestVectorsOverHTTP", "which reports by a method of another type")
	require.NotContains(t, e2e, "TestStories")
}

// TestEveryParserIsFuzzed: what every check fuzzes exists.
func TestEveryParserIsFuzzed(t *testing.T) {
	t.Parallel()
	all, err := targets(docblock.Root(t), false)
	require.NoError(t, err)
	quick, err := targets(docblock.Root(t), true)
	require.NoError(t, err)
	require.NotEmpty(t, quick)
	require.Subset(t, all, quick)
	require.Greater(t, len(all), len(quick))
}

// TestEveryFigureOfATableIsReported: a row whose figure no test reports any more would say so in a complete run alone.
func TestEveryFigureOfATableIsReported(t *testing.T) {
	t.Parallel()
	named := map[string]bool{"secrets and people in what hosts left": true} // by testing/hygiene, for every suite with a host
	_, err := find(docblock.Root(t), func(f *ast.FuncDecl) bool {
		for _, metric := range reported(f) {
			named[metric] = true
		}
		return false
	}, "Test")
	require.NoError(t, err)
	for _, r := range rows() {
		for _, metric := range slices.Concat(r.metrics, r.full, r.remote) {
			require.True(t, named[metric], "no test reports %q", metric)
		}
	}
}

// TestEveryLatestFigureWasMeasured: by the run whose figures are committed.
func TestEveryLatestFigureWasMeasured(t *testing.T) {
	t.Parallel()
	total, err := readCounted(filepath.Join(docblock.Root(t), countedFile))
	require.NoError(t, err)
	var wanted, measured []string
	for _, r := range rows() {
		wanted = append(wanted, r.latest...)
	}
	for _, f := range total.Figures {
		measured = append(measured, f.Metric)
	}
	require.ElementsMatch(t, wanted, measured)
}

// everything are figures that meet every row.
func everything() (all []score.Figure) {
	for _, r := range rows() {
		for _, metric := range slices.Concat(r.metrics, r.full, r.remote) {
			all = append(all, score.Figure{Metric: metric, Measured: 0, Target: "= 0", Source: "TestAll/x"})
		}
	}
	return all
}

func printed(t *testing.T, figures []score.Figure, how func(*table)) (string, error) {
	t.Helper()
	total := counted{Since: "2026-01-01", Fuzz: map[string]int64{"./a FuzzA": 2, "./b FuzzB": 3}, targets: []target{{"./b", "FuzzB"}, {"./a", "FuzzA"}}}
	board, err := newTable(figures, total)
	require.NoError(t, err)
	how(&board)
	var out strings.Builder
	err = board.print(&out)
	return out.String(), err
}

// slowest is a figure that only a long run by hand measures.
func slowest(seconds float64) score.Figure {
	return score.Figure{Metric: "slowest answer under kills of a plugin (s)", Measured: seconds, Target: "<= 2", Source: "make bench-plugins"}
}

// TestALatestFigureMayBeMissed: one that was committed is no better for not having been measured today.
func TestALatestFigureMayBeMissed(t *testing.T) {
	t.Parallel()
	measured := func(f ...score.Figure) func(*table) { return func(b *table) { b.total.Figures = f } } // also in short: it was measured alone
	out, err := printed(t, everything(), measured())
	require.NoError(t, err)
	require.Regexp(t, `under kills of a plugin \(s\) +- +make bench-plugins measures it`, out)
	out, err = printed(t, everything(), measured(slowest(1)))
	require.NoError(t, err)
	require.Regexp(t, `under kills of a plugin \(s\) +1 +<= 2  make bench-plugins\n`, out)
	_, err = printed(t, everything(), measured(slowest(3)))
	require.EqualError(t, err, "missed: slowest answer under kills of a plugin (s) is 3, not <= 2")
	broken := slowest(1)
	broken.Target = "quick"
	_, err = printed(t, everything(), measured(broken))
	require.ErrorContains(t, err, `target "quick"`)
}

func complete(b *table) { b.complete = true }
func short(*table)      {}
func lenient(b *table)  { b.lenient = true }

func TestATableThatMeetsItsTargetsIsNoError(t *testing.T) {
	t.Parallel()
	for _, how := range []func(*table){complete, short, lenient} {
		out, err := printed(t, everything(), how)
		require.NoError(t, err)
		require.NotContains(t, out, "MISSED")
		require.Contains(t, out, "since 2026-01-01")
		require.Regexp(t, `inputs that fuzzing tried, in all +5 `, out)
		require.Regexp(t, `inputs of the target that was fuzzed least +2 .*: ./a FuzzA`, out)
	}
}

func TestMissedTargetsAreTold(t *testing.T) {
	t.Parallel()
	figures := append(everything(),
		score.Figure{Metric: "hostile messages wrongly accepted", Measured: 1, Target: "= 0", Source: "TestA/y"},
		score.Figure{Metric: "hostile messages wrongly accepted", Measured: 0, Target: "= 0", Source: "TestA/z"},
		score.Figure{Metric: "time to refuse, p99 (ms)", Measured: 900, Target: "<= 250", Source: "TestB"},
		score.Figure{Metric: "of another room", Measured: 3, Target: ">= 3", Source: "TestC"},
	)
	out, err := printed(t, figures, complete)
	require.EqualError(t, err, "missed: hostile messages wrongly accepted is 1, not = 0\nmissed: time to refuse, p99 (ms) is 900, not <= 250")
	require.Equal(t, 2, strings.Count(out, "MISSED"))
	require.Contains(t, out, "Further figures\n    of another room")
	out, err = printed(t, figures, short)
	require.EqualError(t, err, "missed: hostile messages wrongly accepted is 1, not = 0", "a time beside other tests is no miss")
	require.Equal(t, 1, strings.Count(out, "MISSED"))
}

func TestFiguresThatNobodyReportedAreMissed(t *testing.T) {
	t.Parallel()
	without := func(metric string) []score.Figure {
		return slices.DeleteFunc(everything(), func(f score.Figure) bool { return f.Metric == metric })
	}
	const always, only = "hostile messages posted over HTTP", "checks of the verifier and of the sign-in taken away"
	_, err := printed(t, without(always), complete)
	require.EqualError(t, err, "missed: nobody measured "+always)
	_, err = printed(t, without(always), short)
	require.EqualError(t, err, "missed: nobody measured "+always)
	out, err := printed(t, without(always), lenient)
	require.NoError(t, err)
	require.Regexp(t, always+" +not measured +a test was skipped", out)
	_, err = printed(t, without(only), complete)
	require.EqualError(t, err, "missed: nobody measured "+only)
	out, err = printed(t, without(only), short)
	require.NoError(t, err)
	require.Regexp(t, only+" +- +make scoreboard measures it", out)
}

// TestWhatNeedsANetworkMayStayOpen, and nothing else may: a test that says it did not measure is no way around a target.
func TestWhatNeedsANetworkMayStayOpen(t *testing.T) {
	t.Parallel()
	instead := func(metric string) []score.Figure {
		rest := slices.DeleteFunc(everything(), func(f score.Figure) bool { return f.Metric == metric })
		return append(rest, score.Figure{Metric: metric, Open: "it rains", Source: "TestA"})
	}
	const remote, always = "known vulnerabilities that are reachable", "hostile messages posted over HTTP"
	for _, how := range []func(*table){complete, short, lenient} {
		out, err := printed(t, instead(remote), how)
		require.NoError(t, err)
		require.Regexp(t, remote+" +- +not measured: it rains", out)
	}
	_, err := printed(t, instead(always), complete)
	require.EqualError(t, err, "missed: nobody measured "+always)
	rest := slices.DeleteFunc(everything(), func(f score.Figure) bool { return f.Metric == remote })
	_, err = printed(t, rest, complete)
	require.EqualError(t, err, "missed: nobody measured "+remote)
}

// TestTheCommandFailsForAMiss runs what the last step of every check runs.
func TestTheCommandFailsForAMiss(t *testing.T) {
	t.Setenv("CI", "true")
	write := func(figures []score.Figure) string {
		path := filepath.Join(t.TempDir(), "figures")
		var text []byte
		for _, f := range figures {
			line, err := json.Marshal(f)
			require.NoError(t, err)
			text = append(append(text, line...), '\n')
		}
		require.NoError(t, os.WriteFile(path, text, 0o600))
		return path
	}
	require.NoError(t, options{read: write(everything())}.run(t.Context()))
	over := append(everything(), score.Figure{Metric: "hostile messages wrongly accepted", Measured: 1, Target: "= 0", Source: "TestA"})
	require.ErrorContains(t, options{read: write(over)}.run(t.Context()), "hostile messages wrongly accepted")
	require.Error(t, options{read: write(nil)}.run(t.Context()), "nothing was measured")
}

func TestCountsAreSummedUp(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	path := filepath.Join(root, countedFile)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	for range 2 {
		require.NoError(t, count(root, func(c *counted) {
			c.tried(map[string]int64{"x": 5})
			c.did(score.Tried{Counts: map[string]int64{"kills": 7}, Figures: []score.Figure{slowest(1)}})
		}))
	}
	c, err := readCounted(path)
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"x": 10}, c.Fuzz)
	kills, _ := ofPlugins("kills")(c)
	require.Equal(t, int64(14), kills)
	require.Equal(t, []score.Figure{slowest(1)}, c.Figures, "of the latest run, not of both")
	require.NoError(t, c.write(path, time.Date(2099, 1, 2, 0, 0, 0, 0, time.UTC)))
	again, err := readCounted(path)
	require.NoError(t, err)
	require.Equal(t, c.Since, again.Since)
	require.Equal(t, "2099-01-02", again.Last)
}

// TestATargetThatNobodyFuzzedIsTheLeast: it is in no file of counts.
func TestATargetThatNobodyFuzzedIsTheLeast(t *testing.T) {
	t.Parallel()
	n, name := counted{Fuzz: map[string]int64{"./a FuzzA": 2}, targets: []target{{"./a", "FuzzA"}, {"./c", "FuzzC"}}}.least()
	require.Zero(t, n)
	require.Equal(t, "./c FuzzC", name)
}

// TestATargetThatTriesNothingFails, also where its seeds took all the time: a run that proves nothing is no success.
func TestATargetThatTriesNothingFails(t *testing.T) {
	t.Parallel()
	const baseline = "fuzz: elapsed: 3s, gathering baseline coverage: 12/812 completed\n"
	const begun = baseline + "fuzz: elapsed: 0s, execs: 812 (0/sec), new interesting: 0 (total: 812)\n"
	for _, out := range []string{baseline, begun} {
		_, _, err := outcome([]byte(out))
		require.ErrorIs(t, err, errSeeds)
	}
	_, _, err := outcome([]byte("ok  	x 0.1s\n"))
	require.ErrorContains(t, err, "tried no input")
	inputs, corpus, err := outcome([]byte(begun + "fuzz: elapsed: 6s, execs: 883 (24/sec), new interesting: 2 (total: 814)\n"))
	require.NoError(t, err)
	require.Equal(t, int64(71), inputs)
	require.Equal(t, 814, corpus)
}

// TestAnInputThatFailsIsShown fuzzes a target that fails at once: who reads the report has the input.
func TestAnInputThatFailsIsShown(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	module := fmt.Sprintf("module scoreboard%d.test\n\ngo 1.26\n", os.Getpid())
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte(module), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, "x_test.go"), []byte(`package x

import "testing"

func FuzzX(f *testing.F) {
	f.Add("good")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 4 {
			t.Fatal("bad")
		}
	})
}
`), 0o600))
	cache, err := fuzzCache(t.Context(), root)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(cache)) })
	f, fuzzX := fuzzing{root: root, each: 10 * time.Second, workers: 1}, []target{{".", "FuzzX"}}
	const shown = "go test fuzz v1\nstring("
	_, err = f.run(t.Context(), fuzzX)
	require.ErrorContains(t, err, "Failing input written")
	require.ErrorContains(t, err, shown)
	_, err = f.run(t.Context(), fuzzX)
	require.ErrorContains(t, err, "failure while testing seed")
	require.ErrorContains(t, err, shown)

	out := []byte("failure while testing seed corpus entry: FuzzX/0a\n")
	require.Contains(t, found(t.Context(), root, out), "no such file")
	require.NoError(t, os.MkdirAll(filepath.Join(cache, "FuzzX"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(cache, "FuzzX", "0a"), []byte("kept"), 0o600))
	require.Equal(t, "FuzzX/0a:\nkept", found(t.Context(), root, out))
	require.Empty(t, found(t.Context(), root, []byte("PASS\n")))
}

func TestTheEndOfTheTimeIsNoFault(t *testing.T) {
	t.Parallel()
	require.True(t, outOfTime([]byte("--- FAIL: FuzzX (20.02s)\n    context deadline exceeded\n")))
	require.False(t, outOfTime([]byte("context deadline exceeded\n    Failing input written to testdata/fuzz/FuzzX/1\n")))
	require.False(t, outOfTime([]byte("panic: x")))
}
