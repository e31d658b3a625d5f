package memstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// mailKey is what a mail is kept by: there is one of a kind for each user.
type mailKey struct {
	user sso.UserID
	kind directory.MailKind
}

func keyOf(m directory.Mail) mailKey { return mailKey{m.User, m.Kind} }

// ClaimMail implements directory.Store.
func (s directoryStore) ClaimMail(ctx context.Context, now, lease time.Time, claim string) (directory.Mail, bool, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reach(ctx); err != nil {
		return directory.Mail{}, false, err
	}
	var due []directory.Mail
	for _, own := range s.tenants {
		for _, m := range own.mails {
			if m.State == directory.MailWaiting && !m.DueAt.After(now) {
				due = append(due, m)
			}
		}
	}
	if len(due) == 0 {
		return directory.Mail{}, false, nil
	}
	m := slices.MinFunc(due, func(a, b directory.Mail) int { return a.DueAt.Compare(b.DueAt) })
	m.Claim, m.DueAt = claim, lease
	s.tenants[m.Tenant].mails[keyOf(m)] = copyOf(m)
	return copyOf(m), true, nil
}

// Undelivered implements directory.Store.
func (s directoryStore) Undelivered(ctx context.Context, t sso.TenantID, limit int) (out []directory.Undelivered, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		for _, m := range own.mails {
			u := own.users[m.User]
			useless := m.Kind == directory.InvitationMail && (!u.CanSignIn() || u.PasswordHash != "" || u.LastLoginAt.After(m.QueuedAt))
			if m.State != directory.MailSent && !useless {
				out = append(out, directory.Undelivered{Mail: copyOf(m), Name: u.Name, Email: u.Email})
			}
		}
		slices.SortFunc(out, func(a, b directory.Undelivered) int {
			return cmp.Or(a.QueuedAt.Compare(b.QueuedAt), strings.Compare(string(a.User), string(b.User)), strings.Compare(string(a.Kind), string(b.Kind)))
		})
		return nil
	})
	return out[:min(len(out), limit)], err
}

// UsesSSO implements directory.Store.
func (s directoryStore) UsesSSO(ctx context.Context, t sso.TenantID) (on bool, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		on = own.settings.UseSSO
		return nil
	})
	if sso.CodeOf(err) == sso.NotFound {
		err = nil
	}
	return on, err
}

func (t *tenant) uninvited(now time.Time) (out []sso.User) {
	for _, id := range slices.Sorted(maps.Keys(t.users)) {
		u := t.users[id]
		m, found := t.mails[mailKey{id, directory.InvitationMail}]
		works := found && (m.State == directory.MailWaiting || m.State == directory.MailSent && m.Expires.After(now))
		if u.CanSignIn() && u.LastLoginAt.IsZero() && u.PasswordHash == "" && !works {
			out = append(out, copyOf(u))
		}
	}
	return out
}

// CountUninvited implements directory.Store.
func (s directoryStore) CountUninvited(ctx context.Context, t sso.TenantID, now time.Time) (n int, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		n = len(own.uninvited(now))
		return nil
	})
	return n, err
}

// Uninvited implements directory.Tx.
func (x *tx) Uninvited(now time.Time, limit int) ([]sso.User, error) {
	own, err := x.own()
	if err != nil {
		return nil, err
	}
	all := own.uninvited(now)
	return all[:min(len(all), limit)], nil
}

// EndLinks implements directory.Tx.
func (x *tx) EndLinks(u sso.UserID, p directory.LinkPurpose, _ time.Time) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	for hash, l := range own.links {
		if l.User == u && (p == "" || p == l.Purpose) {
			l.spent = true
			own.links[hash] = l
		}
	}
	return nil
}

// Mail implements directory.Tx.
func (x *tx) Mail(u sso.UserID, k directory.MailKind) (directory.Mail, error) {
	own, err := x.own()
	if err != nil {
		return directory.Mail{}, err
	}
	m, ok := own.mails[mailKey{u, k}]
	if !ok {
		return directory.Mail{}, sso.Refuse("memstore.mail", sso.NotFound)
	}
	return copyOf(m), nil
}

// QueueMail implements directory.Tx.
func (x *tx) QueueMail(m directory.Mail) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	if _, ok := own.users[m.User]; !ok || m.Tenant != x.id {
		return sso.Refuse("memstore.mail", sso.NotFound)
	}
	own.mails[keyOf(m)] = copyOf(m)
	return nil
}

// SaveMail implements directory.Tx.
func (x *tx) SaveMail(m directory.Mail) (bool, error) {
	own, err := x.own()
	if err != nil {
		return false, err
	}
	if m.Tenant != x.id {
		return false, sso.Refuse("memstore.mail", sso.NotFound)
	}
	if kept, ok := own.mails[keyOf(m)]; !ok || kept.Claim != m.Claim {
		return false, nil
	}
	own.mails[keyOf(m)] = copyOf(m)
	return true, nil
}

// DropMail implements directory.Tx.
func (x *tx) DropMail(m directory.Mail) error {
	own, err := x.own()
	if err == nil && own.mails[keyOf(m)].Claim == m.Claim {
		delete(own.mails, keyOf(m))
	}
	return err
}
