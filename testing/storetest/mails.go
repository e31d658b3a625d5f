package storetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

func mail(u sso.User, kind directory.MailKind) directory.Mail {
	return directory.Mail{
		Tenant: u.Tenant, User: u.ID, Kind: kind, Language: "de", State: directory.MailWaiting, QueuedAt: now, DueAt: now,
		Error: directory.MailError{Code: sso.MailDeferred, Detail: "451 later"},
	}
}

func (f fixture) queue(m directory.Mail) {
	f.Helper()
	f.dir(m.Tenant, func(tx directory.Tx) error { return tx.QueueMail(m) })
}

func (f fixture) mailOf(u sso.User, kind directory.MailKind) (m directory.Mail) {
	f.Helper()
	f.dir(u.Tenant, func(tx directory.Tx) (err error) { m, err = tx.Mail(u.ID, kind); return err })
	return m
}

// claim takes a due mail; ok is false when none is.
func (f fixture) claim(at time.Time, claim string) (directory.Mail, bool) {
	f.Helper()
	m, ok, err := f.Directory().ClaimMail(f.Context(), at, at.Add(time.Minute), claim)
	require.NoError(f, err)
	return m, ok
}

var mailTests = []test{
	{"come back as they went in, one of a kind", func(f fixture) {
		f.tenant(acme)
		ada := f.user(acme, "ada")
		first, reset := mail(ada, directory.InvitationMail), mail(ada, directory.ResetMail)
		f.queue(first)
		f.queue(reset)
		f.same(first, f.mailOf(ada, directory.InvitationMail))
		again := first
		again.QueuedAt, again.Language, again.Attempts, again.State = now.Add(time.Second), "", 3, directory.MailFailed
		f.queue(again)
		f.same(again, f.mailOf(ada, directory.InvitationMail))
		f.same(reset, f.mailOf(ada, directory.ResetMail))
		p := must[directory.Person](f)(f.Directory().User(f.Context(), acme, ada.ID))
		f.same(&again, p.Mail)
	}},
	{"are taken when they are due, the oldest first, by one sender", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		late, early := mail(f.user(acme, "late"), directory.InvitationMail), mail(f.user(globex, "early"), directory.InvitationMail)
		late.DueAt = now.Add(time.Second)
		f.queue(late)
		f.queue(early)
		_, ok := f.claim(now.Add(-1), "c")
		require.False(f, ok, "not due yet")
		m, ok := f.claim(now.Add(time.Second), "c1")
		require.True(f, ok)
		require.Equal(f, early.User, m.User)
		require.Equal(f, "c1", m.Claim)
		m, ok = f.claim(now.Add(time.Second), "c2")
		require.True(f, ok)
		require.Equal(f, late.User, m.User)
		_, ok = f.claim(now.Add(time.Minute+time.Second-1), "c3")
		require.False(f, ok, "both are taken")
		m, ok = f.claim(now.Add(time.Minute+time.Second), "c4")
		require.True(f, ok, "the lease has ended")
		require.Equal(f, "c4", m.Claim)
	}},
	{"outcomes count while the claim holds", func(f fixture) {
		f.tenant(acme)
		ada := f.user(acme, "ada")
		f.queue(mail(ada, directory.InvitationMail))
		m, _ := f.claim(now, "c1")
		f.queue(mail(ada, directory.InvitationMail)) // asked for anew
		save := func(m directory.Mail) (ok bool) {
			f.dir(acme, func(tx directory.Tx) (err error) { ok, err = tx.SaveMail(m); return err })
			return ok
		}
		m.State = directory.MailSent
		require.False(f, save(m))
		f.dir(acme, func(tx directory.Tx) error { return tx.DropMail(m) })
		f.same(mail(ada, directory.InvitationMail), f.mailOf(ada, directory.InvitationMail))
		m, ok := f.claim(now, "c2")
		require.True(f, ok)
		m.State, m.SentAt, m.Expires = directory.MailSent, now, now.Add(time.Hour)
		require.True(f, save(m))
		f.same(m, f.mailOf(ada, directory.InvitationMail))
		_, ok = f.claim(now.Add(time.Hour), "c3")
		require.False(f, ok, "what is sent is not taken")
		f.dir(acme, func(tx directory.Tx) error { return tx.DropMail(m) })
		f.dirFails(sso.NotFound, acme, func(tx directory.Tx) error { _, err := tx.Mail(ada.ID, directory.InvitationMail); return err })
	}},
	{"belong to a person: go with them, and to none else", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		ada := f.user(acme, "ada")
		f.queue(mail(ada, directory.InvitationMail))
		f.dirFails(sso.NotFound, globex, func(tx directory.Tx) error { return tx.QueueMail(mail(ada, directory.InvitationMail)) })
		f.dirFails(sso.NotFound, globex, func(tx directory.Tx) error { _, err := tx.Mail(ada.ID, directory.InvitationMail); return err })
		f.dirFails(sso.NotFound, acme, func(tx directory.Tx) error { return tx.QueueMail(mail(person(acme, "bob"), directory.InvitationMail)) })
		broken := errors.New("on purpose")
		err := f.Directory().InTx(f.Context(), acme, func(tx directory.Tx) error {
			bob := person(acme, "bob")
			return errors.Join(tx.CreateUser(bob), tx.QueueMail(mail(bob, directory.InvitationMail)), broken)
		})
		require.ErrorIs(f, err, broken)
		require.Len(f, must[[]directory.Undelivered](f)(f.Directory().Undelivered(f.Context(), acme, 10)), 1, "no mail of a person who was not added")
		f.dir(acme, func(tx directory.Tx) error { return tx.DeleteUser(ada.ID) })
		require.Empty(f, must[[]directory.Undelivered](f)(f.Directory().Undelivered(f.Context(), acme, 10)))
		_, ok := f.claim(now, "c")
		require.False(f, ok)
	}},
	{"that wait or failed are listed, and who has none that works", func(f fixture) {
		f.tenant(acme)
		states := map[string]directory.MailState{"a": directory.MailWaiting, "b": directory.MailFailed, "c": directory.MailSent, "d": directory.MailSent}
		for name, state := range states {
			m := mail(f.user(acme, name), directory.InvitationMail)
			m.State, m.Expires = state, now.Add(time.Hour)
			if name == "d" {
				m.Expires = now
			}
			f.queue(m)
		}
		gone, seen := person(acme, "gone"), person(acme, "seen")
		gone.Status, seen.LastLoginAt = sso.Deactivated, now
		f.dir(acme, func(tx directory.Tx) error { return errors.Join(tx.CreateUser(gone), tx.CreateUser(seen)) })
		f.user(acme, "never")
		list := must[[]directory.Undelivered](f)(f.Directory().Undelivered(f.Context(), acme, 10))
		require.Len(f, list, 2)
		require.Equal(f, sso.Email("a@example.com"), list[0].Email)
		require.Equal(f, "b", list[1].Name)
		require.Equal(f, []directory.MailState{directory.MailWaiting, directory.MailFailed}, []directory.MailState{list[0].State, list[1].State})
		require.Equal(f, directory.InvitationMail, list[0].Kind)
		require.Len(f, must[[]directory.Undelivered](f)(f.Directory().Undelivered(f.Context(), acme, 1)), 1)
		came, has, left := person(acme, "came"), person(acme, "has"), person(acme, "left")
		came.LastLoginAt, has.PasswordHash, left.Status = now.Add(time.Second), "hash", sso.Deactivated
		for _, u := range []sso.User{came, has, left} {
			f.dir(acme, func(tx directory.Tx) error {
				return errors.Join(tx.CreateUser(u), tx.QueueMail(mail(u, directory.InvitationMail)))
			})
		}
		require.Len(f, must[[]directory.Undelivered](f)(f.Directory().Undelivered(f.Context(), acme, 10)), 2, "invitations that are of no use")
		f.queue(mail(has, directory.ResetMail))
		require.Len(f, must[[]directory.Undelivered](f)(f.Directory().Undelivered(f.Context(), acme, 10)), 3)
		var ids []sso.UserID
		f.dir(acme, func(tx directory.Tx) error {
			people, err := tx.Uninvited(now, 10)
			ids = nil
			for _, u := range people {
				ids = append(ids, u.ID)
			}
			return err
		})
		require.Equal(f, []sso.UserID{"u_b", "u_d", "u_never"}, ids)
		require.Equal(f, 3, must[int](f)(f.Directory().CountUninvited(f.Context(), acme, now)))
		_, err := f.Directory().Undelivered(f.Context(), "nowhere", 10)
		f.refused(sso.NotFound, err)
		_, err = f.Directory().CountUninvited(f.Context(), "nowhere", now)
		f.refused(sso.NotFound, err)
	}},
	{"links of a person end together, or those of one purpose", func(f fixture) {
		f.tenant(acme)
		ada, bob := f.user(acme, "ada"), f.user(acme, "bob")
		link := func(u sso.User, hash string, p directory.LinkPurpose) {
			f.dir(acme, func(tx directory.Tx) error {
				return tx.CreateLink(directory.Link{Tenant: acme, Hash: hash, Purpose: p, User: u.ID, Expires: now.Add(time.Hour)})
			})
		}
		link(ada, "i", directory.Invitation)
		link(ada, "r", directory.ResetPassword)
		link(bob, "b", directory.Invitation)
		works := func(hash string) bool {
			_, err := f.Directory().Link(f.Context(), acme, hash, now)
			return err == nil
		}
		f.dir(acme, func(tx directory.Tx) error { return tx.EndLinks(ada.ID, directory.Invitation, now) })
		require.Equal(f, []bool{false, true, true}, []bool{works("i"), works("r"), works("b")})
		f.dir(acme, func(tx directory.Tx) error { return tx.EndLinks(ada.ID, "", now) })
		require.Equal(f, []bool{false, false, true}, []bool{works("i"), works("r"), works("b")})
	}},
	{"of many, each goes to one of many senders", func(f fixture) {
		f.tenant(acme)
		const many = 12
		for i := range many {
			f.queue(mail(f.user(acme, fmt.Sprintf("u%02d", i)), directory.InvitationMail))
		}
		var mu sync.Mutex
		taken := map[sso.UserID]int{}
		var wg sync.WaitGroup
		for sender := range 4 {
			wg.Go(func() {
				for i := 0; ; i++ {
					m, ok, err := f.Directory().ClaimMail(f.Context(), now, now.Add(time.Minute), fmt.Sprintf("s%d-%d", sender, i))
					if err != nil {
						f.Error(err)
					}
					if !ok || err != nil {
						return
					}
					mu.Lock()
					taken[m.User]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for u, n := range taken {
			require.Equal(f, 1, n, "%s", u)
		}
		for { // what four gave up on, because the others were at it
			m, ok := f.claim(now, "last")
			if !ok {
				break
			}
			taken[m.User]++
		}
		require.Len(f, taken, many)
	}},
}
