package storetest

import (
	"errors"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

var onceTests = []test{
	{"an assertion and a request are used once", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		long := strings.Repeat("_x", 50_000)
		use := func(issuer, assertion, request string) func(login.Tx) error {
			return func(tx login.Tx) error { return tx.UseOnce(issuer, assertion, request, now.Add(time.Minute)) }
		}
		f.login(acme, use(idp, "_a1", "_r1"))
		f.loginFails(sso.ReplayAssertion, acme, use(idp, "_a1", "_r2"))
		f.loginFails(sso.ReplayRequest, acme, use(idp, "_a2", "_r1"))
		f.login(acme, use(idp, "_a2", "_r2")) // what was refused was not used
		f.login(acme, use("https://other.example", "_a1", "_r3"))
		f.login(acme, use(idp, "_A1", "_R1")) // IDs differ by case
		f.login(acme, use(idp, long, "_r4"))
		f.loginFails(sso.ReplayAssertion, acme, use(idp, long, "_r5"))
		f.login(acme, use(idp, long+"y", "_r5"))
		f.login(globex, use(idp, "_a1", "_r1"))
	}},
	{"a logout request is used once", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		use := func(issuer, id string) func(login.Tx) error {
			return func(tx login.Tx) error { return tx.UseLogout(issuer, id, now.Add(time.Minute)) }
		}
		f.login(acme, use(idp, "_l1"))
		f.loginFails(sso.SLOReplay, acme, use(idp, "_l1"))
		f.login(acme, use(idp, "_L1"))
		f.login(acme, use("https://other.example", "_l1"))
		f.login(globex, use(idp, "_l1"))
	}},
}

var sessionTests = []test{
	{"come back as they were opened, with their user", func(f fixture) {
		f.tenant(acme)
		ada := f.user(acme, "ada")
		f.open(session(ada, "s"))
		s, u, err := f.Login().Session(f.Context(), acme, "s")
		require.NoError(f, err)
		f.same(session(ada, "s"), s)
		f.same(ada, u)

		ada.Status = sso.Deactivated
		f.dir(acme, func(tx directory.Tx) error { return tx.UpdateUser(ada) })
		_, u, err = f.Login().Session(f.Context(), acme, "s")
		require.NoError(f, err)
		require.Equal(f, sso.Deactivated, u.Status, "nothing of a session is remembered")
	}},
	{"of passwords have no provider", func(f fixture) {
		f.tenant(acme)
		want := sso.Session{Tenant: acme, Hash: "s", User: f.user(acme, "ada").ID, Method: sso.ByPassword, CreatedAt: now, SeenAt: now, ExpiresAt: now}
		f.open(want)
		s, _, err := f.Login().Session(f.Context(), acme, "s")
		require.NoError(f, err)
		f.same(want, s)
	}},
	{"have a token each", func(f fixture) {
		f.tenant(acme)
		ada, bob := f.user(acme, "ada"), f.user(acme, "bob")
		f.open(session(ada, "s"))
		f.loginFails(sso.Duplicate, acme, func(tx login.Tx) error { return tx.CreateSession(session(bob, "s")) })
		f.loginFails(sso.NotFound, acme, func(tx login.Tx) error { return tx.CreateSession(session(person(acme, "x"), "x")) })
	}},
	{"note when they were used", func(f fixture) {
		f.tenant(acme)
		f.open(session(f.user(acme, "ada"), "s"))
		require.NoError(f, f.Login().Seen(f.Context(), acme, "s", now.Add(time.Minute)))
		s, _, err := f.Login().Session(f.Context(), acme, "s")
		require.NoError(f, err)
		require.True(f, s.SeenAt.Equal(now.Add(time.Minute)))
		require.NoError(f, f.Login().Seen(f.Context(), acme, "none", now))
	}},
	{"end once", func(f fixture) {
		f.tenant(acme)
		ada := f.user(acme, "ada")
		f.open(session(ada, "s"))
		f.open(session(ada, "other"))
		f.login(acme, func(tx login.Tx) error {
			s, ok, err := tx.EndSession("s")
			require.True(f, ok)
			f.same(session(ada, "s"), s)
			return err
		})
		f.login(acme, func(tx login.Tx) error {
			_, ok, err := tx.EndSession("s")
			require.False(f, ok)
			return err
		})
		_, _, err := f.Login().Session(f.Context(), acme, "s")
		f.refused(sso.NotFound, err)
		_, _, err = f.Login().Session(f.Context(), acme, "other")
		require.NoError(f, err)
	}},
	{"keep the name as the provider gave it", func(f fixture) {
		f.tenant(acme)
		want := session(f.user(acme, "ada"), "s")
		want.NameID.NameQualifier, want.NameID.SPNameQualifier = "urn:q", "urn:sp"
		f.open(want)
		s, _, err := f.Login().Session(f.Context(), acme, "s")
		require.NoError(f, err)
		f.same(want, s)
	}},
	{"end by the provider's request, of that name and no other", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		ada, bob := f.user(acme, "ada"), f.user(acme, "bob")
		with := func(u sso.User, hash string, change func(*sso.Session)) sso.Session {
			s := session(u, hash)
			change(&s)
			f.open(s)
			return s
		}
		name := session(ada, "").NameID
		first := with(ada, "a1", func(s *sso.Session) { s.SessionIndex = "i1" })
		with(ada, "a2", func(s *sso.Session) { s.SessionIndex = "i2" })
		with(ada, "plain", func(s *sso.Session) { s.NameID.Format = sso.FormatEmail })
		with(ada, "other provider", func(s *sso.Session) { s.IDPEntityID = "https://other.example" })
		with(ada, "password", func(s *sso.Session) {
			*s = sso.Session{Tenant: acme, Hash: s.Hash, User: ada.ID, Method: sso.ByPassword, ExpiresAt: now}
		})
		with(bob, "b1", func(s *sso.Session) { s.SessionIndex = "i1" })
		with(f.user(globex, "ada"), "g1", func(s *sso.Session) { s.NameID = name })
		ends := func(indexes ...string) (hashes []string) {
			f.login(acme, func(tx login.Tx) error {
				ended, err := tx.EndSessionsOf(sso.LogoutRequest{IDPEntityID: idp, NameID: name, SessionIndexes: indexes})
				for _, s := range ended {
					hashes = append(hashes, s.Hash)
					if s.Hash == "a1" {
						f.same(first, s)
					}
				}
				return err
			})
			return hashes
		}
		require.Empty(f, ends("i9"))
		require.Equal(f, []string{"a1"}, ends("i9", "i1"))
		require.Equal(f, []string{"a2"}, ends())
		require.Empty(f, ends())
		for hash, t := range map[string]sso.TenantID{"plain": acme, "other provider": acme, "password": acme, "b1": acme, "g1": globex} {
			_, _, err := f.Login().Session(f.Context(), t, hash)
			require.NoError(f, err, hash)
		}
	}},
	{"are listed by their user, the one used last first", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		ada, bob := f.user(acme, "ada"), f.user(acme, "bob")
		for i, hash := range []string{"a1", "a2", "a3"} {
			s := session(ada, hash)
			s.SeenAt = now.Add(time.Duration(i%2) * time.Minute)
			f.open(s)
		}
		f.open(session(bob, "b1"))
		f.open(session(f.user(globex, "ada"), "g1"))
		f.login(acme, func(tx login.Tx) error {
			list, err := tx.Sessions(ada.ID)
			require.NoError(f, err)
			var hashes []string
			for _, s := range list {
				hashes = append(hashes, s.Hash)
			}
			require.Equal(f, []string{"a2", "a1", "a3"}, hashes)
			list, err = tx.Sessions("u_nobody")
			require.Empty(f, list)
			return err
		})
	}},
	{"Rule07 end with their user or tenant", func(f fixture) {
		f.tenant(acme)
		ada, bob := f.user(acme, "ada"), f.user(acme, "bob")
		for _, s := range []sso.Session{session(ada, "a1"), session(ada, "a2"), session(bob, "b1")} {
			f.open(s)
		}
		open := func(hash string) bool {
			_, _, err := f.Login().Session(f.Context(), acme, hash)
			return err == nil
		}
		f.dir(acme, func(tx directory.Tx) error { return tx.EndSessions(ada.ID) })
		require.Equal(f, []bool{false, false, true}, []bool{open("a1"), open("a2"), open("b1")})
		f.dir(acme, func(tx directory.Tx) error { return tx.EndAllSessions() })
		require.False(f, open("b1"))
	}},
}

// token is one of acme.
func token(id string) directory.Token {
	return directory.Token{Tenant: acme, ID: id, Name: "CI", Hash: "hash of " + id, CreatedAt: now, CreatedBy: "operator:cli"}
}

var tokenTests = []test{
	{"are found by their hash", func(f fixture) {
		f.tenant(acme)
		f.dir(acme, func(tx directory.Tx) error {
			return errors.Join(tx.CreateToken(token("k_2")), tx.CreateToken(token("k_1")))
		})
		f.same(token("k_1"), must[directory.Token](f)(f.Directory().TokenByHash(f.Context(), token("k_1").Hash)))
		f.same([]directory.Token{token("k_1"), token("k_2")}, must[[]directory.Token](f)(f.Directory().Tokens(f.Context(), acme)))
		_, err := f.Directory().TokenByHash(f.Context(), "x")
		f.refused(sso.NotFound, err)
		f.dirFails(sso.Duplicate, acme, func(tx directory.Tx) error { return tx.CreateToken(token("k_1")) })
	}},
	{"count while who made them is an active administrator", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		made := token("k_1")
		made.CreatedBy = "user:u_ada"
		f.dir(acme, func(tx directory.Tx) error { return errors.Join(tx.CreateToken(made), tx.CreateToken(token("k_2"))) })
		counts := func(want bool, why string) {
			_, err := f.Directory().TokenByHash(f.Context(), made.Hash)
			require.Equal(f, want, err == nil, "%s: %v", why, err)
			if !want {
				f.refused(sso.NotFound, err)
			}
			_, err = f.Directory().TokenByHash(f.Context(), token("k_2").Hash)
			require.NoError(f, err, "the operator's")
		}
		counts(false, "made by nobody")
		ada := f.user(acme, "ada")
		other := ada
		other.Tenant, other.Roles = globex, []sso.Key{sso.Administrator}
		f.dir(globex, func(tx directory.Tx) error { return tx.CreateUser(other) })
		as := func(status sso.Status, roles ...sso.Key) {
			ada.Status, ada.Roles = status, roles
			f.dir(acme, func(tx directory.Tx) error { return tx.UpdateUser(ada) })
		}
		as(sso.Active, "agent", "compliance_administrator")
		counts(false, "no administrator")
		as(sso.Invited, sso.Administrator)
		counts(false, "invited alone: nobody has proven to be that person yet")
		as(sso.Active, "agent", sso.Administrator)
		counts(true, "an administrator")
		as(sso.Deactivated, sso.Administrator)
		counts(false, "deactivated")
		as(sso.Active, sso.Administrator)
		counts(true, "reactivated")
		f.dir(acme, func(tx directory.Tx) error { return tx.DeleteUser(ada.ID) })
		counts(false, "deleted")
	}},
	{"are gone when they are deleted", func(f fixture) {
		f.tenant(acme)
		f.dir(acme, func(tx directory.Tx) error { return tx.CreateToken(token("k_1")) })
		f.dir(acme, func(tx directory.Tx) error { return tx.DeleteToken("k_1") })
		f.dirFails(sso.NotFound, acme, func(tx directory.Tx) error { return tx.DeleteToken("k_1") })
		_, err := f.Directory().TokenByHash(f.Context(), token("k_1").Hash)
		f.refused(sso.NotFound, err)
	}},
}

var linkTests = []test{
	{"can be looked at often and spent once", func(f fixture) {
		f.tenant(acme)
		ada := f.user(acme, "ada")
		links := []directory.Link{
			{Tenant: acme, Hash: "l1", Purpose: directory.SetPassword, User: ada.ID, Expires: now.Add(time.Hour)},
			{Tenant: acme, Hash: "l2", Purpose: directory.FirstAdministrator, Email: "boss@example.com", Expires: now.Add(time.Hour)},
			{Tenant: acme, Hash: "l3", Purpose: directory.FirstAdministrator, Expires: now.Add(time.Hour)},
		}
		for _, l := range links {
			f.dir(acme, func(tx directory.Tx) error { return tx.CreateLink(l) })
			for range 2 {
				f.same(l, must[directory.Link](f)(f.Directory().Link(f.Context(), acme, l.Hash, now)))
			}
			f.dir(acme, func(tx directory.Tx) error {
				spent, err := tx.SpendLink(l.Hash, now)
				f.same(l, spent)
				return err
			})
			f.dirFails(sso.LinkInvalid, acme, func(tx directory.Tx) error { _, err := tx.SpendLink(l.Hash, now); return err })
			_, err := f.Directory().Link(f.Context(), acme, l.Hash, now)
			f.refused(sso.LinkInvalid, err)
		}
	}},
	{"expire", func(f fixture) {
		f.tenant(acme)
		f.dir(acme, func(tx directory.Tx) error {
			return tx.CreateLink(directory.Link{Tenant: acme, Hash: "l", Purpose: directory.FirstAdministrator, Expires: now})
		})
		_, err := f.Directory().Link(f.Context(), acme, "l", now.Add(-1))
		require.NoError(f, err)
		_, err = f.Directory().Link(f.Context(), acme, "l", now)
		f.refused(sso.LinkInvalid, err)
		f.dirFails(sso.LinkInvalid, acme, func(tx directory.Tx) error { _, err := tx.SpendLink("l", now); return err })
		f.dir(acme, func(tx directory.Tx) error { _, err := tx.SpendLink("l", now.Add(-1)); return err })
	}},
	{"of a spending that fails stay", func(f fixture) {
		f.tenant(acme)
		boom := errors.New("boom")
		f.dir(acme, func(tx directory.Tx) error {
			return tx.CreateLink(directory.Link{Tenant: acme, Hash: "l", Purpose: directory.FirstAdministrator, Expires: now.Add(time.Hour)})
		})
		err := f.Directory().InTx(f.Context(), acme, func(tx directory.Tx) error {
			_, err := tx.SpendLink("l", now)
			return errors.Join(err, boom)
		})
		require.ErrorIs(f, err, boom)
		_, err = f.Directory().Link(f.Context(), acme, "l", now)
		require.NoError(f, err)
	}},
	{"that never were are invalid", func(f fixture) {
		f.tenant(acme)
		_, err := f.Directory().Link(f.Context(), acme, "none", now)
		f.refused(sso.LinkInvalid, err)
		f.dirFails(sso.LinkInvalid, acme, func(tx directory.Tx) error { _, err := tx.SpendLink("none", now); return err })
	}},
}
