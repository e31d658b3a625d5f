package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/score"
)

// The whole program, with a fiftieth of its repetitions: every count of it holds, and it still runs.
func TestCountsAreWhatTheyMustBe(t *testing.T) {
	var out bytes.Buffer
	tried := filepath.Join(t.TempDir(), "tried")
	err := run(t.Context(), &out, io.Discard, options{scale: 0.02, tried: tried})
	t.Log(out.String())
	require.NoError(t, err)
	text, err := os.ReadFile(tried)
	require.NoError(t, err)
	var got score.Tried
	require.NoError(t, json.Unmarshal(text, &got))
	for _, what := range []string{"replacements", "kills", "exchanges", "misbehaviours"} {
		require.Positive(t, got.Counts[what], "%s %s", what, text)
	}
	require.Len(t, got.Figures, 4, "two storms, and two of what misbehaves: %s", text)
	for _, f := range got.Figures {
		require.Positive(t, f.Measured, f.Metric)
	}
}

func TestAWrongFlagIsSaid(t *testing.T) {
	require.ErrorContains(t, run(context.Background(), io.Discard, io.Discard, options{scale: 1, only: "nothing"}), "install, storm, swap, modes, cost")
	require.ErrorContains(t, run(context.Background(), io.Discard, io.Discard, options{}), "above 0")
}

func TestACountThatIsMissedFailsTheRun(t *testing.T) {
	var out, progress bytes.Buffer
	r := report{out: &out, progress: &progress}
	r.none("fine", 0)
	require.NoError(t, r.verdict())
	r.step("on the way", 1, 2)
	r.none("bad", 1)
	require.ErrorContains(t, r.verdict(), "1 count")
	require.Contains(t, out.String(), "MISSED")
	require.Contains(t, progress.String(), "on the way 1/2")
}

func TestQuantiles(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(100-i))
	}
	require.Equal(t, time.Duration(50), quantile(hundred, 0.5))
	require.Equal(t, time.Duration(99), quantile(hundred, 0.99))
	require.Equal(t, time.Duration(100), quantile(hundred, 1))
	require.Equal(t, time.Duration(7), quantile([]time.Duration{7}, 0.99))
	require.Zero(t, quantile(nil, 0.5))
}
