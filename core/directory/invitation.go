package directory

import (
	"context"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// InvitationState is how far an invitation has come.
type InvitationState string

// The states of an invitation.
const (
	NotInvited         InvitationState = "none"
	InvitationWaiting  InvitationState = "waiting"  // the mail is not sent yet
	InvitationSent     InvitationState = "sent"     // the link works
	InvitationExpired  InvitationState = "expired"  // nobody used the link in time
	InvitationAccepted InvitationState = "accepted" // the person has signed in since
	InvitationFailed   InvitationState = "failed"   // the mail cannot be sent
)

// PersonInvitation is the invitation of a person as administrators see it.
type PersonInvitation struct {
	State   InvitationState
	Queued  time.Time
	Sent    time.Time // zero before
	Expires time.Time // of the link that was sent; zero before
	Error   MailError // why there is none, or why it is not sent
}

// InvitationOf says how far the invitation of a person has come.
func (s *Service) InvitationOf(p Person) PersonInvitation {
	m := p.Mail
	if m == nil {
		return PersonInvitation{State: NotInvited, Error: MailError{Code: p.NotInvited}}
	}
	i := PersonInvitation{Queued: m.QueuedAt, Sent: m.SentAt, Error: s.shown(*m)}
	switch {
	case p.LastLoginAt.After(m.QueuedAt):
		i.State, i.Error = InvitationAccepted, MailError{}
	case m.State == MailWaiting:
		i.State = InvitationWaiting
	case m.State == MailFailed:
		i.State = InvitationFailed
	case s.Now().Before(m.Expires):
		i.State = InvitationSent
	default:
		i.State = InvitationExpired
	}
	if !m.SentAt.IsZero() {
		i.Expires = m.Expires
	}
	return i
}

// Invitable reports whether an invitation is any use to a person: until the first sign-in, and while SSO is off until they have a password,
// which those have not whom a login created (rule 7).
func Invitable(u sso.User, ssoOn bool) bool {
	if ssoOn {
		return u.LastLoginAt.IsZero()
	}
	return u.PasswordHash == ""
}

// working is false while SSO is on and can no longer be signed in with, such as after the plugin went.
func (s *Service) working(ctx context.Context, t sso.TenantID) (bool, error) {
	if s.SSO == nil {
		return true, nil
	}
	return s.SSO.Working(ctx, t)
}

// notReady is the code of why nobody can be invited at the moment, "" when everybody can.
func (s *Service) notReady(ctx context.Context, t sso.TenantID) (sso.Code, error) {
	working, err := s.working(ctx, t)
	if err != nil || working {
		return "", err
	}
	return sso.InvitationNotReady, nil
}

// Invite sends a person an invitation, for the first time or again; links that were sent before end at once. While SSO is on the link starts
// the first sign-in, else it sets a password. Errors: [sso.UserDeactivated], [sso.InvitationAccepted], [sso.InvitationNotReady].
func (s *Service) Invite(ctx context.Context, by sso.Actor, t sso.TenantID, id sso.UserID) (Person, error) {
	const op = "directory.invite"
	if err := by.MayAdminister(op, t); err != nil {
		return Person{}, err
	}
	code, err := s.notReady(ctx, t)
	if err != nil {
		return Person{}, err
	}
	err = s.Store.InTx(ctx, t, func(tx Tx) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		set, err := tx.Settings()
		switch {
		case err != nil:
			return err
		case !u.CanSignIn():
			return sso.Refuse(op, sso.UserDeactivated)
		case !Invitable(u, set.UseSSO):
			return sso.Refuse(op, sso.InvitationAccepted)
		case code != "":
			return sso.Refuse(op, code)
		}
		return s.invite(tx, by, u)
	})
	if err != nil {
		return Person{}, err
	}
	return s.Store.User(ctx, t, id)
}

// invite queues an invitation.
func (s *Service) invite(tx Tx, by sso.Actor, u sso.User) error {
	if err := tx.EndLinks(u.ID, Invitation, s.Now()); err != nil {
		return err
	}
	if err := tx.QueueMail(s.newMail(u, InvitationMail, by.Language)); err != nil {
		return err
	}
	return tx.Audit(s.entry(by, u.Tenant, "user.invite", person(u.ID)))
}

// endInvitation ends a person's links, and says so of the invitation that was sent.
func (s *Service) endInvitation(tx Tx, id sso.UserID) error {
	if err := tx.EndLinks(id, "", s.Now()); err != nil {
		return err
	}
	m, err := tx.Mail(id, InvitationMail)
	switch {
	case sso.CodeOf(err) == sso.NotFound:
		return nil
	case err != nil:
		return err
	case m.State != MailSent || m.Expires.Before(s.Now()):
		return nil
	}
	m.Expires = s.Now()
	_, err = tx.SaveMail(m)
	return err
}

func (s *Service) newMail(u sso.User, k MailKind, language string) Mail {
	return Mail{Tenant: u.Tenant, User: u.ID, Kind: k, Language: language, State: MailWaiting, QueuedAt: s.Now(), DueAt: s.Now()}
}

// invitedAtOnce people are invited in one transaction, which holds up the tenant's other changes.
const invitedAtOnce = 500

// InviteRest invites everybody who never signed in and holds no invitation that works or is under way: who was never invited, whose link has
// expired, whose mail failed. It returns how many. Error: [sso.InvitationNotReady].
func (s *Service) InviteRest(ctx context.Context, by sso.Actor, t sso.TenantID) (total int, err error) {
	const op = "directory.invite_rest"
	if err := by.MayAdminister(op, t); err != nil {
		return 0, err
	}
	if code, err := s.notReady(ctx, t); err != nil || code != "" {
		if err == nil {
			err = sso.Refuse(op, code)
		}
		return 0, err
	}
	for {
		n := 0
		err := s.Store.InTx(ctx, t, func(tx Tx) error {
			n = 0
			people, err := tx.Uninvited(s.Now(), invitedAtOnce)
			if err != nil {
				return err
			}
			for _, u := range people {
				if err := s.invite(tx, by, u); err != nil {
					return err
				}
				n++
			}
			return nil
		})
		total += n
		if err != nil || n < invitedAtOnce {
			return total, err
		}
	}
}

// Uninvited counts whom [Service.InviteRest] would invite.
func (s *Service) Uninvited(ctx context.Context, by sso.Actor, t sso.TenantID) (int, error) {
	if err := by.MayAdminister("directory.uninvited", t); err != nil {
		return 0, err
	}
	return s.Store.CountUninvited(ctx, t, s.Now())
}
