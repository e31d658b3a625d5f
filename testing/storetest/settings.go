package storetest

import (
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// fullSettings and fullConnection have a value in every field.
func fullSettings(version int64) sso.Settings {
	return sso.Settings{
		Tenant: acme, UseSSO: true, Provider: "okta", ForceReauthentication: true, JIT: true, RoleSync: sso.SyncEveryLogin,
		Roles: sso.Mapping{
			Defaults: []sso.Key{"agent"},
			Rows:     []sso.Row{{Attribute: "groupID", Value: "<admins> & 'co' \"ü\u2028", Grant: []sso.Key{"administrator", "agent"}}, {Attribute: "a", Value: "b", Grant: []sso.Key{"agent"}}},
		},
		Inboxes:      sso.Mapping{Defaults: []sso.Key{"general"}, Rows: []sso.Row{{Attribute: "groupID", Value: "emea", Grant: []sso.Key{"emea"}}}},
		IDPInitiated: sso.TileDeny, Version: version, UpdatedAt: now, UpdatedBy: "user:u_ada",
	}
}

func fullConnection(revision int64) sso.Connection {
	return sso.Connection{
		Tenant: acme, Provider: "okta", MetadataURL: "https://idp.example/metadata", MetadataXML: strings.Repeat("<EntityDescriptor/>\n", 1000),
		ChosenEntityID: idp, SignRequests: sso.SignAlways, AllowSHA1: true,
		IdP: sso.IdentityProvider{
			EntityID: idp, SSO: []sso.Endpoint{{Binding: sso.BindingRedirect, URL: "https://idp.example/sso?a=b&c"}, {Binding: sso.BindingPOST, URL: "https://idp.example/post"}},
			SLO: []sso.Endpoint{{Binding: sso.BindingPOST, URL: "https://idp.example/slo"}},
			Certificates: []sso.Certificate{{
				Subject: "CN=idp", SHA256: "ab", NotBefore: now.Add(-time.Hour), NotAfter: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), Use: "signing", DER: []byte{0, 1, 255},
			}},
			ValidUntil: now.Add(time.Hour), WantAuthnRequestsSigned: true, NameIDFormats: []string{sso.FormatPersistent},
		},
		Request:      sso.RequestHints{NameIDFormat: sso.FormatEmail, AuthnContexts: []string{"urn:x"}, Sign: true},
		Notes:        sso.Problems{{Severity: sso.Warning, Field: "metadata_xml", Code: "okta.odd", Params: map[string]string{"a": "b"}, Summary: "odd", Fix: "mend it"}},
		FetchProblem: &sso.Problem{Severity: sso.Warning, Field: "metadata_url", Code: sso.MetadataFetchFailed},
		FetchedAt:    now, Revision: revision, TestedRevision: 1, SubjectAttribute: "uid",
	}
}

func save(s *sso.Settings, c *sso.Connection) settings.Change {
	change := settings.Change{
		Tenant: acme, Settings: s, Connection: c, Audit: sso.AuditEntry{Tenant: acme, At: now, Actor: "user:u_ada", Action: "sso.save", Target: "sso"},
	}
	if s != nil {
		change.ExpectVersion = s.Version - 1
	}
	if c != nil {
		change.ExpectRevision = c.Revision - 1
	}
	return change
}

// saved is the state of acme's settings: version, revision and how many audit rows.
func (f fixture) saved() (version, revision int64, audited int) {
	f.Helper()
	s, _, err := f.Settings().State(f.Context(), acme)
	require.NoError(f, err)
	c, err := f.Settings().Connection(f.Context(), acme, "okta")
	require.NoError(f, err)
	rows, _, err := f.Directory().Audit(f.Context(), acme, directory.AuditQuery{Page: directory.Page{Limit: 100}})
	require.NoError(f, err)
	return s.Version, c.Revision, len(rows)
}

var settingsTests = []test{
	{"come back as they were saved", func(f fixture) {
		f.tenant(acme)
		require.NoError(f, f.Settings().Save(f.Context(), save(new(fullSettings(1)), new(fullConnection(1)))))

		s, _, err := f.Settings().State(f.Context(), acme)
		require.NoError(f, err)
		f.same(fullSettings(1), s)
		f.same(fullConnection(1), must[sso.Connection](f)(f.Settings().Connection(f.Context(), acme, "okta")))
		target, err := f.Login().Target(f.Context(), acme)
		require.NoError(f, err)
		f.same(fullSettings(1), target.Settings)
		f.same(fullConnection(1), target.Connection)
		f.dir(acme, func(tx directory.Tx) error {
			s, err := tx.Settings()
			f.same(fullSettings(1), s)
			return err
		})
		f.same(sso.Connection{Tenant: acme, Provider: "azure"}, must[sso.Connection](f)(f.Settings().Connection(f.Context(), acme, "azure")))
	}},
	{"can be emptied again", func(f fixture) {
		f.tenant(acme)
		require.NoError(f, f.Settings().Save(f.Context(), save(new(fullSettings(1)), new(fullConnection(1)))))
		empty := sso.NewSettings(acme)
		empty.Version, empty.UpdatedAt = 2, now
		plain := sso.Connection{Tenant: acme, Provider: "okta", SignRequests: sso.SignAuto, Revision: 2}
		require.NoError(f, f.Settings().Save(f.Context(), save(&empty, &plain)))
		s, _, err := f.Settings().State(f.Context(), acme)
		require.NoError(f, err)
		f.same(empty, s)
		f.same(plain, must[sso.Connection](f)(f.Settings().Connection(f.Context(), acme, "okta")))
	}},
	{"Rule02 keep what was entered for each provider", func(f fixture) {
		f.tenant(acme)
		require.NoError(f, f.Settings().Save(f.Context(), save(new(fullSettings(1)), new(fullConnection(1)))))
		other, azure := fullSettings(2), fullConnection(1)
		other.Provider, azure.Provider, azure.MetadataURL = "azure", "azure", "https://azure.example"
		require.NoError(f, f.Settings().Save(f.Context(), save(&other, &azure)))
		f.same(fullConnection(1), must[sso.Connection](f)(f.Settings().Connection(f.Context(), acme, "okta")))
		target, err := f.Login().Target(f.Context(), acme)
		require.NoError(f, err)
		f.same(azure, target.Connection)
	}},
	{"Rule13 refuse a stale save, and write nothing of it", func(f fixture) {
		f.tenant(acme)
		require.NoError(f, f.Settings().Save(f.Context(), save(new(fullSettings(1)), new(fullConnection(1)))))
		ada := f.user(acme, "ada")
		f.open(session(ada, "s"))

		for _, change := range []settings.Change{
			save(new(fullSettings(1)), nil), save(new(fullSettings(3)), nil), save(nil, new(fullConnection(1))), save(nil, new(fullConnection(3))),
			save(new(fullSettings(2)), new(fullConnection(1))), save(new(fullSettings(1)), new(fullConnection(2))),
		} {
			change.End.Provider = "okta"
			err := f.Settings().Save(f.Context(), change)
			f.refused(sso.VersionConflict, err)
			var refusal *sso.Error
			require.ErrorAs(f, err, &refusal)
			require.Equal(f, "1", refusal.Params["version"])
			version, revision, audited := f.saved()
			require.Equal(f, []any{int64(1), int64(1), 1}, []any{version, revision, audited})
		}
		_, _, err := f.Login().Session(f.Context(), acme, "s")
		require.NoError(f, err, "a refused save ends no session")
		require.NoError(f, f.Settings().Save(f.Context(), save(nil, new(fullConnection(2)))))
		require.NoError(f, f.Settings().Save(f.Context(), save(new(fullSettings(2)), nil)))
	}},
	{"need a tenant", func(f fixture) {
		f.refused(sso.NotFound, f.Settings().Save(f.Context(), save(new(fullSettings(1)), nil)))
	}},
	{"are what a login's transaction sees", func(f fixture) {
		f.tenant(acme)
		active := func() (on bool, p sso.ProviderKey) {
			f.login(acme, func(tx login.Tx) (err error) {
				on, p, err = tx.Active()
				return err
			})
			return on, p
		}
		on, p := active()
		require.False(f, on)
		require.Empty(f, p)
		require.NoError(f, f.Settings().Save(f.Context(), save(new(fullSettings(1)), nil)))
		on, p = active()
		require.True(f, on)
		require.Equal(f, sso.ProviderKey("okta"), p)
	}},
	{"show in Target after every change", func(f fixture) {
		f.tenant(acme)
		target := func() login.Target { return must[login.Target](f)(f.Login().Target(f.Context(), acme)) }
		require.False(f, target().Settings.UseSSO)
		require.NoError(f, f.Settings().Save(f.Context(), save(new(fullSettings(1)), new(fullConnection(1)))))
		require.True(f, target().Settings.UseSSO)
		f.dir(acme, func(tx directory.Tx) error { return tx.UpdateTenant(sso.Tenant{ID: acme, Name: "renamed"}) })
		require.Equal(f, "renamed", target().Tenant.Name)
		f.dir(acme, func(tx directory.Tx) error { return tx.SaveInboxes(sso.Catalogue{{Key: "x", Name: "X"}}) })
		require.Len(f, target().Catalogues.Inboxes, 1)
		f.login(acme, func(tx login.Tx) error { return tx.LearnSubjectAttribute("okta", "employee") })
		require.Equal(f, "employee", target().Connection.SubjectAttribute)
		require.Equal(f, int64(1), target().Connection.Revision, "an administrator's save is not made stale by a login")
		f.login(acme, func(tx login.Tx) error { return tx.LearnSubjectAttribute("azure", "none is kept") })
	}},
	{"are marked as tested while they are what was tested", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		c := fullConnection(1)
		c.TestedRevision = 0
		require.NoError(f, f.Settings().Save(f.Context(), save(nil, &c)))
		other := c
		other.Tenant = globex
		require.NoError(f, f.Settings().Save(f.Context(), settings.Change{Tenant: globex, Connection: &other}))
		kept := func(t sso.TenantID) sso.Connection {
			return must[sso.Connection](f)(f.Login().Connection(f.Context(), t, "okta"))
		}
		f.same(c, kept(acme))
		f.login(acme, func(tx login.Tx) error { return tx.MarkTested("okta", 2) })
		require.Zero(f, kept(acme).TestedRevision, "of another revision")
		f.login(acme, func(tx login.Tx) error { return tx.MarkTested("okta", 1) })
		require.Equal(f, int64(1), kept(acme).TestedRevision)
		require.Zero(f, kept(globex).TestedRevision)
		f.login(acme, func(tx login.Tx) error { return tx.MarkTested("azure", 1) })
		require.Zero(f, must[sso.Connection](f)(f.Login().Connection(f.Context(), acme, "azure")).Revision)
		_, err := f.Login().Connection(f.Context(), "nobody", "okta")
		f.refused(sso.NotFound, err)
	}},
	{"Rule07 end the sessions a save names", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		ada := f.user(acme, "ada")
		hashes := func() (left []string) {
			for _, h := range []string{"password", "saving", "okta", "azure"} {
				if _, _, err := f.Login().Session(f.Context(), acme, h); err == nil {
					left = append(left, h)
				}
			}
			return left
		}
		for _, h := range []string{"password", "saving", "okta", "azure"} {
			s := session(ada, h)
			s.Provider = sso.ProviderKey(h)
			if h == "password" || h == "saving" {
				s.Method, s.Provider = sso.ByPassword, ""
			}
			f.open(s)
		}
		f.open(session(f.user(globex, "ada"), "okta"))

		change := save(new(fullSettings(1)), nil)
		require.NoError(f, f.Settings().Save(f.Context(), change))
		require.Len(f, hashes(), 4, "a save that ends none ends none")
		change = save(new(fullSettings(2)), nil)
		change.End = settings.EndSessions{Passwords: true, Except: "saving"}
		require.NoError(f, f.Settings().Save(f.Context(), change))
		require.Equal(f, []string{"saving", "okta", "azure"}, hashes())
		change = save(new(fullSettings(3)), nil)
		change.End = settings.EndSessions{Provider: "okta"}
		require.NoError(f, f.Settings().Save(f.Context(), change))
		require.Equal(f, []string{"saving", "azure"}, hashes())
		change.Settings, change.End = new(fullSettings(4)), settings.EndSessions{Provider: "azure", EntityID: idp}
		change.ExpectVersion = 3
		require.NoError(f, f.Settings().Save(f.Context(), change))
		require.Equal(f, []string{"saving", "azure"}, hashes(), "those of the entity ID stay")
		change.Settings, change.End.EntityID, change.ExpectVersion = new(fullSettings(5)), idp+"/2", 4
		require.NoError(f, f.Settings().Save(f.Context(), change))
		require.Equal(f, []string{"saving"}, hashes())
		azure := session(ada, "azure")
		azure.Provider = "azure"
		f.open(azure)
		change = save(nil, new(fullConnection(1)))
		change.End = settings.EndSessions{Passwords: true}
		require.NoError(f, f.Settings().Save(f.Context(), change))
		require.Equal(f, []string{"azure"}, hashes())
		_, _, err := f.Login().Session(f.Context(), globex, "okta")
		require.NoError(f, err)
	}},
	{"hold ten thousand rows", func(f fixture) {
		f.tenant(acme)
		s := fullSettings(1)
		s.Roles.Rows = slices.Repeat(s.Roles.Rows[:1], sso.MaxRows)
		require.NoError(f, f.Settings().Save(f.Context(), save(&s, nil)))
		got, _, err := f.Settings().State(f.Context(), acme)
		require.NoError(f, err)
		f.same(s, got)
	}},
}
