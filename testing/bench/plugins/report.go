package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/idplug/idplug/testing/score"
)

// report prints a table line by line, and a progress line that it erases.
type report struct {
	out, progress io.Writer
	missed        int
	tried         score.Tried // what was done to plugins, for the scoreboard
	shown         time.Time
	dirty         bool
}

const row = "%-66s %14s  %s\n"

// title begins a part.
func (r *report) title(text string) {
	r.clear()
	fmt.Fprintf(r.out, "\n%s\n", text)
}

// none is a count that must be 0.
func (r *report) none(name string, got int) {
	verdict := "must be 0"
	if got != 0 {
		r.missed++
		verdict += "  MISSED"
	}
	r.line(name, strconv.Itoa(got), verdict)
}

// did counts what was done to plugins.
func (r *report) did(what string, n int) {
	if r.tried.Counts == nil {
		r.tried.Counts = map[string]int64{}
	}
	r.tried.Counts[what] += int64(n)
}

// figure is a time or a ratio of times that the scoreboard shows, which misses it and not this run: what else the machine did is in it.
func (r *report) figure(metric string, measured float64, target string) {
	f := score.Figure{Metric: metric, Measured: math.Round(measured*1000) / 1000, Target: target, Source: "make bench-plugins"}
	r.tried.Figures = append(r.tried.Figures, f)
	r.line(metric, strconv.FormatFloat(f.Measured, 'f', 3, 64), "target "+target)
}

// duration is printed beside its target.
func (r *report) duration(name string, d time.Duration, target string) {
	r.line(name, d.Round(100*time.Microsecond).String(), target)
}

func (r *report) line(name, value, remark string) {
	r.clear()
	fmt.Fprintf(r.out, row, name, value, remark)
}

// step shows how far a part is, once a second at most.
func (r *report) step(what string, done, of int) {
	if time.Since(r.shown) < time.Second {
		return
	}
	r.shown, r.dirty = time.Now(), true
	fmt.Fprintf(r.progress, "\r\x1b[K%s %d/%d", what, done, of)
}

func (r *report) clear() {
	if r.dirty {
		fmt.Fprint(r.progress, "\r\x1b[K")
		r.dirty = false
	}
}

func (r *report) verdict() error {
	if r.missed > 0 {
		return fmt.Errorf("%d count(s) missed", r.missed)
	}
	return nil
}

// quantile is the smallest duration that at least the share q of them does not exceed.
func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[max(0, int(float64(len(sorted))*q+0.999999)-1)]
}
