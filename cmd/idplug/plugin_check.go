package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/idplug/idplug/sdk/sdktest"
)

// errRules says that a plugin breaks rules; what it breaks has been told.
var errRules = errors.New("the plugin breaks rules")

func (a *app) pluginCheck() *cobra.Command {
	var b sdktest.Binary
	var junit string
	var open bool
	c := &cobra.Command{
		Use:   "check BINARY",
		Short: "Hold a plugin binary, written in any language, to the rules for plugins",
		Long: `Run the conformance suite against a plugin's binary, written in any language: protocol, manifest, metadata, profiles, behaviour as a process,
and with --testdata the answers that its vendor agreed on. It takes some seconds, and runs the plugin in the server's sandbox, as far as the
kernel grants one. Each failure says the rule, what was seen, how to mend it and
where to read on. Size, start time and latency are printed, never judged.

Exit code 0: every rule is kept; 1: some are broken; 2: there is nothing that can be checked.`,
		Example: `  idplug plugin check ./bin/idplug-provider-acme --testdata testdata
  idplug plugin check ./idplug-provider-acme --junit report.xml`,
		Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) (failed error) {
			b.Path = args[0]
			if b.Update && b.Testdata == "" {
				return fmt.Errorf("%w: --update needs --testdata", errUsage)
			}
			if info, err := os.Stat(b.Testdata); b.Testdata != "" && (err != nil || !info.IsDir()) {
				return fmt.Errorf("%w: --testdata %s is no folder", errUsage, b.Testdata)
			}
			if !open {
				start, remove, err := shutIn(b.Path)
				if err != nil {
					return fmt.Errorf("%w: %w", errUsage, err)
				}
				defer func() { failed = errors.Join(failed, remove()) }()
				b.Confine = start
			}
			tell := func(r sdktest.Result) { _ = r.WriteText(a.stdout) } // as it comes: the suite takes its time
			if a.json {
				tell = func(r sdktest.Result) { _, _ = fmt.Fprintf(a.stderr, "%s: %s\n", r.Check, r.Outcome) }
			}
			report, err := b.Check(c.Context(), tell)
			if err != nil {
				return fmt.Errorf("%w: %w", errUsage, err)
			}
			return errors.Join(a.finish(report, junit), verdict(report))
		},
	}
	c.Flags().StringVar(&b.Testdata, "testdata", "", "the vendor's folder of questions and the answers agreed on")
	c.Flags().BoolVar(&b.Update, "update", false, "write the answers into --testdata instead of comparing them")
	c.Flags().BoolVar(&open, "no-sandbox", false, "run the plugin as it is, to see what is the plugin's and what the sandbox's doing")
	c.Flags().StringVar(&junit, "junit", "", "write the report as JUnit XML to this file, too")
	return c
}

// finish writes what is not told yet.
func (a *app) finish(r *sdktest.Report, junit string) error {
	if junit != "" {
		if err := writeFile(junit, r.WriteJUnit); err != nil {
			return fmt.Errorf("plugin check: %w", err)
		}
	}
	if a.json {
		return r.WriteJSON(a.stdout)
	}
	return r.WriteSummary(a.stdout)
}

func verdict(r *sdktest.Report) error {
	if r.Failed() {
		return fmt.Errorf("plugin check: %s: %w", filepath.Base(r.Binary), errRules)
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
