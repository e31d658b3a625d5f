package storetest

import (
	"errors"
	"fmt"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

var tenantTests = []test{
	{"come back as they were made", func(f fixture) {
		want := sso.Tenant{ID: acme, Name: "Acme 株式会社", EmailDomains: []string{"z.example", "a.example"}, CreatedAt: now}
		catalogues := sso.Catalogues{Roles: sso.DefaultRoles(), Inboxes: sso.Catalogue{{Key: "general", Name: "General"}, {Key: "emea", Name: "EMEA"}}}
		f.dir(acme, func(tx directory.Tx) error { return tx.CreateTenant(want, catalogues) })

		f.same(want, must[sso.Tenant](f)(f.Directory().Tenant(f.Context(), acme)))
		f.same(catalogues, must[sso.Catalogues](f)(f.Directory().Catalogues(f.Context(), acme)))
		set, c, err := f.Settings().State(f.Context(), acme)
		require.NoError(f, err)
		f.same(sso.NewSettings(acme), set)
		f.same(catalogues, c)
	}},
	{"are unknown until they are made", func(f fixture) {
		ctx := f.Context()
		_, err := f.Directory().Tenant(ctx, acme)
		f.refused(sso.NotFound, err)
		_, err = f.Directory().Catalogues(ctx, acme)
		f.refused(sso.NotFound, err)
		_, _, err = f.Directory().Users(ctx, acme, directory.UserQuery{Page: directory.Page{Limit: 1}})
		f.refused(sso.NotFound, err)
		_, err = f.Directory().Tokens(ctx, acme)
		f.refused(sso.NotFound, err)
		_, _, err = f.Directory().Logins(ctx, acme, directory.LoginQuery{Page: directory.Page{Limit: 1}})
		f.refused(sso.NotFound, err)
		_, _, err = f.Directory().Audit(ctx, acme, directory.AuditQuery{Page: directory.Page{Limit: 1}})
		f.refused(sso.NotFound, err)
		_, err = f.Directory().Link(ctx, acme, "hash", now)
		f.refused(sso.NotFound, err)
		_, _, err = f.Settings().State(ctx, acme)
		f.refused(sso.NotFound, err)
		_, err = f.Settings().Connection(ctx, acme, "okta")
		f.refused(sso.NotFound, err)
		_, err = f.Login().Target(ctx, acme)
		f.refused(sso.NotFound, err)
		_, _, err = f.Login().Session(ctx, acme, "hash")
		f.refused(sso.NotFound, err)
		f.refused(sso.NotFound, f.Login().RecordLogin(ctx, refusal(acme, now)))
		f.loginFails(sso.NotFound, acme, func(tx login.Tx) error {
			_, _, err := tx.Active()
			return err
		})
		f.dirFails(sso.NotFound, acme, func(tx directory.Tx) error {
			_, err := tx.Settings()
			return err
		})
		f.dirFails(sso.NotFound, acme, func(tx directory.Tx) error {
			_, err := tx.Tenant()
			return err
		})
		f.dirFails(sso.NotFound, acme, func(tx directory.Tx) error { return tx.UpdateTenant(sso.Tenant{ID: acme}) })
		f.dirFails(sso.NotFound, acme, func(tx directory.Tx) error { return tx.DeleteTenant() })
		f.dirFails(sso.NotFound, acme, func(tx directory.Tx) error { return tx.CreateUser(person(acme, "ada")) })
	}},
	{"have slugs and domains of their own", func(f fixture) {
		f.tenant(acme)
		f.dirFails(sso.SlugTaken, acme, func(tx directory.Tx) error {
			return tx.CreateTenant(sso.Tenant{ID: acme, Name: "again"}, sso.Catalogues{})
		})

		f.dir(acme, func(tx directory.Tx) error {
			return tx.UpdateTenant(sso.Tenant{ID: acme, Name: "Acme", EmailDomains: []string{"acme.example", "acme.test"}})
		})
		f.dir(acme, func(tx directory.Tx) error {
			got, err := tx.Tenant()
			f.same(sso.Tenant{ID: acme, Name: "Acme", EmailDomains: []string{"acme.example", "acme.test"}, CreatedAt: now}, got)
			return err
		})
		thief := sso.Tenant{ID: globex, Name: "Globex", EmailDomains: []string{"globex.example", "acme.test"}}
		err := f.Directory().InTx(f.Context(), globex, func(tx directory.Tx) error { return tx.CreateTenant(thief, sso.Catalogues{}) })
		f.refused(sso.DomainTaken, err)
		var refusal *sso.Error
		require.ErrorAs(f, err, &refusal)
		require.Equal(f, "acme.test", refusal.Params["value"])
		_, err = f.Directory().Tenant(f.Context(), globex)
		f.refused(sso.NotFound, err)

		f.tenant(globex)
		f.dirFails(sso.DomainTaken, globex, func(tx directory.Tx) error { return tx.UpdateTenant(thief) })
		f.dir(acme, func(tx directory.Tx) error { return tx.UpdateTenant(sso.Tenant{ID: acme, Name: "Acme"}) })
		f.dir(globex, func(tx directory.Tx) error { return tx.UpdateTenant(thief) })
	}},
	{"are listed by slug, page by page", func(f fixture) {
		for i := range 7 {
			f.tenant(sso.TenantID(fmt.Sprintf("t-%d", i)))
		}
		var slugs []sso.TenantID
		p := directory.Page{Limit: 3}
		for {
			part, next, err := f.Directory().Tenants(f.Context(), p)
			require.NoError(f, err)
			require.LessOrEqual(f, len(part), 3)
			for _, t := range part {
				slugs = append(slugs, t.ID)
			}
			if len(slugs) == 3 {
				f.tenant("t-0a") // lies behind
				f.tenant("t-5a") // lies ahead
			}
			if next == "" {
				break
			}
			p.Cursor = next
		}
		require.Equal(f, []sso.TenantID{"t-0", "t-1", "t-2", "t-3", "t-4", "t-5", "t-5a", "t-6"}, slugs)
	}},
	{"take everything with them", func(f fixture) {
		f.tenant(acme)
		ada := f.user(acme, "ada")
		f.open(session(ada, "s"))
		f.login(acme, func(tx login.Tx) error {
			return errors.Join(tx.Link(identity(acme, "ada"), ada.ID, now), tx.UseOnce(idp, "_a", "_r", now),
				tx.RecordLogin(refusal(acme, now)), tx.Audit(sso.AuditEntry{Tenant: acme, At: now, Actor: "a", Action: "b", Target: "c"}))
		})
		f.dir(acme, func(tx directory.Tx) error {
			return errors.Join(tx.CreateToken(token("k_1")), tx.CreateLink(directory.Link{
				Tenant: acme, Hash: "l", Purpose: directory.SetPassword, User: ada.ID, Expires: now,
			}))
		})
		f.dir(acme, func(tx directory.Tx) error {
			return errors.Join(tx.DeleteTenant(), tx.Audit(sso.AuditEntry{At: now, Actor: "operator:cli", Action: "tenant.delete", Target: "tenant:acme"}))
		})

		_, err := f.Directory().Tenant(f.Context(), acme)
		f.refused(sso.NotFound, err)
		_, err = f.Login().Target(f.Context(), acme)
		f.refused(sso.NotFound, err)
		_, err = f.Directory().TokenByHash(f.Context(), token("k_1").Hash)
		f.refused(sso.NotFound, err)
		own, _, err := f.Directory().Audit(f.Context(), "", directory.AuditQuery{Page: directory.Page{Limit: 10}})
		require.NoError(f, err)
		require.Len(f, own, 1, "the deployment's own entry outlives the tenant")
		require.Equal(f, "tenant.delete", own[0].Action)

		f.tenant(acme) // the slug is free again, and nothing of old is there
		_, _, err = f.Login().Session(f.Context(), acme, "s")
		f.refused(sso.NotFound, err)
		f.login(acme, func(tx login.Tx) error { return tx.UseOnce(idp, "_a", "_r", now) })
		entries, _, err := f.Directory().Audit(f.Context(), acme, directory.AuditQuery{Page: directory.Page{Limit: 10}})
		require.NoError(f, err)
		require.Empty(f, entries)
		f.user(acme, "ada")
	}},
	{"are found by e-mail", func(f fixture) {
		for i := range 12 {
			t := sso.TenantID(fmt.Sprintf("t-%02d", i))
			f.tenant(t)
			f.user(t, "ada")
		}
		f.tenant(acme)
		f.dir(acme, func(tx directory.Tx) error {
			return tx.UpdateTenant(sso.Tenant{ID: acme, Name: "Acme", EmailDomains: []string{"acme.example"}})
		})
		many, err := f.Directory().TenantsByEmail(f.Context(), "ada@example.com")
		require.NoError(f, err)
		require.Len(f, many, 10)
		one, err := f.Directory().TenantsByEmail(f.Context(), "somebody@acme.example")
		require.NoError(f, err)
		require.Equal(f, []sso.TenantID{acme}, one)
		f.tenant(globex)
		f.dir(globex, func(tx directory.Tx) error {
			u := person(globex, "somebody")
			u.Email = "somebody@acme.example"
			return tx.CreateUser(u)
		})
		owner, err := f.Directory().TenantsByEmail(f.Context(), "somebody@acme.example")
		require.NoError(f, err)
		require.Equal(f, []sso.TenantID{acme}, owner, "the owner of the domain, not who took the address in")
		none, err := f.Directory().TenantsByEmail(f.Context(), "somebody@sub.acme.example")
		require.NoError(f, err)
		require.Empty(f, none)
	}},
	{"are found by a domain that is one's alone", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		home := func(want sso.TenantID, domain string) {
			f.Helper()
			f.same(want, must[sso.TenantID](f)(f.Directory().TenantOfDomain(f.Context(), domain)))
		}
		employ := func(t sso.TenantID, name string, email sso.Email) {
			f.dir(t, func(tx directory.Tx) error {
				u := person(t, name)
				u.Email = email
				return tx.CreateUser(u)
			})
		}
		home("", "acme.example")
		employ(globex, "ada", "ada@globex.example")
		employ(globex, "bob", "bob@globex.example")
		home(globex, "globex.example")
		home("", "sub.globex.example")
		employ(acme, "eve", "eve@globex.example")
		home("", "globex.example")
		f.dir(globex, func(tx directory.Tx) error {
			return tx.UpdateTenant(sso.Tenant{ID: globex, Name: "Globex", EmailDomains: []string{"globex.example"}})
		})
		home(globex, "globex.example")
	}},
	{"keep their catalogues in order", func(f fixture) {
		f.tenant(acme)
		var roles sso.Catalogue
		for i := range sso.MaxEntries {
			roles = append(roles, sso.Entry{Key: sso.Key(fmt.Sprintf("r%d", sso.MaxEntries-i)), Name: "role", Exclusive: i%2 == 1})
		}
		inboxes := sso.Catalogue{{Key: "b", Name: "B"}, {Key: "a", Name: "A"}}
		f.dir(acme, func(tx directory.Tx) error { return errors.Join(tx.SaveRoles(roles), tx.SaveInboxes(inboxes)) })
		f.same(sso.Catalogues{Roles: roles, Inboxes: inboxes}, must[sso.Catalogues](f)(f.Directory().Catalogues(f.Context(), acme)))
		f.dir(acme, func(tx directory.Tx) error {
			c, err := tx.Catalogues()
			f.same(sso.Catalogues{Roles: roles, Inboxes: inboxes}, c)
			return errors.Join(err, tx.SaveInboxes(nil))
		})
		target, err := f.Login().Target(f.Context(), acme)
		require.NoError(f, err)
		f.same(sso.Catalogues{Roles: roles}, target.Catalogues)
	}},
	{"that were disabled open no session", func(f fixture) {
		f.tenant(acme)
		f.dir(acme, func(tx directory.Tx) error {
			return tx.UpdateTenant(sso.Tenant{ID: acme, Name: "Acme", Disabled: true, CreatedAt: now})
		})
		f.loginFails(sso.TenantDisabled, acme, func(tx login.Tx) error {
			_, _, err := tx.Active()
			return err
		})
		target, err := f.Login().Target(f.Context(), acme)
		require.NoError(f, err)
		require.True(f, target.Tenant.Disabled)
	}},
}
