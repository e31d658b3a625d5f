package directory_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// plugin is whether people can sign in by SSO.
type plugin struct{ gone bool }

func (p *plugin) Working(context.Context, sso.TenantID) (bool, error) { return !p.gone, nil }

// invited adds somebody by an administrator whose browser speaks German.
func (h *house) invited(t *testing.T, email string) directory.Person {
	t.Helper()
	by := admin
	by.Language = "de"
	p, err := h.CreateUser(t.Context(), by, tenant, directory.NewUser{Email: email, Name: "Ada", Roles: []sso.Key{"agent"}})
	require.NoError(t, err)
	return p
}

func (h *house) state(t *testing.T, id sso.UserID) directory.PersonInvitation {
	t.Helper()
	p, err := h.User(t.Context(), admin, tenant, id)
	require.NoError(t, err)
	return h.InvitationOf(p)
}

// letter is the next letter that is due.
func (h *house) letter(t *testing.T) directory.Letter {
	t.Helper()
	l, ok, err := h.NextMail(t.Context())
	require.NoError(t, err)
	require.True(t, ok, "no mail is due")
	return l
}

func (h *house) nothing(t *testing.T) {
	t.Helper()
	_, ok, err := h.NextMail(t.Context())
	require.NoError(t, err)
	require.False(t, ok, "a mail is due")
}

func TestWhoeverIsAddedGetsAnInvitation(t *testing.T) {
	h := newHouse(t)
	p := h.invited(t, "ada@example.com")
	require.Equal(t, directory.PersonInvitation{State: directory.InvitationWaiting, Queued: start}, h.InvitationOf(p))
	h.now = start.Add(time.Hour) // the link's day begins when the mail goes
	l := h.letter(t)
	require.Equal(t, sso.Email("ada@example.com"), l.To)
	require.Equal(t, "Ada", l.Name)
	require.Equal(t, directory.InvitationMail, l.Kind)
	require.Equal(t, "de", l.Language)
	require.False(t, l.SSO)
	require.Equal(t, h.now.Add(24*time.Hour), l.Expires)
	require.Equal(t, directory.InvitationWaiting, h.state(t, p.ID).State, "taken is not sent")
	h.nothing(t)
	require.NoError(t, h.MailSent(t.Context(), l))
	require.Equal(t, directory.PersonInvitation{State: directory.InvitationSent, Queued: start, Sent: h.now, Expires: l.Expires}, h.state(t, p.ID))

	link, err := h.OpenLink(t.Context(), tenant, l.Token)
	require.NoError(t, err)
	require.Equal(t, directory.Invitation, link.Purpose)
	h.now = l.Expires
	require.Equal(t, directory.InvitationExpired, h.state(t, p.ID).State)
	_, err = h.OpenLink(t.Context(), tenant, l.Token)
	refusal(t, err, sso.LinkInvalid)
}

func TestAnInvitationFollowsTheSettings(t *testing.T) {
	h := newHouse(t)
	p := h.invited(t, "ada@example.com")
	l := h.letter(t)
	h.ssoOn(t) // after it was sent: the same link starts the sign-in now
	link, err := h.OpenLink(t.Context(), tenant, l.Token)
	require.NoError(t, err)
	require.True(t, link.SSO)
	spent, err := h.SpendLink(t.Context(), tenant, l.Token, directory.LinkAnswer{})
	require.NoError(t, err)
	require.True(t, spent.SSO)
	u, err := h.User(t.Context(), admin, tenant, p.ID)
	require.NoError(t, err)
	require.Equal(t, sso.Invited, u.Status, "until the sign-in")
	require.Empty(t, u.PasswordHash)
	_, err = h.SpendLink(t.Context(), tenant, l.Token, directory.LinkAnswer{})
	refusal(t, err, sso.LinkInvalid)

	_, err = h.Invite(t.Context(), admin, tenant, p.ID)
	require.NoError(t, err)
	l = h.letter(t)
	require.True(t, l.SSO)
	h.settings(t, func(s *sso.Settings) { s.UseSSO = false })
	_, err = h.SpendLink(t.Context(), tenant, l.Token, directory.LinkAnswer{})
	refusal(t, err, sso.PasswordWeak)
	spent, err = h.SpendLink(t.Context(), tenant, l.Token, directory.LinkAnswer{Password: password})
	require.NoError(t, err, "the refusal left it unspent")
	require.False(t, spent.SSO)
	require.Equal(t, sso.Active, spent.User.Status)
}

func TestNobodyIsInvitedWhileSSOCannotBeUsed(t *testing.T) {
	h := newHouse(t)
	broken := &plugin{gone: true}
	h.SSO = broken
	p := h.invited(t, "ada@example.com")
	require.Equal(t, sso.InvitationNotReady, p.NotInvited)
	i := h.InvitationOf(p)
	require.Equal(t, directory.NotInvited, i.State)
	require.Equal(t, sso.InvitationNotReady, i.Error.Code)
	h.nothing(t)
	_, err := h.Invite(t.Context(), admin, tenant, p.ID)
	refusal(t, err, sso.InvitationNotReady)
	_, err = h.InviteRest(t.Context(), admin, tenant)
	refusal(t, err, sso.InvitationNotReady)
	report, err := h.Import(t.Context(), admin, tenant, []byte("email,roles\nbob@example.com,agent\n"), false)
	require.NoError(t, err)
	require.Equal(t, sso.InvitationNotReady, report.NotInvited)
	h.nothing(t)

	broken.gone = false
	n, err := h.InviteRest(t.Context(), admin, tenant)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	h.ssoOn(t)
	broken.gone = true // after it was queued: it waits, and says why
	h.nothing(t)
	i = h.state(t, p.ID)
	require.Equal(t, directory.InvitationWaiting, i.State)
	require.Equal(t, sso.InvitationNotReady, i.Error.Code)
	broken.gone = false
	h.now = start.Add(directory.MailLease)
	h.letter(t)
	h.letter(t)
	h.nothing(t)
}

func TestAResendEndsTheEarlierLink(t *testing.T) {
	h := newHouse(t)
	p := h.invited(t, "ada@example.com")
	first := h.letter(t)
	require.NoError(t, h.MailSent(t.Context(), first))
	_, err := h.Invite(t.Context(), admin, tenant, p.ID)
	require.NoError(t, err)
	require.Equal(t, "user.invite", h.audit(t, tenant).Action)
	_, err = h.OpenLink(t.Context(), tenant, first.Token)
	refusal(t, err, sso.LinkInvalid)
	second := h.letter(t)
	_, err = h.Invite(t.Context(), admin, tenant, p.ID) // while the second is on its way
	require.NoError(t, err)
	require.NoError(t, h.MailSent(t.Context(), second))
	require.Equal(t, directory.InvitationWaiting, h.state(t, p.ID).State, "the outcome of the second is not that of the third")
	third := h.letter(t)
	_, err = h.OpenLink(t.Context(), tenant, second.Token)
	refusal(t, err, sso.LinkInvalid)
	_, err = h.OpenLink(t.Context(), tenant, third.Token)
	require.NoError(t, err)
}

func TestAMailIsTriedAgain(t *testing.T) {
	h := newHouse(t)
	p := h.invited(t, "ada@example.com")
	why := directory.MailError{Code: sso.MailDeferred, Detail: "451 later"}
	pause := 30 * time.Second
	for range 3 {
		l := h.letter(t)
		require.NoError(t, h.MailNotSent(t.Context(), l, why, false))
		i := h.state(t, p.ID)
		require.Equal(t, directory.InvitationWaiting, i.State)
		require.Equal(t, why, i.Error)
		h.now = h.now.Add(pause*4/5 - time.Second)
		h.nothing(t)
		h.now = h.now.Add(pause*2/5 + time.Second)
		pause *= 2
	}
	l := h.letter(t) // whoever has it dies
	h.now = h.now.Add(directory.MailLease)
	again := h.letter(t)
	require.NotEqual(t, l.Token, again.Token)
	_, err := h.OpenLink(t.Context(), tenant, l.Token)
	refusal(t, err, sso.LinkInvalid)
	require.NoError(t, h.MailSent(t.Context(), l))
	require.Equal(t, directory.InvitationWaiting, h.state(t, p.ID).State, "who lost the lease reports nothing")
	refused := directory.MailError{Code: sso.MailRefused, Detail: "550 unknown"}
	require.NoError(t, h.MailNotSent(t.Context(), again, refused, true))
	require.Equal(t, directory.InvitationFailed, h.state(t, p.ID).State)
	list, err := h.Undelivered(t.Context(), admin, tenant)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, refused, list[0].Error)
	h.now = h.now.Add(30 * 24 * time.Hour)
	h.nothing(t)
	_, err = h.Invite(t.Context(), admin, tenant, p.ID)
	require.NoError(t, err)
	require.NoError(t, h.MailSent(t.Context(), h.letter(t)))
	require.Equal(t, directory.PersonInvitation{State: directory.InvitationSent, Queued: h.now, Sent: h.now, Expires: h.now.Add(24 * time.Hour)}, h.state(t, p.ID))
}

func TestAMailIsGivenUpAfterDays(t *testing.T) {
	h := newHouse(t)
	p := h.invited(t, "ada@example.com")
	tries := 0
	for h.state(t, p.ID).State == directory.InvitationWaiting {
		require.NoError(t, h.MailNotSent(t.Context(), h.letter(t), directory.MailError{Code: sso.MailUnreachable}, false))
		h.now = h.now.Add(72 * time.Minute)
		tries++
		require.LessOrEqual(t, tries, 100)
	}
	require.Equal(t, 80, tries)
	require.Equal(t, directory.InvitationFailed, h.state(t, p.ID).State)
}

func TestWithoutAMailServerMailWaits(t *testing.T) {
	h := newHouse(t)
	h.NoMail = true
	p := h.invited(t, "ada@example.com")
	require.Equal(t, sso.MailOff, h.state(t, p.ID).Error.Code)
	list, err := h.Undelivered(t.Context(), admin, tenant)
	require.NoError(t, err)
	require.Equal(t, sso.MailOff, list[0].Error.Code)
}

func TestWhoGetsNoInvitation(t *testing.T) {
	h := newHouse(t)
	p := h.invited(t, "ada@example.com")
	l := h.letter(t)
	require.NoError(t, h.MailSent(t.Context(), l))
	_, err := h.UpdateUser(t.Context(), admin, tenant, p.ID, directory.UserPatch{Status: new(sso.Deactivated)})
	require.NoError(t, err)
	_, err = h.Invite(t.Context(), admin, tenant, p.ID)
	refusal(t, err, sso.UserDeactivated)
	back, err := h.UpdateUser(t.Context(), admin, tenant, p.ID, directory.UserPatch{Status: new(sso.Active)})
	require.NoError(t, err)
	require.Equal(t, sso.Invited, back.Status, "nobody is active before they signed in")
	_, err = h.OpenLink(t.Context(), tenant, l.Token)
	refusal(t, err, sso.LinkInvalid)

	_, err = h.Invite(t.Context(), admin, tenant, p.ID)
	require.NoError(t, err)
	_, err = h.UpdateUser(t.Context(), admin, tenant, p.ID, directory.UserPatch{Status: new(sso.Deactivated)})
	require.NoError(t, err)
	h.nothing(t) // dropped at the time of sending
	require.Equal(t, directory.NotInvited, h.state(t, p.ID).State)

	report, err := h.Import(t.Context(), admin, tenant, []byte("email,roles,status\ngone@example.com,agent,deactivated\n"), false)
	require.NoError(t, err)
	require.Equal(t, 1, report.Created)
	h.nothing(t)
	_, err = h.Invite(t.Context(), admin, tenant, "u_nobody")
	refusal(t, err, sso.NotFound)
	_, err = h.Invite(t.Context(), sso.Actor{Kind: sso.Person, Tenant: tenant}, tenant, p.ID)
	refusal(t, err, sso.Forbidden)
}

func TestAnotherAddressEndsTheLinksOfTheFirst(t *testing.T) {
	h := newHouse(t)
	p := h.invited(t, "wrong@example.com")
	l := h.letter(t)
	require.NoError(t, h.MailSent(t.Context(), l))
	_, err := h.UpdateUser(t.Context(), admin, tenant, p.ID, directory.UserPatch{Email: new("right@example.com")})
	require.NoError(t, err)
	_, err = h.OpenLink(t.Context(), tenant, l.Token)
	refusal(t, err, sso.LinkInvalid)
	require.Equal(t, directory.InvitationExpired, h.state(t, p.ID).State)
	n, err := h.Uninvited(t.Context(), admin, tenant)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	n, err = h.InviteRest(t.Context(), admin, tenant)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, sso.Email("right@example.com"), h.letter(t).To)
}

// signedIn is what a first sign-in leaves on a person.
func (h *house) signedIn(t *testing.T, id sso.UserID, hash string) {
	t.Helper()
	require.NoError(t, h.store.Directory().InTx(t.Context(), tenant, func(tx directory.Tx) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		u.Status, u.LastLoginAt, u.PasswordHash = sso.Active, h.now.Add(time.Second), hash
		return tx.UpdateUser(u)
	}))
}

func TestRule07_PeopleWithoutAPasswordAreInvitedAgainWhileSSOIsOff(t *testing.T) {
	h := newHouse(t)
	p := h.invited(t, "ada@example.com")
	require.NoError(t, h.MailSent(t.Context(), h.letter(t)))
	h.signedIn(t, p.ID, "")
	require.Equal(t, directory.InvitationAccepted, h.state(t, p.ID).State)
	h.ssoOn(t)
	_, err := h.Invite(t.Context(), admin, tenant, p.ID)
	refusal(t, err, sso.InvitationAccepted)
	h.settings(t, func(s *sso.Settings) { s.UseSSO = false })
	h.now = start.Add(time.Hour)
	_, err = h.Invite(t.Context(), admin, tenant, p.ID)
	require.NoError(t, err)
	l := h.letter(t)
	_, err = h.SpendLink(t.Context(), tenant, l.Token, directory.LinkAnswer{Password: password})
	require.NoError(t, err)
	_, err = h.Invite(t.Context(), admin, tenant, p.ID)
	refusal(t, err, sso.InvitationAccepted)
}

func TestManyAreInvitedInParts(t *testing.T) {
	h := newHouse(t)
	h.SSO = &plugin{gone: true}
	file := []byte("email,roles\n")
	for i := range 501 {
		file = fmt.Appendf(file, "p%d@example.com,agent\n", i)
	}
	_, err := h.Import(t.Context(), admin, tenant, file, false)
	require.NoError(t, err)
	h.SSO = nil
	n, err := h.InviteRest(t.Context(), admin, tenant)
	require.NoError(t, err)
	require.Equal(t, 501, n)
	n, err = h.InviteRest(t.Context(), admin, tenant)
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestAForgottenPassword(t *testing.T) {
	h := newHouse(t)
	p := h.invited(t, "ada@example.com")
	invitation := h.letter(t)
	require.NoError(t, h.RequestReset(t.Context(), tenant, "Ada@Example.com", "de"))
	l := h.letter(t)
	require.Equal(t, directory.ResetMail, l.Kind)
	require.Equal(t, "de", l.Language)
	require.Equal(t, h.now.Add(time.Hour), l.Expires)
	h.session(t, p.ID, "old")
	spent, err := h.SpendLink(t.Context(), tenant, l.Token, directory.LinkAnswer{Password: password})
	require.NoError(t, err)
	require.Equal(t, "hashed "+password, spent.User.PasswordHash)
	require.False(t, h.open(t, "old"))
	_, err = h.OpenLink(t.Context(), tenant, invitation.Token)
	refusal(t, err, sso.LinkInvalid)

	require.NoError(t, h.RequestReset(t.Context(), "", "ada@example.com", ""))
	h.nothing(t) // one mail in five minutes, however often it is asked for
	h.now = h.now.Add(5 * time.Minute)
	require.NoError(t, h.RequestReset(t.Context(), "", "ada@example.com", ""), "the address leads to its tenant")
	l = h.letter(t)
	require.NoError(t, h.MailNotSent(t.Context(), l, directory.MailError{Code: sso.MailRefused}, true))
	require.NoError(t, h.RequestReset(t.Context(), "", "ada@example.com", ""), "after one that failed another goes at once")
	first := l
	l = h.letter(t)
	_, err = h.OpenLink(t.Context(), tenant, first.Token)
	require.NoError(t, err, "whoever keeps asking ends no link")
	h.now = h.now.Add(time.Hour)
	_, err = h.OpenLink(t.Context(), tenant, l.Token)
	refusal(t, err, sso.LinkInvalid)
	h.now = h.now.Add(directory.MailLease)
	h.nothing(t) // nobody waits for it any more
}

func TestAForgottenPasswordTellsNobodyAnything(t *testing.T) {
	h := newHouse(t)
	p := h.invited(t, "ada@example.com")
	require.NoError(t, h.MailSent(t.Context(), h.letter(t)))
	for _, email := range []string{"nobody@example.com", "no address", ""} {
		require.NoError(t, h.RequestReset(t.Context(), tenant, email, ""))
		require.NoError(t, h.RequestReset(t.Context(), "", email, ""))
		require.NoError(t, h.RequestReset(t.Context(), "nowhere", email, ""))
	}
	require.NoError(t, h.RequestReset(t.Context(), "nowhere", "ada@example.com", ""))
	h.nothing(t)
	require.NoError(t, h.RequestReset(t.Context(), tenant, "ada@example.com", ""))
	h.ssoOn(t)
	h.nothing(t) // turned on meanwhile
	require.NoError(t, h.RequestReset(t.Context(), tenant, "ada@example.com", ""))
	h.settings(t, func(s *sso.Settings) { s.UseSSO = false })
	h.nothing(t)
	_, err := h.UpdateUser(t.Context(), admin, tenant, p.ID, directory.UserPatch{Status: new(sso.Deactivated)})
	require.NoError(t, err)
	require.NoError(t, h.RequestReset(t.Context(), tenant, "ada@example.com", ""))
	h.nothing(t)
}
