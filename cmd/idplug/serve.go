package main

import (
	"errors"
	"log/slog"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/idplug/idplug/host"
)

func (a *app) serve() *cobra.Command {
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Run the server: the API, the sign-in pages and the SAML service provider.

The first line on standard output is "listening on <url>". The schema is brought up to date under a lock. SIGTERM lets requests
under way finish. The operator's token is in <data_dir>/operator-token.`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := loadConfig(c.Flags())
			if err != nil {
				return err
			}
			h, err := host.New(c.Context(), config, host.Build{Version: builtVersion()}, host.NewLogger(config, a.stderr))
			if err != nil {
				return err
			}
			return errors.Join(h.Run(c.Context(), a.stdout), h.Close())
		},
	}
	host.AddFlags(c.Flags(), true)
	return c
}

// quietLog is the log of commands: what goes wrong, on standard error.
func (a *app) quietLog(c host.Config) *slog.Logger {
	c.LogLevel = "error"
	return host.NewLogger(c, a.stderr)
}

func (a *app) migrate() *cobra.Command {
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database schema up to date",
		Long: `Bring the database schema up to date. The server does the same when it starts; this command does it ahead of time, for
example with a database user that may change tables.`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := loadConfig(c.Flags())
			if err != nil {
				return err
			}
			n, err := host.Migrate(c.Context(), config)
			if err != nil {
				return err
			}
			return a.print(map[string]int{"migrations": n}, textf("%d migrations done; the schema is up to date\n", n))
		},
	}
	host.AddFlags(c.Flags(), false)
	return c
}

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: exactly(0),
		RunE: func(*cobra.Command, []string) error {
			return a.print(map[string]string{"version": builtVersion()}, textf("idplug %s\n", builtVersion()))
		},
	}
}

// builtVersion is the stamped version, else the module's.
func builtVersion() string {
	if version != "dev" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return version
}
