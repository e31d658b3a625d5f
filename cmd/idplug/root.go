package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host"
	"github.com/idplug/idplug/host/sandbox"
)

// app is what the commands share.
type app struct {
	stdout, stderr *os.File
	json           bool
}

// operator is who the commands act as; it stands in the audit.
var operator = sso.Actor{Kind: sso.Operator, ID: "cli"}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "idplug",
		Short: "Single sign-on for multi-tenant applications, with provider plugins",
		Long: `idplug puts a complete Single Sign-On page and SAML sign-in in front of a multi-tenant application.

Start with:
  idplug serve                  the server
  idplug tenant create acme     a tenant, and a one-time link for its first administrator
  idplug plugin list            what the plugin folder holds, and what is wrong with it

Every option is a flag, an environment variable (in brackets) and a key of the YAML file that --config names.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE:          onlyHolds,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w: %w (see %s --help)", errUsage, err, c.CommandPath())
	})
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print JSON for machines")
	root.AddCommand(a.serve(), a.tenant(), a.token(), a.sso(), a.plugin(), a.migrate(), a.version())
	root.CompletionOptions.HiddenDefaultCmd = true
	return root
}

// exactly demands a number of arguments, named in the usage line.
func exactly(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("%w: %s (see %s --help)", errUsage, c.UseLine(), c.CommandPath())
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: onlyHolds}
	c.AddCommand(commands...)
	return c
}

// onlyHolds is what a command does that only holds others.
func onlyHolds(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%w: there is no command %q (see %s --help)", errUsage, args[0], c.CommandPath())
	}
	return c.Help()
}

// loadConfig reads the configuration of this program, which is its own shim.
func loadConfig(flags *pflag.FlagSet) (host.Config, error) {
	config, err := host.LoadConfig(flags)
	config.PluginShim = sandbox.Self
	return config, err
}

// withTools runs do with the use cases opened on the configured database.
func (a *app) withTools(do func(ctx context.Context, t *host.Tools, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		config, err := loadConfig(c.Flags())
		if err != nil {
			return err
		}
		t, err := host.OpenTools(c.Context(), config, a.quietLog(config))
		if err != nil {
			return err
		}
		return errors.Join(do(c.Context(), t, args), t.Close())
	}
}

// print writes v as JSON, or the text for people.
func (a *app) print(v any, text func(io.Writer)) error {
	if !a.json {
		text(a.stdout)
		return nil
	}
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// explain turns an error into words: a refusal's own text with its fix and fields, else the chain of causes.
func explain(err error) string {
	var refusal *sso.Error
	if !errors.As(err, &refusal) || refusal.Code == sso.Internal {
		return err.Error()
	}
	text := sso.TextOf(refusal.Code)
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s %s", refusal.Code, sso.Fill(text.Summary, refusal.Params), sso.Fill(text.Fix, refusal.Params))
	for _, p := range refusal.Problems {
		summary, fix := p.Words()
		fmt.Fprintf(&b, "\n  %s: %s %s", p.Field, summary, fix)
	}
	return b.String()
}
