package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host"
)

func (a *app) plugin() *cobra.Command {
	return group("plugin", "Look at provider plugins", a.pluginList(), a.pluginLock(), a.pluginPin(), a.pluginRestart(), a.pluginNew(), a.pluginCheck(), a.pluginExplain())
}

func (a *app) pluginList() *cobra.Command {
	c := &cobra.Command{
		Use:   "list",
		Short: "List plugin binaries with their state, and what mends them",
		Long: `List the binaries of the plugin folder: state, version, hash, and for each that does not serve the reason and the command that
mends it. A server that runs on the same data folder is asked; else each binary is checked and started here for a moment.`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := loadConfig(c.Flags())
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
			config, err := loadConfig(c.Flags())
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
	Key        sso.ProviderKey  `json:"key"`
	File       string           `json:"file"`
	Version    string           `json:"version"`
	SHA256     string           `json:"sha256"`
	State      sso.PluginState  `json:"state"`
	Reason     string           `json:"reason"`
	Fix        string           `json:"fix"`
	Sandbox    string           `json:"sandbox"`
	Missing    []gapRow         `json:"sandbox_missing"`
	Refused    []attemptRow     `json:"sandbox_refused"`
	Restarts   int              `json:"restarts"`
	LastExit   string           `json:"last_exit"`
	Since      time.Time        `json:"since"`
	PID        int              `json:"pid"`
	Breaker    sso.BreakerState `json:"breaker"`
	InFlight   int              `json:"in_flight"`
	LogDropped int              `json:"log_dropped"`
	Pin        string           `json:"pin"`
	Versions   []versionRow     `json:"versions"`
}

type gapRow struct {
	Step string `json:"step"`
	Why  string `json:"why"`
}

type attemptRow struct {
	What  string `json:"what"`
	Count int    `json:"count"`
}

type versionRow struct {
	Version  string    `json:"version"`
	SHA256   string    `json:"sha256"`
	ServedAt time.Time `json:"served_at"`
}

func pluginRowOf(p sso.PluginStatus) pluginRow {
	row := pluginRow{
		Key: p.Key, File: p.File, Version: p.Version, SHA256: p.SHA256, State: p.State, Reason: p.Reason, Fix: p.Fix, Sandbox: p.Sandbox,
		Restarts: p.Restarts, LastExit: p.LastExit, Since: p.Since, PID: p.PID, Breaker: p.Breaker, InFlight: p.InFlight, LogDropped: p.LogDropped,
		Pin: p.Pin, Versions: []versionRow{}, Missing: []gapRow{}, Refused: []attemptRow{},
	}
	for _, m := range p.Missing {
		row.Missing = append(row.Missing, gapRow(m))
	}
	for _, a := range p.Refused {
		row.Refused = append(row.Refused, attemptRow(a))
	}
	for _, v := range p.Versions {
		row.Versions = append(row.Versions, versionRow(v))
	}
	return row
}

func pluginRows(list []sso.PluginStatus) []pluginRow {
	rows := []pluginRow{}
	for _, p := range list {
		rows = append(rows, pluginRowOf(p))
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
	_, _ = fmt.Fprintln(table, "KEY\tSTATE\tVERSION\tSHA256\tSANDBOX\tRESTARTS\tBREAKER\tPINNED\tKEPT")
	for _, p := range list {
		pinned := "-"
		if p.Pin != "" {
			pinned = p.Pin[:min(len(p.Pin), 12)]
		}
		kept := make([]string, 0, len(p.Versions))
		for _, v := range p.Versions {
			kept = append(kept, v.Version)
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%.12s\t%s\t%d\t%s\t%s\t%s\n",
			p.Key, p.State, p.Version, p.SHA256, cmp.Or(p.Sandbox, "-"), p.Restarts, p.Breaker, pinned, strings.Join(kept, " "))
	}
	_ = table.Flush()
	for _, p := range list {
		if p.Reason != "" {
			_, _ = fmt.Fprintf(w, "\n%s: %s\n", p.Key, p.Reason)
		}
		if p.Fix != "" && p.Reason != "" {
			_, _ = fmt.Fprintf(w, "  mend it: %s\n", p.Fix)
		}
		if p.LastExit != "" && p.LastExit != p.Reason {
			_, _ = fmt.Fprintf(w, "\n%s: restarted %d times, the last time because %s\n", p.Key, p.Restarts, p.LastExit)
		}
		for _, m := range p.Missing {
			_, _ = fmt.Fprintf(w, "\n%s: its sandbox is without %s: %s\n", p.Key, m.Step, m.Why)
		}
		for _, a := range p.Refused {
			_, _ = fmt.Fprintf(w, "\n%s: tried and was refused, %d times: %s\n", p.Key, a.Count, a.What)
		}
	}
}
