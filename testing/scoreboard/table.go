package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/idplug/idplug/testing/score"
)

// table is what was measured, by metric.
type table struct {
	figures map[string]score.Figure
	total   counted
}

// newTable keeps the worst figure of every metric.
func newTable(figures []score.Figure, total counted) (table, error) {
	t := table{map[string]score.Figure{}, total}
	for _, f := range figures {
		met, err := f.Met()
		if err != nil {
			return t, err
		}
		if before, ok := t.figures[f.Metric]; ok {
			if was, _ := before.Met(); !was || met { // what was missed before stays
				continue
			}
		}
		t.figures[f.Metric] = f
	}
	return t, nil
}

// print writes the table and returns the targets that were missed.
func (t table) print(out io.Writer) (missed []score.Figure, err error) {
	left := maps.Clone(t.figures)
	fmt.Fprintf(out, "%-3s %-58s %12s %10s  %s\n", "", "promise, and its figures", "measured", "target", "source")
	for i, r := range rows() {
		fmt.Fprintf(out, "%-3d %s\n", i+1, r.promise)
		for _, metric := range r.metrics {
			if metric == fuzzMetric {
				fmt.Fprintf(out, "    %-58s %12d %10s  since %s, accumulates\n", metric, t.total.inputs(), ">= 1e9", t.total.Since)
				continue
			}
			f, ok := left[metric]
			if !ok {
				fmt.Fprintf(out, "    %-58s %12s\n", metric, "not measured")
				continue
			}
			delete(left, metric)
			if err := line(out, f, &missed); err != nil {
				return nil, err
			}
		}
		if r.open != "" {
			fmt.Fprintf(out, "    not measured yet: %s\n", r.open)
		}
	}
	if len(left) > 0 {
		fmt.Fprintln(out, "Further figures")
	}
	for _, metric := range slices.Sorted(maps.Keys(left)) {
		if err := line(out, left[metric], &missed); err != nil {
			return nil, err
		}
	}
	return missed, nil
}

func line(out io.Writer, f score.Figure, missed *[]score.Figure) error {
	met, err := f.Met()
	verdict := ""
	if !met {
		*missed = append(*missed, f)
		verdict = "  MISSED"
	}
	source, _, _ := strings.Cut(f.Source, "/")
	fmt.Fprintf(out, "    %-58s %12s %10s  %s%s\n", f.Metric, strconv.FormatFloat(f.Measured, 'g', 6, 64), f.Target, source, verdict)
	return err
}
