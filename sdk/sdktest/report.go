package sdktest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/idplug/idplug/sdk"
)

// Report is what came of a run over one binary.
type Report struct {
	Binary   string        `json:"binary"`
	Key      string        `json:"key"`
	Manifest *sdk.Manifest `json:"manifest"` // nil if it did not start
	Sandbox  string        `json:"sandbox"`  // how far its processes were shut in, in a word of the sandbox's; "none" without one
	Results  []Result      `json:"results"`
	Figures  Figures       `json:"figures"`
}

// Failed reports whether a check failed.
func (r *Report) Failed() bool { return r.count(Failed) > 0 }

func (r *Report) count(o Outcome) (n int) {
	for _, result := range r.Results {
		if result.Outcome == o {
			n++
		}
	}
	return n
}

// WriteText writes the whole report for people.
func (r *Report) WriteText(w io.Writer) error {
	for _, result := range r.Results {
		if err := result.WriteText(w); err != nil {
			return err
		}
	}
	return r.WriteSummary(w)
}

// WriteText writes one result for people: one line, and for a failure what was seen, how to mend it and where to read on.
func (r Result) WriteText(w io.Writer) error {
	mark := map[Outcome]string{Passed: "ok  ", Failed: "FAIL", Skipped: "skip"}[r.Outcome]
	var err error
	switch r.Outcome {
	case Passed:
		_, err = fmt.Fprintf(w, "%s  %s\n", mark, r.Check)
	case Skipped:
		_, err = fmt.Fprintf(w, "%s  %-20s  %s\n", mark, r.Check, r.Seen)
	case Failed:
		_, err = fmt.Fprintf(w, "%s  %s\n      rule: %s\n      seen: %s\n      fix:  %s\n      docs: %s\n", mark, r.Check, r.Rule,
			strings.ReplaceAll(r.Seen, "\n", "\n            "), r.Fix, r.Docs)
	}
	return err
}

// WriteSummary writes the counts and the figures for people.
func (r *Report) WriteSummary(w io.Writer) error {
	f := r.Figures
	_, err := fmt.Fprintf(w, "\n%d passed, %d failed, %d skipped\n%.1f MB, starts in %s", r.count(Passed), r.count(Failed), r.count(Skipped), float64(f.Size)/1e6, short(f.Start))
	if err != nil {
		return err
	}
	if r.Sandbox != "" {
		fmt.Fprintf(w, ", sandbox %s", r.Sandbox)
	}
	if f.Memory > 0 {
		fmt.Fprintf(w, ", %.0f MB resident", float64(f.Memory)/1e6)
	}
	for _, l := range []struct {
		name string
		Latency
	}{{"metadata", f.Metadata}, {"profile", f.Profile}} {
		if l.Calls > 0 {
			fmt.Fprintf(w, "; %s p50 %s, p99 %s", l.name, short(l.P50), short(l.P99))
		}
	}
	_, err = fmt.Fprintln(w)
	return err
}

// short keeps three digits.
func short(d time.Duration) string {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}

// WriteJSON writes the report as one JSON object.
func (r *Report) WriteJSON(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(r)
}

// junit is the XML that build servers read: one suite, one case for each check.
type junit struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitMessage `xml:"failure"`
	Skipped *junitMessage `xml:"skipped"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the report as JUnit XML, one case for each check.
func (r *Report) WriteJUnit(w io.Writer) error {
	suite := junit{Name: prefix + r.Key, Tests: len(r.Results), Failures: r.count(Failed), Skipped: r.count(Skipped)}
	var took time.Duration
	for _, result := range r.Results {
		took += result.Took
		c := junitCase{Class: suite.Name, Name: result.Check, Time: seconds(result.Took)}
		switch result.Outcome {
		case Failed:
			c.Failure = &junitMessage{result.Rule, fmt.Sprintf("seen: %s\nfix: %s\ndocs: %s", result.Seen, result.Fix, result.Docs)}
		case Skipped:
			c.Skipped = &junitMessage{Message: result.Seen}
		case Passed:
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Time = seconds(took)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	out := xml.NewEncoder(w)
	out.Indent("", "  ")
	if err := out.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
