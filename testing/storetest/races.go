package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

const many = 64

// race runs do many times at once and returns how often each code came out ("" for success).
func (f fixture) race(do func(i int) error) map[sso.Code]int {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		start = make(chan struct{})
		codes = map[sso.Code]int{}
	)
	for i := range many {
		wg.Go(func() {
			<-start
			err := do(i)
			mu.Lock()
			defer mu.Unlock()
			code := sso.CodeOf(err)
			if code == sso.Internal {
				f.Errorf("run %d: %v", i, err)
			}
			codes[code]++
		})
	}
	close(start)
	wg.Wait()
	return codes
}

var raceTests = []test{
	{"one of 64 equal assertions is used", func(f fixture) {
		f.tenant(acme)
		codes := f.race(func(i int) error {
			return f.Login().InTx(f.Context(), acme, func(tx login.Tx) error {
				return tx.UseOnce(idp, "_same", fmt.Sprint("_r", i), now.Add(time.Minute))
			})
		})
		require.Equal(f, map[sso.Code]int{"": 1, sso.ReplayAssertion: many - 1}, codes)
	}},
	{"one of 64 equal logout requests is used", func(f fixture) {
		f.tenant(acme)
		codes := f.race(func(int) error {
			return f.Login().InTx(f.Context(), acme, func(tx login.Tx) error { return tx.UseLogout(idp, "_same", now.Add(time.Minute)) })
		})
		require.Equal(f, map[sso.Code]int{"": 1, sso.SLOReplay: many - 1}, codes)
	}},
	{"one of 64 answers to a request is used", func(f fixture) {
		f.tenant(acme)
		codes := f.race(func(i int) error {
			return f.Login().InTx(f.Context(), acme, func(tx login.Tx) error {
				return tx.UseOnce(idp, fmt.Sprint("_a", i), "_same", now.Add(time.Minute))
			})
		})
		require.Equal(f, map[sso.Code]int{"": 1, sso.ReplayRequest: many - 1}, codes)
	}},
	{"64 first logins of one person make one user", func(f fixture) {
		f.tenant(acme)
		var created atomic.Int32
		codes := f.race(func(i int) error {
			var mine bool
			err := f.Login().InTx(f.Context(), acme, func(tx login.Tx) error {
				mine = false
				if _, _, err := tx.Active(); err != nil {
					return err
				}
				if err := tx.UseOnce(idp, fmt.Sprint("_a", i), fmt.Sprint("_r", i), now); err != nil {
					return err
				}
				u, ok, err := tx.UserByIdentity(identity(acme, "ada"))
				if err != nil {
					return err
				}
				if !ok {
					mine, u = true, person(acme, "ada")
					u.ID = sso.UserID(fmt.Sprint("u_", i))
					if err := tx.CreateUser(u); err != nil {
						return err
					}
					if err := tx.Link(identity(acme, "ada"), u.ID, now); err != nil {
						return err
					}
				}
				return tx.CreateSession(session(u, fmt.Sprint("s", i)))
			})
			if err == nil && mine {
				created.Add(1)
			}
			return err
		})
		require.Equal(f, map[sso.Code]int{"": many}, codes)
		require.Equal(f, int32(1), created.Load())
		require.Equal(f, []string{"ada@example.com"}, f.people(acme, directory.UserQuery{}))
		for i := range many {
			_, _, err := f.Login().Session(f.Context(), acme, fmt.Sprint("s", i))
			require.NoError(f, err)
		}
	}},
	{"one of 64 saves of a version wins", func(f fixture) {
		f.tenant(acme)
		codes := f.race(func(int) error {
			return f.Settings().Save(f.Context(), save(new(fullSettings(1)), new(fullConnection(1))))
		})
		require.Equal(f, map[sso.Code]int{"": 1, sso.VersionConflict: many - 1}, codes)
		version, revision, audited := f.saved()
		require.Equal(f, []any{int64(1), int64(1), 1}, []any{version, revision, audited})
	}},
	{"a link is spent by one of 64", func(f fixture) {
		f.tenant(acme)
		f.dir(acme, func(tx directory.Tx) error {
			return tx.CreateLink(directory.Link{Tenant: acme, Hash: "l", Purpose: directory.FirstAdministrator, Expires: now.Add(time.Hour)})
		})
		codes := f.race(func(int) error {
			return f.Directory().InTx(f.Context(), acme, func(tx directory.Tx) error { _, err := tx.SpendLink("l", now); return err })
		})
		require.Equal(f, map[sso.Code]int{"": 1, sso.LinkInvalid: many - 1}, codes)
	}},
	{"a tenant is made by one of 64", func(f fixture) {
		codes := f.race(func(int) error {
			return f.Directory().InTx(f.Context(), acme, func(tx directory.Tx) error {
				return tx.CreateTenant(sso.Tenant{ID: acme, Name: "Acme"}, sso.Catalogues{Roles: sso.DefaultRoles()})
			})
		})
		require.Equal(f, map[sso.Code]int{"": 1, sso.SlugTaken: many - 1}, codes)
	}},
	{"Rule11 administrators who demote each other leave one", func(f fixture) {
		f.tenant(acme)
		for i := range many {
			u := person(acme, strconv.Itoa(i))
			u.Roles = []sso.Key{sso.Administrator}
			f.dir(acme, func(tx directory.Tx) error { return tx.CreateUser(u) })
		}
		codes := f.race(func(i int) error {
			return f.Directory().InTx(f.Context(), acme, func(tx directory.Tx) error {
				u, err := tx.User(sso.UserID(fmt.Sprint("u_", i)))
				if err != nil {
					return err
				}
				others, err := tx.ActiveAdministrators(u.ID)
				if err != nil {
					return err
				}
				if others == 0 {
					return sso.Refuse("test", sso.LastAdministrator)
				}
				u.Roles = []sso.Key{"agent"}
				return tx.UpdateUser(u)
			})
		})
		require.Equal(f, map[sso.Code]int{"": many - 1, sso.LastAdministrator: 1}, codes)
	}},
	{"Rule11 logins that take each other's administrators away leave one", func(f fixture) {
		f.tenant(acme)
		for _, name := range []string{"ada", "bob"} {
			u := person(acme, name)
			u.Roles = []sso.Key{sso.Administrator}
			f.dir(acme, func(tx directory.Tx) error { return tx.CreateUser(u) })
		}
		strip := func(id sso.UserID, counted func()) error {
			return f.Login().InTx(f.Context(), acme, func(tx login.Tx) error {
				u, err := tx.User(id)
				if err != nil {
					return err
				}
				others, err := tx.ActiveAdministrators(u.ID)
				if err != nil || others == 0 {
					return err
				}
				counted()
				u.Roles = []sso.Key{"agent"}
				return tx.UpdateUser(u)
			})
		}
		second, counted := make(chan error, 1), make(chan struct{}, many)
		start := sync.OnceFunc(func() {
			go func() { second <- strip("u_bob", func() { counted <- struct{}{} }) }()
			select { // a store that keeps the second from counting lets this time pass
			case <-counted:
			case <-time.After(300 * time.Millisecond):
			}
		})
		require.NoError(f, strip("u_ada", start))
		require.NoError(f, <-second)
		f.login(acme, func(tx login.Tx) error {
			left, err := tx.ActiveAdministrators("nobody")
			require.Equal(f, 1, left)
			return err
		})
	}},
	{"Rule07 no session outlives the save that ends it", func(f fixture) {
		f.tenant(acme)
		require.NoError(f, f.Settings().Save(f.Context(), save(new(fullSettings(1)), nil)))
		ada := f.user(acme, "ada")
		f.race(func(i int) error {
			if i == many/2 {
				off := fullSettings(2)
				off.Provider = "azure"
				change := save(&off, nil)
				change.End.Provider = "okta"
				return f.Settings().Save(f.Context(), change)
			}
			return f.Login().InTx(f.Context(), acme, func(tx login.Tx) error {
				if _, p, err := tx.Active(); err != nil || p != "okta" {
					return errors.Join(err, sso.Refuse("test", sso.SSOInactive))
				}
				return tx.CreateSession(session(ada, fmt.Sprint("s", i)))
			})
		})
		for i := range many {
			_, _, err := f.Login().Session(f.Context(), acme, fmt.Sprint("s", i))
			f.refused(sso.NotFound, err)
		}
	}},
	{"Rule07 no session outlives the save that leaves its entity ID", func(f fixture) {
		f.tenant(acme)
		first := fullConnection(1)
		first.IdP.EntityID = idp
		require.NoError(f, f.Settings().Save(f.Context(), save(new(fullSettings(1)), &first)))
		ada := f.user(acme, "ada")
		f.race(func(i int) error {
			if i == many/2 {
				moved := fullConnection(2)
				moved.IdP.EntityID = idp + "/2"
				change := save(nil, &moved)
				change.End.Provider, change.End.EntityID = "okta", moved.IdP.EntityID
				return f.Settings().Save(f.Context(), change)
			}
			return f.Login().InTx(f.Context(), acme, func(tx login.Tx) error {
				if issuer, err := tx.Issuer("okta"); err != nil || issuer != idp {
					return errors.Join(err, sso.Refuse("test", sso.SSOInactive))
				}
				return tx.CreateSession(session(ada, fmt.Sprint("s", i)))
			})
		})
		for i := range many {
			_, _, err := f.Login().Session(f.Context(), acme, fmt.Sprint("s", i))
			f.refused(sso.NotFound, err)
		}
		f.login(acme, func(tx login.Tx) error {
			issuer, err := tx.Issuer("azure")
			require.Empty(f, issuer, "no connection")
			return err
		})
	}},
	{"a login does not undo a deactivation", func(f fixture) {
		f.tenant(acme)
		ada := f.user(acme, "ada")
		f.race(func(i int) error {
			if i == many/2 {
				return f.Directory().InTx(f.Context(), acme, func(tx directory.Tx) error {
					u, err := tx.User(ada.ID)
					if err != nil {
						return err
					}
					u.Status = sso.Deactivated
					return errors.Join(tx.UpdateUser(u), tx.EndSessions(u.ID))
				})
			}
			return f.Login().InTx(f.Context(), acme, func(tx login.Tx) error {
				u, _, err := tx.UserByEmail(ada.Email)
				if err != nil {
					return err
				}
				if !u.CanSignIn() {
					return sso.Refuse("test", sso.UserDeactivated)
				}
				u.Status, u.LastLoginAt = sso.Active, now.Add(time.Duration(i))
				return errors.Join(tx.UpdateUser(u), tx.CreateSession(session(u, fmt.Sprint("s", i))))
			})
		})
		require.Equal(f, sso.Deactivated, must[directory.Person](f)(f.Directory().User(f.Context(), acme, ada.ID)).Status)
		for i := range many {
			_, _, err := f.Login().Session(f.Context(), acme, fmt.Sprint("s", i))
			f.refused(sso.NotFound, err)
		}
	}},
}
