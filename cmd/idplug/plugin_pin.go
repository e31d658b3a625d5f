package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host"
)

func (a *app) pluginPin() *cobra.Command {
	var none bool
	c := &cobra.Command{
		Use:   "pin KEY (VERSION|SHA256 | --none)",
		Short: "Go back to a version of a plugin that served, and stay there whatever lies in the plugin folder",
		Long: `Have a version that served serve again, named by its number or by the beginning of its SHA-256 (6 digits or more); "plugin list" shows which
are kept. It takes a second, loses no call, and lasts until --none follows the plugin folder again: also while the file there is broken or gone.
Without a running server the next one does it.`,
		Example: "  idplug plugin pin acme 1.4.0\n  idplug plugin pin acme --none",
		Args: func(c *cobra.Command, args []string) error {
			if none {
				return exactly(1)(c, args)
			}
			return exactly(2)(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			config, err := host.LoadConfig(c.Flags())
			if err != nil {
				return err
			}
			which := ""
			if !none {
				which = args[1]
			}
			p, live, err := host.PinPlugin(c.Context(), config, sso.ProviderKey(args[0]), which)
			if err != nil {
				return err
			}
			return a.print(pluginRowOf(p), func(w io.Writer) { writePin(w, p, live) })
		},
	}
	c.Flags().BoolVar(&none, "none", false, "follow the plugin folder again")
	host.AddFlags(c.Flags(), false)
	return c
}

func writePin(w io.Writer, p sso.PluginStatus, live bool) {
	switch {
	case p.Pin == "":
		_, _ = fmt.Fprintf(w, "%s follows the plugin folder again\n", p.Key)
	case !live:
		_, _ = fmt.Fprintf(w, "%s is pinned to %s (%.12s); no server runs on this data folder, the next one follows it\n", p.Key, p.Version, p.Pin)
	case p.SHA256 == p.Pin:
		_, _ = fmt.Fprintf(w, "%s is pinned to %s (%.12s), which serves\n", p.Key, p.Version, p.Pin)
	default:
		_, _ = fmt.Fprintf(w, "%s is pinned to %.12s, which does not serve yet\n", p.Key, p.Pin)
	}
	if p.Reason != "" {
		_, _ = fmt.Fprintf(w, "%s: %s\n", p.Key, p.Reason)
		if p.Fix != "" {
			_, _ = fmt.Fprintf(w, "  mend it: %s\n", p.Fix)
		}
	}
}

func (a *app) pluginRestart() *cobra.Command {
	c := &cobra.Command{
		Use:   "restart KEY",
		Short: "Replace a plugin's process by a fresh one, and try one that was given up again",
		Long:  `Have the running server replace a plugin's process, without losing a call. A plugin in the state failed is tried again.`,
		Args:  exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			config, err := host.LoadConfig(c.Flags())
			if err != nil {
				return err
			}
			p, err := host.RestartPlugin(c.Context(), config, sso.ProviderKey(args[0]))
			if err != nil {
				return err
			}
			return a.print(pluginRowOf(p), func(w io.Writer) { _, _ = fmt.Fprintf(w, "%s is being restarted\n", p.Key) })
		},
	}
	host.AddFlags(c.Flags(), false)
	return c
}
