package directory

import (
	"context"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// MailKind says what a mail is about.
type MailKind string

// The kinds of mail.
const (
	InvitationMail MailKind = "invitation"
	ResetMail      MailKind = "reset_password"
)

// MailState is where a mail stands.
type MailState string

// The states of a mail.
const (
	MailWaiting MailState = "waiting" // to be sent for the first time, or again
	MailSent    MailState = "sent"    // taken over by the mail server
	MailFailed  MailState = "failed"  // for good: somebody has to ask for it again
)

// Mail is a mail to a person. There is at most one of a kind, so that a later one takes the place of an earlier. It holds neither address nor
// token nor text: all are made at the moment of sending, so whoever reads the database can use none of the links in it, a link's time starts
// when it is sent, and a person whose address is mended gets the next attempt there.
type Mail struct {
	Tenant   sso.TenantID
	User     sso.UserID
	Kind     MailKind
	Language string // "" for English
	State    MailState
	Claim    string // of the sender who has it at the moment; nobody else writes an outcome
	Attempts int
	QueuedAt time.Time
	DueAt    time.Time // when a sender may take it; of a taken one, when others may
	SentAt   time.Time
	Expires  time.Time // of the link that was sent last
	Error    MailError // of the last attempt
}

// MailError says why a mail was not sent; the zero value is no error. Detail is what the mail server said.
type MailError struct {
	Code   sso.Code
	Detail string
}

// Undelivered is a mail that waits or failed, and to whom.
type Undelivered struct {
	Mail
	Name  string
	Email sso.Email
}

// Letter is a mail that its sender has for [MailLease]: what to write, and to whom.
type Letter struct {
	Tenant     sso.TenantID
	TenantName string
	User       sso.UserID
	Kind       MailKind
	Language   string
	To         sso.Email
	Name       string
	Token      string // of the link; kept nowhere
	Expires    time.Time
	SSO        bool // the link leads to the provider, else to a password
	claim      string
}

// Limits of the queue.
const (
	// MailLease is how long a sender has a mail for itself; sending has to end well before.
	MailLease = 5 * time.Minute
	// ResetTTL is how long the link of a reset mail works, and how long the mail is worth sending.
	ResetTTL = time.Hour
	// resetPause is how long nobody is sent a second mail about a forgotten password, whoever asks from wherever.
	resetPause = 5 * time.Minute
	// firstRetry doubles with every attempt up to maxRetry: maxAttempts are about three days.
	firstRetry  = 30 * time.Second
	maxRetry    = time.Hour
	maxAttempts = 80
	// maxDetail bounds what is kept of a mail server's words, in bytes.
	maxDetail = 300
)

func (k MailKind) ttl() time.Duration {
	if k == ResetMail {
		return ResetTTL
	}
	return LinkTTL
}

func (k MailKind) purpose() LinkPurpose {
	if k == ResetMail {
		return ResetPassword
	}
	return Invitation
}

// NextMail takes the mail that has waited longest and makes its letter with a fresh link, which ends the links that were sent before. ok is
// false when none is due. Whoever gets a letter reports [Service.MailSent] or [Service.MailNotSent]; without a report the mail comes again after
// [MailLease]: a host that dies between sending and reporting makes a second mail, whose link works in place of the first, and none is lost.
func (s *Service) NextMail(ctx context.Context) (l Letter, ok bool, err error) {
	for {
		now := s.Now()
		m, found, err := s.Store.ClaimMail(ctx, now, now.Add(MailLease), s.NewToken())
		if err != nil || !found {
			return Letter{}, false, err
		}
		if l, ok, err = s.letter(ctx, m); err != nil || ok {
			return l, ok, err
		}
	}
}

// letter is the letter of a claimed mail. ok is false for one that is not to be sent: it is dropped for good, or waits for better times.
func (s *Service) letter(ctx context.Context, m Mail) (l Letter, ok bool, err error) {
	working, err := s.working(ctx, m.Tenant)
	if err != nil {
		return Letter{}, false, err
	}
	token := s.NewToken()
	err = s.Store.InTx(ctx, m.Tenant, func(tx Tx) error {
		l, ok = Letter{}, false
		tenant, err := tx.Tenant()
		if err != nil || tenant.Disabled { // it comes again after the lease
			return err
		}
		set, err := tx.Settings()
		if err != nil {
			return err
		}
		u, err := tx.User(m.User)
		if err != nil {
			return err
		}
		if !wanted(m, u, set.UseSSO, s.Now()) {
			return tx.DropMail(m)
		}
		if set.UseSSO && !working {
			m.Error = MailError{Code: sso.InvitationNotReady}
			_, err := tx.SaveMail(m)
			return err
		}
		link := Link{Tenant: m.Tenant, Hash: sso.HashToken(token), Purpose: m.Kind.purpose(), User: u.ID, Expires: s.Now().Add(m.Kind.ttl())}
		m.Expires = link.Expires
		if ok, err = tx.SaveMail(m); err != nil || !ok {
			return err
		}
		if m.Kind == InvitationMail { // of new passwords all work until one does: whoever keeps asking for others must not keep ending theirs
			if err := tx.EndLinks(u.ID, link.Purpose, s.Now()); err != nil {
				return err
			}
		}
		l = Letter{
			Tenant: m.Tenant, TenantName: tenant.Name, User: u.ID, Kind: m.Kind, Language: m.Language, To: u.Email, Name: u.Name, Token: token,
			Expires: link.Expires, SSO: set.UseSSO, claim: m.Claim,
		}
		return tx.CreateLink(link)
	})
	if sso.CodeOf(err) == sso.NotFound { // person or tenant went meanwhile, and the mail with them
		return Letter{}, false, nil
	}
	return l, ok && err == nil, err
}

// wanted reports whether a mail still makes sense.
func wanted(m Mail, u sso.User, ssoOn bool, now time.Time) bool {
	switch {
	case !u.CanSignIn():
		return false
	case m.Kind == ResetMail:
		return !ssoOn && now.Before(m.QueuedAt.Add(ResetTTL))
	}
	return Invitable(u, ssoOn)
}

// MailSent reports that the mail server took a letter over.
func (s *Service) MailSent(ctx context.Context, l Letter) error {
	return s.report(ctx, l, func(m *Mail) {
		m.State, m.SentAt, m.Expires, m.Error = MailSent, s.Now(), l.Expires, MailError{}
	})
}

// MailNotSent reports that a letter was not taken over. It is tried again later, with growing pauses, unless it failed for good or has been
// tried for about three days; then it stays as failed until somebody asks for it again.
func (s *Service) MailNotSent(ctx context.Context, l Letter, why MailError, forGood bool) error {
	why.Detail = strings.ToValidUTF8(why.Detail[:min(len(why.Detail), maxDetail)], "")
	return s.report(ctx, l, func(m *Mail) {
		m.Attempts++
		m.Error = why
		m.DueAt = s.Now().Add(backoff(m.Attempts))
		if forGood || m.Attempts >= maxAttempts {
			m.State = MailFailed
		}
	})
}

// backoff is the pause after that many attempts, a fifth more or less: mails that failed together do not come back together.
func backoff(attempts int) time.Duration {
	pause := maxRetry
	if doublings := attempts - 1; doublings < 8 {
		pause = min(firstRetry<<doublings, maxRetry)
	}
	return pause - pause/5 + rand.N(2*pause/5) //nolint:gosec // jitter, no secret
}

// report writes an outcome. One of a mail that was asked for anew meanwhile, or that went, is dropped.
func (s *Service) report(ctx context.Context, l Letter, change func(*Mail)) error {
	err := s.Store.InTx(ctx, l.Tenant, func(tx Tx) error {
		m, err := tx.Mail(l.User, l.Kind)
		if err != nil {
			return err
		}
		if m.Claim != l.claim {
			return nil
		}
		change(&m)
		_, err = tx.SaveMail(m)
		return err
	})
	if sso.CodeOf(err) == sso.NotFound {
		return nil
	}
	return err
}

// Undelivered lists mails that wait or failed, the oldest first, at most [MaxPage].
func (s *Service) Undelivered(ctx context.Context, by sso.Actor, t sso.TenantID) ([]Undelivered, error) {
	if err := by.MayAdminister("directory.undelivered", t); err != nil {
		return nil, err
	}
	list, err := s.Store.Undelivered(ctx, t, MaxPage)
	for i := range list {
		list[i].Error = s.shown(list[i].Mail)
	}
	return list, err
}

// shown is the error of a mail as administrators see it.
func (s *Service) shown(m Mail) MailError {
	if m.State == MailWaiting && s.NoMail {
		return MailError{Code: sso.MailOff}
	}
	return m.Error
}
