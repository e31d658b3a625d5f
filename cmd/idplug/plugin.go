package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host"
)

func (a *app) plugin() *cobra.Command {
	return group("plugin", "Look at provider plugins", a.pluginList(), a.pluginLock(), a.pluginNew(), a.pluginCheck(), a.pluginExplain())
}

func (a *app) pluginList() *cobra.Command {
	c := &cobra.Command{
		Use:   "list",
		Short: "List plugin binaries with their state, and what mends them",
		Long: `List the binaries of the plugin folder: state, version, hash, and for each that does not serve the reason and the command that
mends it. A server that runs on the same data folder is asked; else each binary is checked and started here for a moment.`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := host.LoadConfig(c.Flags())
			if err != nil {
				return err
			}
			list, live, err := host.Plugins(c.Context(), config, a.quietLog(config))
			if err != nil {
				return err
			}
			return a.print(pluginRows(list), func(w io.Writer) { writePlugins(w, list, live, config.PluginDir) })
		},
	}
	host.AddFlags(c.Flags(), false)
	return c
}

func (a *app) pluginLock() *cobra.Command {
	c := &cobra.Command{
		Use:   "lock",
		Short: "Pin the plugin binaries: write their hashes into SHA256SUMS beside them",
		Long: `Write the SHA-256 of every binary in the plugin folder that may run into SHA256SUMS beside them, in the format of sha256sum. With
plugin_trust pinned, only binaries on that list run. Look at what it prints before you trust it: it pins what lies there now.`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := host.LoadConfig(c.Flags())
			if err != nil {
				return err
			}
			pins, err := host.LockPlugins(config)
			if err != nil {
				return err
			}
			rows := []map[string]string{}
			for _, p := range pins {
				rows = append(rows, map[string]string{"file": p.File, "sha256": p.SHA256, "reason": p.Reason, "fix": p.Fix})
			}
			return a.print(rows, func(w io.Writer) {
				for _, p := range pins {
					if p.Reason == "" {
						_, _ = fmt.Fprintf(w, "pinned    %s  %s\n", p.SHA256, p.File)
						continue
					}
					_, _ = fmt.Fprintf(w, "left out  %s: %s\n", p.File, p.Reason)
					if p.Fix != "" {
						_, _ = fmt.Fprintf(w, "  mend it: %s\n", p.Fix)
					}
				}
			})
		},
	}
	host.AddFlags(c.Flags(), false)
	return c
}

type pluginRow struct {
	Key      sso.ProviderKey `json:"key"`
	File     string          `json:"file"`
	Version  string          `json:"version"`
	SHA256   string          `json:"sha256"`
	State    sso.PluginState `json:"state"`
	Reason   string          `json:"reason"`
	Fix      string          `json:"fix"`
	Sandbox  string          `json:"sandbox"`
	Restarts int             `json:"restarts"`
	Since    time.Time       `json:"since"`
}

func pluginRows(list []sso.PluginStatus) []pluginRow {
	rows := []pluginRow{}
	for _, p := range list {
		rows = append(rows, pluginRow{p.Key, p.File, p.Version, p.SHA256, p.State, p.Reason, p.Fix, p.Sandbox, p.Restarts, p.Since})
	}
	return rows
}

func writePlugins(w io.Writer, list []sso.PluginStatus, live bool, dir string) {
	if len(list) == 0 {
		_, _ = fmt.Fprintf(w, "no plugins in %s: install -m 0755 idplug-provider-<key> %s\n", dir, dir)
		return
	}
	if !live {
		_, _ = fmt.Fprintln(w, "no server runs on this data folder; each plugin was started here for a moment")
	}
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "KEY\tSTATE\tVERSION\tSHA256\tRESTARTS")
	for _, p := range list {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%.12s\t%d\n", p.Key, p.State, p.Version, p.SHA256, p.Restarts)
	}
	_ = table.Flush()
	for _, p := range list {
		if p.Reason == "" {
			continue
		}
		_, _ = fmt.Fprintf(w, "\n%s: %s\n", p.Key, p.Reason)
		if p.Fix != "" {
			_, _ = fmt.Fprintf(w, "  mend it: %s\n", p.Fix)
		}
	}
}
