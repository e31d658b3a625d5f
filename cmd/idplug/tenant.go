package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host"
)

func (a *app) tenant() *cobra.Command {
	return group("tenant", "Create and list tenants", a.tenantCreate(), a.tenantList())
}

func (a *app) tenantCreate() *cobra.Command {
	var name, admin string
	var domains []string
	c := &cobra.Command{
		Use:   "create SLUG",
		Short: "Create a tenant and print a one-time link for its first administrator",
		Long: `Create a tenant and print a one-time link for its first administrator.

The slug is one DNS label (lower-case letters, digits, hyphens); it is part of the SAML entity ID and cannot be changed. The link
works once, for 24 hours: it asks for a password (and for name and e-mail, unless --admin names the address).`,
		Args: exactly(1),
		RunE: a.withTools(func(ctx context.Context, t *host.Tools, args []string) error {
			tenant, err := t.Directory.CreateTenant(ctx, operator, directory.NewTenant{Slug: sso.TenantID(args[0]), Name: name, EmailDomains: domains})
			if err != nil {
				return err
			}
			token, err := t.Directory.InviteAdministrator(ctx, operator, tenant.ID, admin)
			if err != nil {
				return err
			}
			link := invitation(t.Origin, tenant.ID, token)
			return a.print(map[string]any{
				"slug": tenant.ID, "name": tenant.Name, "email_domains": slices.Concat([]string{}, tenant.EmailDomains), "administrator_link": link,
			}, textf("created tenant %s\nfirst administrator: open this link once, within %s:\n%s\n", tenant.ID, hours(directory.LinkTTL), link))
		}),
	}
	c.Flags().StringVar(&name, "name", "", "display name (default: the slug)")
	c.Flags().StringVar(&admin, "admin", "", "e-mail address of the first administrator")
	c.Flags().StringSliceVar(&domains, "email-domain", nil, "only addresses of this domain may be linked or created (may be repeated)")
	host.AddFlags(c.Flags(), false)
	return c
}

func invitation(origin string, t sso.TenantID, token string) string {
	return origin + "/invitation/" + string(t) + "/" + token
}

func hours(d time.Duration) string { return fmt.Sprintf("%.0f hours", d.Hours()) }

func textf(format string, args ...any) func(io.Writer) {
	return func(w io.Writer) { _, _ = fmt.Fprintf(w, format, args...) }
}

func (a *app) tenantList() *cobra.Command {
	c := &cobra.Command{
		Use: "list", Short: "List tenants", Args: exactly(0),
		RunE: a.withTools(func(ctx context.Context, t *host.Tools, _ []string) error {
			all, err := everyTenant(ctx, t)
			if err != nil {
				return err
			}
			type row struct {
				Slug     sso.TenantID `json:"slug"`
				Name     string       `json:"name"`
				Domains  []string     `json:"email_domains"`
				Disabled bool         `json:"disabled"`
				Created  time.Time    `json:"created_at"`
			}
			rows := []row{}
			for _, t := range all {
				rows = append(rows, row{t.ID, t.Name, slices.Concat([]string{}, t.EmailDomains), t.Disabled, t.CreatedAt})
			}
			return a.print(rows, func(w io.Writer) {
				table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
				_, _ = fmt.Fprintln(table, "SLUG\tNAME\tCREATED")
				for _, r := range rows {
					_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", r.Slug, r.Name, r.Created.Format(time.DateOnly))
				}
				_ = table.Flush()
			})
		}),
	}
	host.AddFlags(c.Flags(), false)
	return c
}

func everyTenant(ctx context.Context, t *host.Tools) ([]sso.Tenant, error) {
	var all []sso.Tenant
	page := directory.Page{Limit: directory.MaxPage}
	for {
		part, next, err := t.Directory.Tenants(ctx, operator, page)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
		if next == "" {
			return all, nil
		}
		page.Cursor = next
	}
}

func (a *app) token() *cobra.Command {
	var name string
	create := &cobra.Command{
		Use:   "create SLUG",
		Short: "Create an API token of a tenant",
		Long: `Create an API token of a tenant and print it, this once. It acts as an administrator of that tenant, also while single
sign-on is on.`,
		Args: exactly(1),
		RunE: a.withTools(func(ctx context.Context, t *host.Tools, args []string) error {
			token, secret, err := t.Directory.CreateToken(ctx, operator, sso.TenantID(args[0]), name)
			if err != nil {
				return err
			}
			return a.print(map[string]string{"id": token.ID, "name": token.Name, "token": secret}, textf("%s\n", secret))
		}),
	}
	create.Flags().StringVar(&name, "name", "cli", "what the token is for")
	host.AddFlags(create.Flags(), false)
	return group("token", "Create API tokens", create)
}
