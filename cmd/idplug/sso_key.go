package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host"
)

// keyRow is a key pair as it is printed.
type keyRow struct {
	ID        string            `json:"id"`
	State     settings.KeyState `json:"state"`
	SHA256    string            `json:"sha256"`
	CreatedAt time.Time         `json:"created_at"`
	RetiredAt *time.Time        `json:"retired_at"`
}

func keyRowOf(k settings.Key) keyRow {
	row := keyRow{ID: k.ID, State: k.State(), SHA256: k.SHA256, CreatedAt: k.CreatedAt}
	if !k.RetiredAt.IsZero() {
		row.RetiredAt = &k.RetiredAt
	}
	return row
}

func (k keyRow) String() string {
	return fmt.Sprintf("%s  %-9s  made %s  certificate SHA-256 %s", k.ID, k.State, k.CreatedAt.UTC().Format(time.DateOnly), k.SHA256)
}

func (a *app) ssoKeys() *cobra.Command {
	c := &cobra.Command{
		Use: "keys SLUG", Short: "List a tenant's key pairs, oldest first", Args: exactly(1),
		RunE: a.withTools(func(ctx context.Context, t *host.Tools, args []string) error {
			keys, err := t.Settings.Keys(ctx, operator, sso.TenantID(args[0]))
			if err != nil {
				return err
			}
			rows := make([]keyRow, len(keys))
			for i, k := range keys {
				rows[i] = keyRowOf(k)
			}
			return a.print(rows, func(w io.Writer) {
				for _, row := range rows {
					_, _ = fmt.Fprintln(w, row)
				}
				if len(rows) == 0 {
					_, _ = fmt.Fprintln(w, "none yet: the first is made when somebody reads the service-provider metadata")
				}
			})
		}),
	}
	host.AddFlags(c.Flags(), false)
	return c
}

func (a *app) ssoRotateKey() *cobra.Command {
	c := &cobra.Command{
		Use:   "rotate-key SLUG",
		Short: "Begin a key rollover: publish a new key pair beside the one in use",
		Long: `Begin a key rollover: a new key pair is published in the tenant's service-provider metadata beside the one in use. The older one
goes on signing requests; assertions that the provider encrypts for either are opened. When the provider has read the metadata again, end the
rollover with "idplug sso retire-key SLUG". The act is audited.`,
		Args: exactly(1),
		RunE: a.withTools(func(ctx context.Context, t *host.Tools, args []string) error {
			tenant := sso.TenantID(args[0])
			k, err := t.Settings.RotateKey(ctx, operator, tenant)
			if err != nil {
				return err
			}
			row := keyRowOf(k)
			return a.print(row, func(w io.Writer) {
				_, _ = fmt.Fprintln(w, row)
				if k.Signs {
					return
				}
				_, _ = fmt.Fprintf(w, "next: let the provider read %s again, then run idplug sso retire-key %s\n",
					sso.NewServiceProvider(t.Origin, tenant).MetadataURL, tenant)
			})
		}),
	}
	host.AddFlags(c.Flags(), false)
	return c
}

func (a *app) ssoRetireKey() *cobra.Command {
	c := &cobra.Command{
		Use:   "retire-key SLUG [ID]",
		Short: "End a key rollover: the older key pair signs and opens nothing any more",
		Long: `End a key rollover: the older of the two key pairs in use, or the one with this ID, is no longer published, signs no request and opens no
assertion. A provider that still encrypts for it, or knows only it, is cut off: let it read the service-provider metadata before. The act is
audited.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) > 2 {
				return fmt.Errorf("%w: %s (see %s --help)", errUsage, c.UseLine(), c.CommandPath())
			}
			return nil
		},
		RunE: a.withTools(func(ctx context.Context, t *host.Tools, args []string) error {
			k, err := t.Settings.RetireKey(ctx, operator, sso.TenantID(args[0]), append(args, "")[1])
			if err != nil {
				return err
			}
			row := keyRowOf(k)
			return a.print(row, func(w io.Writer) { _, _ = fmt.Fprintln(w, row) })
		}),
	}
	host.AddFlags(c.Flags(), false)
	return c
}
