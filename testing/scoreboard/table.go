package main

import (
	"errors"
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
	open    map[string]string // why a metric was not measured
	total   counted
	// complete: every test took its time, with nothing beside it. Otherwise the figures are those of an ordinary run: times are no misses, because
	// that has the race detector in it and other tests beside each, and what only a complete run measures is not missing.
	complete bool
	// lenient: a test may have been skipped for a program that this machine does not have, so a figure may be missing.
	lenient bool
}

// newTable keeps the worst figure of every metric.
func newTable(figures []score.Figure, total counted) (table, error) {
	t := table{figures: map[string]score.Figure{}, open: map[string]string{}, total: total}
	for _, f := range figures {
		if f.Open != "" {
			t.open[f.Metric] = f.Open
			continue
		}
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

// print writes the table. The error names every target that was missed, and every figure that should be there and is not.
func (t table) print(out io.Writer) error {
	p := printer{table: t, out: out, left: maps.Clone(t.figures)}
	fmt.Fprintf(out, "%-3s %-58s %12s %10s  %s\n", "", "promise, and its figures", "measured", "target", "source")
	for i, r := range rows() {
		fmt.Fprintf(out, "%-3d %s\n", i+1, r.promise)
		p.row(r)
	}
	if len(p.left) > 0 {
		fmt.Fprintln(out, "Further figures")
	}
	for _, metric := range slices.Sorted(maps.Keys(p.left)) {
		p.figure(p.left[metric], p.complete)
	}
	return errors.Join(p.missed...)
}

// printer is a table on its way out.
type printer struct {
	table
	out    io.Writer
	left   map[string]score.Figure // that no row has named yet
	missed []error
}

func (p *printer) row(r row) {
	for _, metric := range r.metrics {
		p.named(metric, !p.lenient)
	}
	for _, metric := range r.full {
		p.named(metric, p.complete)
	}
	for _, metric := range r.remote {
		if why := p.open[metric]; why != "" {
			p.line(metric, "-", "", "not measured: "+why)
		} else {
			p.named(metric, p.complete)
		}
	}
	for _, s := range r.counted {
		n, note := s.of(p.total)
		if note != "" {
			note = ": " + note
		}
		p.line(s.metric, strconv.FormatInt(n, 10), s.target, "since "+p.total.Since+", accumulates"+note)
	}
	for _, metric := range r.latest {
		p.last(metric)
	}
	if r.held != "" {
		fmt.Fprintf(p.out, "    held: %s\n", r.held)
	}
	if r.open != "" {
		fmt.Fprintf(p.out, "    not measured: %s\n", r.open)
	}
}

// named prints the figure of a metric, which must be there when it is wanted.
func (p *printer) named(metric string, wanted bool) {
	f, ok := p.left[metric]
	switch {
	case ok:
		delete(p.left, metric)
		p.figure(f, p.complete)
	case wanted:
		p.line(metric, "not measured", "", "MISSED")
		p.missed = append(p.missed, fmt.Errorf("missed: nobody measured %s", metric))
	case p.lenient:
		p.line(metric, "not measured", "", "a test was skipped")
	default:
		p.line(metric, "-", "", "make scoreboard measures it")
	}
}

// last prints what the latest long run by hand measured, if there was one.
func (p *printer) last(metric string) {
	i := slices.IndexFunc(p.total.Figures, func(f score.Figure) bool { return f.Metric == metric })
	if i < 0 {
		p.line(metric, "-", "", "make bench-plugins measures it")
		return
	}
	p.figure(p.total.Figures[i], true)
}

// figure prints a figure. A time that was measured alone is missed like anything else.
func (p *printer) figure(f score.Figure, alone bool) {
	source, _, _ := strings.Cut(f.Source, "/")
	met, err := f.Met()
	if err != nil {
		p.missed = append(p.missed, err)
	}
	if !met {
		if alone || !f.Timed() {
			source += "  MISSED"
			p.missed = append(p.missed, fmt.Errorf("missed: %s is %v, not %s", f.Metric, f.Measured, f.Target))
		} else {
			source += "  slow: other tests ran beside it"
		}
	}
	p.line(f.Metric, strconv.FormatFloat(f.Measured, 'g', 6, 64), f.Target, source)
}

func (p *printer) line(metric, measured, target, source string) {
	fmt.Fprintf(p.out, "    %-58s %12s %10s  %s\n", metric, measured, target, source)
}
