package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/idplug/idplug/sdk/sdktest"
	"github.com/idplug/idplug/testing/program"
)

const prefix = "idplug-provider-"

// weigh builds the product's providers as a release is built and holds each to the rules.
func (j *journey) weigh(ctx context.Context, only string) error {
	keys := strings.FieldsFunc(only, func(r rune) bool { return r == ',' })
	if only == "" {
		folders, err := filepath.Glob(filepath.Join(j.root, "cmd", prefix+"*"))
		if err != nil {
			return err
		}
		for _, folder := range folders {
			keys = append(keys, strings.TrimPrefix(filepath.Base(folder), prefix))
		}
	}
	fmt.Fprintf(j.progress, "journey: building %d providers …\n", len(keys))
	var packages []string
	for _, key := range keys {
		packages = append(packages, "./cmd/"+prefix+key)
	}
	if err := program.Build(ctx, j.dir, packages...); err != nil {
		return err
	}
	table := tabwriter.NewWriter(j.out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "provider\tMB\tstart\tmetadata p99\tprofile p99\tresident MB\tpassed\tfailed\t")
	var errs []error
	for _, key := range keys {
		fmt.Fprintf(j.progress, "journey: checking %s …\n", key)
		r, err := j.check(ctx, filepath.Join(j.dir, prefix+key))
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		passed, failed := count(r)
		f := r.Figures
		fmt.Fprintf(table, "%s\t%.1f\t%s\t%s\t%s\t%.0f\t%d\t%d\t\n", key, float64(f.Size)/1e6, f.Start.Round(time.Millisecond),
			f.Metadata.P99.Round(10*time.Microsecond), f.Profile.P99.Round(10*time.Microsecond), float64(f.Memory)/1e6, passed, len(failed))
		if len(failed) > 0 {
			errs = append(errs, fmt.Errorf("%s breaks %s", key, strings.Join(failed, ", ")))
		}
	}
	return errors.Join(table.Flush(), errors.Join(errs...))
}

// check asks the command that vendors use.
func (j *journey) check(ctx context.Context, binary string) (*sdktest.Report, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(j.dir, "idplug"), "plugin", "check", "--json", binary)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output() // a broken rule is an error, too, and told by the report
	r := &sdktest.Report{}
	if json.Unmarshal(out, r) != nil {
		return nil, errors.Join(err, errors.New(said.String()))
	}
	return r, nil
}

func count(r *sdktest.Report) (passed int, failed []string) {
	for _, result := range r.Results {
		switch result.Outcome {
		case sdktest.Passed:
			passed++
		case sdktest.Failed:
			failed = append(failed, result.Check)
		case sdktest.Skipped:
		}
	}
	return passed, failed
}
