package main

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host"
)

func (a *app) sso() *cobra.Command {
	return group("sso", "Show a tenant's single sign-on, turn it off as break-glass, and roll its keys over",
		a.ssoShow(), a.ssoDisable(), a.ssoKeys(), a.ssoRotateKey(), a.ssoRetireKey())
}

func (a *app) ssoShow() *cobra.Command {
	c := &cobra.Command{
		Use: "show SLUG", Short: "Show how a tenant's single sign-on stands", Args: exactly(1),
		RunE: a.withTools(func(ctx context.Context, t *host.Tools, args []string) error {
			v, err := t.Settings.View(ctx, operator, sso.TenantID(args[0]))
			if err != nil {
				return err
			}
			type warning struct {
				Field   string   `json:"field"`
				Code    sso.Code `json:"code"`
				Summary string   `json:"summary"`
				Fix     string   `json:"fix"`
			}
			warnings := []warning{}
			for _, p := range v.Warnings {
				summary, fix := p.Words()
				warnings = append(warnings, warning{p.Field, p.Code, summary, fix})
			}
			doc := map[string]any{
				"tenant": v.Settings.Tenant, "status": v.Status, "use_sso": v.Settings.UseSSO, "provider": v.Settings.Provider,
				"version": v.Settings.Version, "idp_entity_id": v.Connection.IdP.EntityID, "warnings": warnings,
				"entity_id": v.ServiceProvider.EntityID, "acs_url": v.ServiceProvider.ACSURL, "login_url": v.ServiceProvider.LoginURL,
			}
			return a.print(doc, func(w io.Writer) {
				_, _ = fmt.Fprintf(w, "%s is %s (provider %q, version %d)\n", v.Settings.Tenant, v.Status, v.Settings.Provider, v.Settings.Version)
				_, _ = fmt.Fprintf(w, "sign-in    %s\nentity ID  %s\nACS URL    %s\n", v.ServiceProvider.LoginURL, v.ServiceProvider.EntityID, v.ServiceProvider.ACSURL)
				for _, p := range warnings {
					_, _ = fmt.Fprintf(w, "! %s: %s %s\n", p.Field, p.Summary, p.Fix)
				}
			})
		}),
	}
	host.AddFlags(c.Flags(), false)
	return c
}

func (a *app) ssoDisable() *cobra.Command {
	c := &cobra.Command{
		Use:   "disable SLUG",
		Short: "Break-glass: turn single sign-on off and print one-time links for the administrators",
		Long: `Break-glass, for a tenant whose provider no longer lets anybody in: turn single sign-on off, whatever state it is in. Every
setting is kept. A one-time link for each administrator is printed, with which they set a password. The act is audited.`,
		Args: exactly(1),
		RunE: a.withTools(func(ctx context.Context, t *host.Tools, args []string) error {
			tenant := sso.TenantID(args[0])
			was, err := t.Settings.Disable(ctx, operator, tenant)
			if err != nil {
				return err
			}
			links, err := administratorLinks(ctx, t, tenant)
			if err != nil {
				return err
			}
			return a.print(map[string]any{"tenant": tenant, "was_on": was, "links": links}, func(w io.Writer) {
				if was {
					_, _ = fmt.Fprintf(w, "single sign-on of %s is now off\n", tenant)
				} else {
					_, _ = fmt.Fprintf(w, "single sign-on of %s was off already\n", tenant)
				}
				_, _ = fmt.Fprintf(w, "one-time links to set a password, for %s:\n", hours(directory.LinkTTL))
				for _, l := range links {
					_, _ = fmt.Fprintf(w, "%s  %s\n", cmp.Or(string(l.Email), "a new administrator"), l.Link)
				}
			})
		}),
	}
	host.AddFlags(c.Flags(), false)
	return c
}

// adminLink is a one-time link of one administrator.
type adminLink struct {
	Email sso.Email `json:"email"` // "" for a new one
	Link  string    `json:"link"`
}

func administratorLinks(ctx context.Context, t *host.Tools, tenant sso.TenantID) ([]adminLink, error) {
	links := []adminLink{}
	query := directory.UserQuery{Page: directory.Page{Limit: directory.MaxPage}}
	for {
		part, next, err := t.Directory.Users(ctx, operator, tenant, query)
		if err != nil {
			return nil, err
		}
		for _, p := range part {
			if !p.IsAdministrator() || !p.CanSignIn() {
				continue
			}
			token, err := t.Directory.InviteToPassword(ctx, operator, tenant, p.ID)
			if err != nil {
				return nil, err
			}
			links = append(links, adminLink{Email: p.Email, Link: invitation(t.Origin, tenant, token)})
		}
		if next == "" && len(links) == 0 { // nobody is left to let in: the link makes a new first administrator
			token, err := t.Directory.InviteAdministrator(ctx, operator, tenant, "")
			return []adminLink{{Link: invitation(t.Origin, tenant, token)}}, err
		}
		if next == "" {
			return links, nil
		}
		query.Cursor = next
	}
}
