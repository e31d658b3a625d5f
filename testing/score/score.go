// Package score lets a test say what it measured, beside passing or failing. The scoreboard runs the tests, collects what they said and prints the
// table. A test alone says nothing: where IDPLUG_SCORE names no file a report goes to the test's log. Tests enter, and testing/scoreboard.
package score

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

const (
	// Env names the file that reports are appended to, one JSON line each.
	Env = "IDPLUG_SCORE"
	// FullEnv is set where minutes may be spent on a figure.
	FullEnv = "IDPLUG_SCORE_FULL"
)

// Full tells whether a test may take minutes, as it may for the scoreboard, where it takes a sample otherwise.
func Full() bool { return os.Getenv(FullEnv) != "" }

// Figure is one line of that file.
type Figure struct {
	Metric   string  `json:"metric"`         // as in the table of testing/scoreboard, with its unit
	Measured float64 `json:"measured"`       // several figures of one metric: the worst counts
	Target   string  `json:"target"`         // "= 0", ">= 1000", "<= 250"
	Source   string  `json:"source"`         // the test
	Open     string  `json:"open,omitempty"` // why nothing was measured, where nothing was
}

// Timed tells whether the metric is a time or a ratio of times, by its unit: such a target is missed on a busy machine, too.
func (f Figure) Timed() bool {
	return strings.HasSuffix(f.Metric, "s)") || strings.HasSuffix(f.Metric, "(x)")
}

// Report says that a metric was measured, and what is wanted of it. It does not fail the test when the target is missed, because a time on a busy
// machine would: what must hold is to be asserted as well.
func Report(t testing.TB, metric string, measured float64, target string) {
	t.Helper()
	f := Figure{Metric: metric, Measured: measured, Target: target, Source: t.Name()}
	if _, err := f.Met(); err != nil {
		t.Fatalf("score: %v", err)
	}
	t.Logf("score: %s: %v (target %s)", metric, measured, target)
	if err := f.append(os.Getenv(Env)); err != nil {
		t.Fatalf("score: %v", err)
	}
}

// Open says that a metric was not measured, and why. The scoreboard takes that only of metrics that need more than the machine at hand.
func Open(t testing.TB, metric, why string) {
	t.Helper()
	t.Logf("score: %s: not measured: %s", metric, why)
	if err := (Figure{Metric: metric, Source: t.Name(), Open: why}).append(os.Getenv(Env)); err != nil {
		t.Fatalf("score: %v", err)
	}
}

// append writes the line at once, so that tests in other processes do not mix theirs with it.
func (f Figure) append(path string) error {
	if path == "" {
		return nil
	}
	line, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	out, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	_, err = out.Write(append(line, '\n'))
	return err
}

// Met tells whether the measured value is what is wanted.
func (f Figure) Met() (bool, error) {
	sign, number, _ := strings.Cut(f.Target, " ")
	want, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return false, fmt.Errorf("target %q of %s: %w", f.Target, f.Metric, err)
	}
	switch sign {
	case "=":
		return f.Measured == want, nil
	case ">=":
		return f.Measured >= want, nil
	case "<=":
		return f.Measured <= want, nil
	case ">":
		return f.Measured > want, nil
	}
	return false, fmt.Errorf("target %q of %s has no sign of =, >=, <=, >", f.Target, f.Metric)
}

// Read reads the figures of a file. There are none where there is no file.
func Read(path string) ([]Figure, error) {
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Figure
	for line := range strings.Lines(string(text)) {
		var f Figure
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		out = append(out, f)
	}
	return out, nil
}
