package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/idplug/idplug/testing/score"
)

// soakMetric is the figure of a soak that is summed up.
const soakMetric = "requests of the soak"

// rain soaks a server and prints what the soak reports. Only a soak in which nothing went wrong counts.
func (o options) rain(ctx context.Context, root string) error {
	dir, err := os.MkdirTemp("", "scoreboard")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "figures")
	if err := testOf(ctx, root, path, tests{"./testing/e2e", []string{"TestSoak"}}, "IDPLUG_SOAK="+o.soak.String()); err != nil {
		return err
	}
	figures, err := score.Read(path)
	if err != nil {
		return err
	}
	requests := int64(0)
	for _, f := range figures {
		fmt.Printf("%-58s %12.6g %10s\n", f.Metric, f.Measured, f.Target)
		if met, err := f.Met(); err != nil || !met {
			return fmt.Errorf("missed: %s is %v, not %s %w", f.Metric, f.Measured, f.Target, err)
		}
		if f.Metric == soakMetric {
			requests = int64(f.Measured)
		}
	}
	if !o.count {
		return nil
	}
	return count(root, func(c *counted) { c.Soak += requests })
}
