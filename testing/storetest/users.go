package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

func identity(t sso.TenantID, value string) sso.Identity {
	return sso.Identity{Tenant: t, IDPEntityID: idp, Class: sso.ClassNameID, Value: value}
}

// people lists everybody that q finds, in parts of two.
func (f fixture) people(t sso.TenantID, q directory.UserQuery) (emails []string) {
	f.Helper()
	q.Limit = 2
	for {
		part, next, err := f.Directory().Users(f.Context(), t, q)
		require.NoError(f, err)
		for _, p := range part {
			emails = append(emails, string(p.Email))
		}
		if next == "" {
			return emails
		}
		q.Cursor = next
	}
}

var userTests = []test{
	{"come back as they were made and changed", func(f fixture) {
		f.tenant(acme)
		want := sso.User{
			Tenant: acme, ID: "u_1", Email: "ada@example.com", Name: "Ada “Лавлейс”", Roles: []sso.Key{"administrator", "agent"}, Inboxes: []sso.Key{"emea"},
			Status: sso.Invited, PasswordHash: "$argon2id$", CreatedAt: now, LastLoginAt: now.Add(time.Nanosecond),
			Logout: sso.Logout{At: now.Add(time.Minute), AuthnInstant: now.Add(-time.Minute)},
		}
		f.dir(acme, func(tx directory.Tx) error { return tx.CreateUser(want) })
		check := func() {
			f.Helper()
			f.same(directory.Person{User: want}, must[directory.Person](f)(f.Directory().User(f.Context(), acme, "u_1")))
			got, ok, err := f.Login().UserByEmail(f.Context(), acme, want.Email)
			require.NoError(f, err)
			require.True(f, ok)
			f.same(want, got)
			f.login(acme, func(tx login.Tx) error {
				got, err := tx.User("u_1")
				f.same(want, got)
				return err
			})
		}
		check()
		want = sso.User{Tenant: acme, ID: "u_1", Email: "ada@example.org", Name: "", Status: sso.Deactivated, CreatedAt: now}
		f.dir(acme, func(tx directory.Tx) error { return tx.UpdateUser(want) })
		check()
		_, ok, err := f.Login().UserByEmail(f.Context(), acme, "ada@example.com")
		require.NoError(f, err)
		require.False(f, ok, "the old address finds nobody")
	}},
	{"keep times to the nanosecond, however far", func(f fixture) {
		f.tenant(acme)
		u := person(acme, "ada")
		u.Logout = sso.Logout{At: now, AuthnInstant: time.Date(1999, 1, 1, 0, 0, 0, 1, time.UTC)}
		f.dir(acme, func(tx directory.Tx) error { return tx.CreateUser(u) })
		f.same(u, must[directory.Person](f)(f.Directory().User(f.Context(), acme, u.ID)).User)
	}},
	{"have an address each", func(f fixture) {
		f.tenant(acme)
		ada, bob := f.user(acme, "ada"), f.user(acme, "bob")
		twin := person(acme, "twin")
		twin.Email = ada.Email
		f.dirFails(sso.EmailTaken, acme, func(tx directory.Tx) error { return tx.CreateUser(twin) })
		f.loginFails(sso.EmailTaken, acme, func(tx login.Tx) error { return tx.CreateUser(twin) })
		bob.Email = ada.Email
		f.dirFails(sso.EmailTaken, acme, func(tx directory.Tx) error { return tx.UpdateUser(bob) })
		again := person(acme, "ada")
		again.Email = "other@example.com"
		f.dirFails(sso.Duplicate, acme, func(tx directory.Tx) error { return tx.CreateUser(again) })
	}},
	{"that do not exist are not found", func(f fixture) {
		f.tenant(acme)
		_, err := f.Directory().User(f.Context(), acme, "u_x")
		f.refused(sso.NotFound, err)
		_, err = f.Directory().User(f.Context(), acme, "u_\x00\xff")
		f.refused(sso.NotFound, err)
		f.dirFails(sso.NotFound, acme, func(tx directory.Tx) error { return tx.UpdateUser(person(acme, "x")) })
		f.dirFails(sso.NotFound, acme, func(tx directory.Tx) error { return tx.DeleteUser("u_x") })
		f.dirFails(sso.NotFound, acme, func(tx directory.Tx) error { _, err := tx.User("u_x"); return err })
		f.loginFails(sso.NotFound, acme, func(tx login.Tx) error { return tx.UpdateUser(person(acme, "x")) })
		_, ok, err := f.Login().UserByEmail(f.Context(), acme, "x@example.com")
		require.NoError(f, err)
		require.False(f, ok)
	}},
	{"are listed by address, found by name and status", func(f fixture) {
		f.tenant(acme)
		for _, name := range []string{"eve", "bob", "ada", "dan", "cid"} {
			f.user(acme, name)
		}
		odd := person(acme, "zed")
		odd.Name, odd.Status = `Żółta 100%_\ "Zed"`, sso.Deactivated
		f.dir(acme, func(tx directory.Tx) error { return tx.CreateUser(odd) })

		find := func(search string, status sso.Status) []string {
			return f.people(acme, directory.UserQuery{Search: search, Status: status})
		}
		require.Equal(f, []string{"ada@example.com", "bob@example.com", "cid@example.com", "dan@example.com", "eve@example.com", "zed@example.com"}, find("", ""))
		require.Equal(f, []string{"bob@example.com"}, find("BoB", ""))
		require.Len(f, find("@EXAMPLE", ""), 6)
		for _, search := range []string{"żółTA", "100%", "%_", `\ "`, "zed"} {
			require.Equal(f, []string{"zed@example.com"}, find(search, ""), search)
		}
		for _, search := range []string{"a%a", "b_b", "\x00", "\xff", "nobody", "'; DROP TABLE users; --"} {
			require.Empty(f, find(search, ""), search)
		}
		require.Equal(f, []string{"zed@example.com"}, find("", sso.Deactivated))
		require.Len(f, find("", sso.Active), 5)
		require.Empty(f, find("zed", sso.Active))
	}},
	{"are found by role and listed in every order", func(f fixture) {
		f.tenant(acme)
		for i, name := range []string{"Zoe", "ada", "Bea", "bea", "Éva"} {
			u := person(acme, fmt.Sprintf("p%d", i))
			u.Name, u.Roles, u.CreatedAt = name, []sso.Key{"agent_plus"}, now.Add(time.Duration(5-i)*time.Second)
			if i%2 == 0 {
				u.Roles, u.LastLoginAt = []sso.Key{"administrator", "agent"}, now.Add(time.Duration(i)) // to the nanosecond
			}
			f.dir(acme, func(tx directory.Tx) error { return tx.CreateUser(u) })
		}
		list := func(q directory.UserQuery) string {
			var places []byte
			for _, e := range f.people(acme, q) {
				places = append(places, e[1])
			}
			return string(places)
		}
		for order, want := range map[directory.UserOrder]string{
			"": "01234", directory.ByEmail: "01234", directory.ByName: "12304", directory.ByCreation: "43210", directory.ByLastLogin: "13024",
		} {
			require.Equal(f, want, list(directory.UserQuery{Order: order}), order)
			back := []byte(want)
			slices.Reverse(back)
			require.Equal(f, string(back), list(directory.UserQuery{Order: order, Descending: true}), order)
		}
		require.Equal(f, "024", list(directory.UserQuery{Role: "agent"}))
		require.Equal(f, "420", list(directory.UserQuery{Role: "administrator", Order: directory.ByLastLogin, Descending: true}))
		require.Equal(f, "3", list(directory.UserQuery{Role: "agent_plus", Search: "bea", Order: directory.ByName}))
		for _, nobody := range []sso.Key{"agen", "%", `agent","x`, "\x00", "\xff"} {
			require.Empty(f, list(directory.UserQuery{Role: nobody}), nobody)
		}
		_, _, err := f.Directory().Users(f.Context(), acme, directory.UserQuery{Order: directory.ByCreation, Page: directory.Page{Cursor: "eA", Limit: 2}})
		f.refused(sso.BadRequest, err)
	}},
	{"are known by their addresses", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		f.user(globex, "eve")
		ada := f.user(acme, "ada")
		many := []sso.Email{"eve@example.com", ada.Email, ada.Email}
		for i := range 1200 {
			many = append(many, sso.Email(fmt.Sprintf("nobody%d@example.com", i)))
		}
		f.dir(acme, func(tx directory.Tx) error {
			require.Empty(f, must[[]sso.Email](f)(tx.Taken(nil)))
			taken := must[[]sso.Email](f)(tx.Taken(many))
			require.Equal(f, []sso.Email{ada.Email}, slices.Compact(taken))
			return nil
		})
	}},
	{"are paged stably while others come and go", func(f fixture) {
		f.tenant(acme)
		for i := range 10 {
			f.user(acme, fmt.Sprintf("m%02d", i))
		}
		q := directory.UserQuery{Page: directory.Page{Limit: 4}}
		first, next, err := f.Directory().Users(f.Context(), acme, q)
		require.NoError(f, err)
		require.Len(f, first, 4)
		f.user(acme, "a-new")
		f.dir(acme, func(tx directory.Tx) error { return errors.Join(tx.DeleteUser("u_m03"), tx.DeleteUser("u_m04")) })
		q.Cursor = next
		second, _, err := f.Directory().Users(f.Context(), acme, q)
		require.NoError(f, err)
		require.Equal(f, sso.UserID("u_m05"), second[0].ID)
		require.Len(f, second, 4)
	}},
	{"are counted by role and inbox", func(f fixture) {
		f.tenant(acme)
		for i, roles := range [][]sso.Key{{"administrator"}, {"agent", "administrator"}, {"compliance_administrator"}, {"agent_plus"}, {"agent.plus"}} {
			u := person(acme, strconv.Itoa(i))
			u.Roles, u.Inboxes = roles, []sso.Key{"emea"}
			f.dir(acme, func(tx directory.Tx) error { return tx.CreateUser(u) })
		}
		sleeper := person(acme, "sleeper")
		sleeper.Roles, sleeper.Status = []sso.Key{"administrator"}, sso.Deactivated
		f.dir(acme, func(tx directory.Tx) error { return tx.CreateUser(sleeper) })
		f.dir(acme, func(tx directory.Tx) error {
			for key, want := range map[sso.Key]int{"administrator": 3, "agent": 1, "agent_plus": 1, "agent.plus": 1, "analyst": 0, "%": 0} {
				require.Equal(f, want, must[int](f)(tx.RoleHolders(key)), key)
			}
			require.Equal(f, 5, must[int](f)(tx.InboxHolders("emea")))
			require.Equal(f, 0, must[int](f)(tx.InboxHolders("administrator")))
			require.Equal(f, 2, must[int](f)(tx.ActiveAdministrators("")))
			require.Equal(f, 1, must[int](f)(tx.ActiveAdministrators("u_0")))
			require.Equal(f, 2, must[int](f)(tx.ActiveAdministrators("u_sleeper")))
			return nil
		})
		f.login(acme, func(tx login.Tx) error {
			require.Equal(f, 1, must[int](f)(tx.ActiveAdministrators("u_1")))
			return nil
		})
	}},
	{"that are deleted leave nothing behind", func(f fixture) {
		f.tenant(acme)
		ada := f.user(acme, "ada")
		f.open(session(ada, "s"))
		f.login(acme, func(tx login.Tx) error { return tx.Link(identity(acme, "ada"), ada.ID, now) })
		f.dir(acme, func(tx directory.Tx) error {
			return tx.CreateLink(directory.Link{Tenant: acme, Hash: "l", Purpose: directory.SetPassword, User: ada.ID, Expires: now.Add(time.Hour)})
		})
		f.dir(acme, func(tx directory.Tx) error { return tx.DeleteUser(ada.ID) })

		_, _, err := f.Login().Session(f.Context(), acme, "s")
		f.refused(sso.NotFound, err)
		_, ok, err := f.Login().UserByIdentity(f.Context(), identity(acme, "ada"))
		require.NoError(f, err)
		require.False(f, ok)
		_, err = f.Directory().Link(f.Context(), acme, "l", now)
		f.refused(sso.LinkInvalid, err)
		f.user(acme, "ada")
	}},
	{"of a transaction that fails were never there", func(f fixture) {
		f.tenant(acme)
		ada, boom := f.user(acme, "ada"), errors.New("boom")
		err := f.Directory().InTx(f.Context(), acme, func(tx directory.Tx) error {
			return errors.Join(tx.CreateUser(person(acme, "bob")), tx.DeleteUser(ada.ID), tx.SaveRoles(nil),
				tx.Audit(sso.AuditEntry{Tenant: acme, At: now, Action: "x"}), boom)
		})
		require.ErrorIs(f, err, boom)
		err = f.Login().InTx(f.Context(), acme, func(tx login.Tx) error {
			ada.Name = "changed"
			return errors.Join(tx.UpdateUser(ada), tx.CreateSession(session(ada, "s")), tx.UseOnce(idp, "_a", "_r", now), boom)
		})
		require.ErrorIs(f, err, boom)

		require.Equal(f, []string{"ada@example.com"}, f.people(acme, directory.UserQuery{}))
		f.same(person(acme, "ada"), must[directory.Person](f)(f.Directory().User(f.Context(), acme, ada.ID)).User)
		require.NotEmpty(f, must[sso.Catalogues](f)(f.Directory().Catalogues(f.Context(), acme)).Roles)
		_, _, err = f.Login().Session(f.Context(), acme, "s")
		f.refused(sso.NotFound, err)
		f.login(acme, func(tx login.Tx) error { return tx.UseOnce(idp, "_a", "_r", now) })
		rows, _, err := f.Directory().Audit(f.Context(), acme, directory.AuditQuery{Page: directory.Page{Limit: 10}})
		require.NoError(f, err)
		require.Empty(f, rows)
	}},
	{"see what their own transaction wrote", func(f fixture) {
		f.tenant(acme)
		f.login(acme, func(tx login.Tx) error {
			ada := person(acme, "ada")
			err := errors.Join(tx.CreateUser(ada), tx.Link(identity(acme, "ada"), ada.ID, now))
			got, ok, findErr := tx.UserByIdentity(identity(acme, "ada"))
			require.True(f, ok)
			f.same(ada, got)
			_, ok, mailErr := tx.UserByEmail(ada.Email)
			require.True(f, ok)
			return errors.Join(err, findErr, mailErr)
		})
	}},
}

var identityTests = []test{
	{"find the person they are linked to", func(f fixture) {
		f.tenant(acme)
		ada, bob := f.user(acme, "ada"), f.user(acme, "bob")
		id := identity(acme, "Ada")
		f.login(acme, func(tx login.Tx) error { return tx.Link(id, ada.ID, now) })

		got, ok, err := f.Login().UserByIdentity(f.Context(), id)
		require.NoError(f, err)
		require.True(f, ok)
		f.same(ada, got)
		for _, other := range []sso.Identity{
			{Tenant: acme, IDPEntityID: idp + "/", Class: id.Class, Value: id.Value},
			{Tenant: acme, IDPEntityID: idp, Class: sso.ClassPersistent, Value: id.Value},
			identity(acme, "ada"), identity(acme, "Ada "), identity(globex, "Ada"),
		} {
			_, ok, err := f.Login().UserByIdentity(f.Context(), other)
			if other.Tenant == acme {
				require.NoError(f, err)
			}
			require.False(f, ok, "%v", other)
		}
		f.login(acme, func(tx login.Tx) error {
			for u, want := range map[sso.UserID]bool{ada.ID: true, bob.ID: false} {
				require.Equal(f, want, must[bool](f)(tx.HasIdentity(u, idp)))
			}
			require.False(f, must[bool](f)(tx.HasIdentity(ada.ID, "https://other.example")))
			return nil
		})
		person := must[directory.Person](f)(f.Directory().User(f.Context(), acme, ada.ID))
		f.same([]directory.LinkedIdentity{{Identity: id, LinkedAt: now}}, person.Identities)
		listed, _, err := f.Directory().Users(f.Context(), acme, directory.UserQuery{Page: directory.Page{Limit: 10}})
		require.NoError(f, err)
		f.same(person.Identities, listed[0].Identities)
		require.Empty(f, listed[1].Identities)
	}},
	{"belong to one person", func(f fixture) {
		f.tenant(acme)
		ada, bob := f.user(acme, "ada"), f.user(acme, "bob")
		f.login(acme, func(tx login.Tx) error { return tx.Link(identity(acme, "n"), ada.ID, now) })
		f.loginFails(sso.IdentityConflict, acme, func(tx login.Tx) error { return tx.Link(identity(acme, "n"), bob.ID, now) })
		f.loginFails(sso.NotFound, acme, func(tx login.Tx) error { return tx.Link(identity(acme, "m"), "u_x", now) })
	}},
	{"can be taken off", func(f fixture) {
		f.tenant(acme)
		ada, bob := f.user(acme, "ada"), f.user(acme, "bob")
		f.login(acme, func(tx login.Tx) error {
			return errors.Join(tx.Link(identity(acme, "a"), ada.ID, now), tx.Link(identity(acme, "b"), ada.ID, now), tx.Link(identity(acme, "c"), bob.ID, now))
		})
		f.dir(acme, func(tx directory.Tx) error {
			require.Equal(f, 2, must[int](f)(tx.DeleteIdentities(ada.ID)))
			require.Equal(f, 0, must[int](f)(tx.DeleteIdentities(ada.ID)))
			return nil
		})
		_, ok, err := f.Login().UserByIdentity(f.Context(), identity(acme, "c"))
		require.NoError(f, err)
		require.True(f, ok)
	}},
}
