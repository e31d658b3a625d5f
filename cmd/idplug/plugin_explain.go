package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host"
)

// unverified stands over every explanation: it must not be mistaken for a login.
const unverified = "NOT VERIFIED: nobody checked who signed this file, when, or for whom. It proves nothing about any person."

func (a *app) pluginExplain() *cobra.Command {
	var provider, plugin, settings string
	c := &cobra.Command{
		Use:   "explain FILE",
		Short: "Show what a plugin makes of a captured response or metadata file",
		Long: `Show what a plugin makes of a captured file: of a response the attributes, the profile with where each value came from, and, with
--settings, which mapping rows would grant what; of metadata the plugin's advice and what the host reads. Problems come with their remedies.

FILE is XML, its base64, or a form's body with SAMLResponse=…, as a browser's developer tools show it; - is standard input. Nothing in it is
verified, so the answer is for people who write plugins and mappings, never a reason to let anybody in. Encrypted assertions cannot be read:
only the server has the key.`,
		Example: `  idplug plugin explain response.xml --provider okta
  idplug plugin explain capture.txt --plugin ./bin/idplug-provider-acme --settings settings.json`,
		Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			config, err := loadConfig(c.Flags())
			if err != nil {
				return err
			}
			q := host.Question{Provider: sso.ProviderKey(provider), Plugin: plugin}
			if provider != "" && plugin != "" {
				return fmt.Errorf("%w: give --provider or --plugin, not both", errUsage)
			}
			if q.Capture, err = readBounded(args[0], c.InOrStdin()); err != nil {
				return err
			}
			if settings != "" {
				if q.Mappings, err = readMappings(settings, c.InOrStdin()); err != nil {
					return err
				}
			}
			e, err := host.Explain(c.Context(), config, q, a.quietLog(config))
			if err != nil {
				return fmt.Errorf("plugin explain: %s: %s", args[0], explain(err))
			}
			return a.print(explanationRow(e), func(w io.Writer) { writeExplanation(w, e) })
		},
	}
	c.Flags().StringVar(&provider, "provider", "", "key of the plugin to ask, from the plugin folder (default: the settings' provider, or the only plugin)")
	c.Flags().StringVar(&plugin, "plugin", "", "binary to ask instead, idplug-provider-KEY")
	c.Flags().StringVar(&settings, "settings", "", "settings document, as GET /api/v1/tenants/{tenant}/sso gives it, whose mappings are tried")
	host.AddFlags(c.Flags(), false)
	return c
}

func readMappings(name string, stdin io.Reader) (*host.Mappings, error) {
	document, err := readBounded(name, stdin)
	if err != nil {
		return nil, err
	}
	m, err := host.ReadMappings(document)
	if err != nil {
		return nil, fmt.Errorf("plugin explain: settings %s: %s", name, explain(err))
	}
	return m, nil
}

// maxCapture is more than the largest document that is read, in base64.
const maxCapture = 4 << 20

// readBounded reads a file of which nobody knows how long it is.
func readBounded(name string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("plugin explain: %w", err)
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxCapture+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("plugin explain: %w", err)
	case len(b) > maxCapture:
		return nil, fmt.Errorf("plugin explain: %s is larger than 4 MiB: neither a response nor metadata is", name)
	}
	return b, nil
}
