package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

type mailRow struct {
	Tenant      string `gorm:"primaryKey"`
	UserID      string `gorm:"primaryKey"`
	Kind        string `gorm:"primaryKey"`
	Language    string
	State       string
	Claim       string
	Attempts    int
	QueuedAt    moment
	DueAt       moment
	SentAt      moment
	ExpiresAt   moment
	ErrorCode   string
	ErrorDetail string
}

func (mailRow) TableName() string { return "mails" }

func mailRowOf(m directory.Mail) mailRow {
	return mailRow{
		Tenant: string(m.Tenant), UserID: string(m.User), Kind: string(m.Kind), Language: m.Language, State: string(m.State), Claim: m.Claim,
		Attempts: m.Attempts, QueuedAt: momentOf(m.QueuedAt), DueAt: momentOf(m.DueAt), SentAt: momentOf(m.SentAt), ExpiresAt: momentOf(m.Expires),
		ErrorCode: string(m.Error.Code), ErrorDetail: m.Error.Detail,
	}
}

func (r mailRow) noun() directory.Mail {
	return directory.Mail{
		Tenant: sso.TenantID(r.Tenant), User: sso.UserID(r.UserID), Kind: directory.MailKind(r.Kind), Language: r.Language,
		State: directory.MailState(r.State), Claim: r.Claim, Attempts: r.Attempts, QueuedAt: r.QueuedAt.time(), DueAt: r.DueAt.time(),
		SentAt: r.SentAt.time(), Expires: r.ExpiresAt.time(), Error: directory.MailError{Code: sso.Code(r.ErrorCode), Detail: r.ErrorDetail},
	}
}

// mailsAtOnce is how many due mails a sender looks at to get one of them.
const mailsAtOnce = 8

// ClaimMail implements directory.Store. The UPDATE decides: it meets the row as it was read, or another sender was faster.
func (s directoryStore) ClaimMail(ctx context.Context, now, lease time.Time, claim string) (directory.Mail, bool, error) {
	const op = "store.claim_mail"
	for range maxRuns {
		var rows []mailRow
		err := s.read.WithContext(ctx).Where("state = ? AND due_at <= ?", directory.MailWaiting, momentOf(now)).
			Order("due_at").Limit(mailsAtOnce).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return directory.Mail{}, false, fail(op, err)
		}
		for _, row := range rows {
			done := s.write.WithContext(ctx).Model(&mailRow{}).
				Where("tenant = ? AND user_id = ? AND kind = ? AND state = ? AND due_at = ? AND claim = ?",
					row.Tenant, row.UserID, row.Kind, row.State, row.DueAt, row.Claim).
				Updates(map[string]any{"claim": claim, "due_at": momentOf(lease)})
			if done.Error != nil {
				return directory.Mail{}, false, fail(op, done.Error)
			}
			if done.RowsAffected == 1 {
				row.Claim, row.DueAt = claim, momentOf(lease)
				return row.noun(), true, nil
			}
		}
	}
	return directory.Mail{}, false, nil // others are busy with all of them
}

// Undelivered implements directory.Store.
func (s directoryStore) Undelivered(ctx context.Context, t sso.TenantID, limit int) ([]directory.Undelivered, error) {
	const op = "store.undelivered"
	db := s.read.WithContext(ctx)
	if err := exists(db, t); err != nil {
		return nil, err
	}
	var rows []struct {
		Mail  mailRow `gorm:"embedded"` // by name: gorm does not look into an embedded type that is not exported
		Name  string
		Email string
	}
	err := db.Table("mails").Select("mails.*, users.name, users.email").
		Joins("JOIN users ON users.tenant = mails.tenant AND users.id = mails.user_id").
		Where("mails.tenant = ? AND mails.state <> ?", t, directory.MailSent).
		Where("mails.kind <> ? OR (users.status <> ? AND users.password_hash = '' AND users.last_login_at <= mails.queued_at)",
			directory.InvitationMail, sso.Deactivated).
		Order("mails.queued_at, mails.user_id, mails.kind").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fail(op, err)
	}
	out := make([]directory.Undelivered, len(rows))
	for i, r := range rows {
		out[i] = directory.Undelivered{Mail: r.Mail.noun(), Name: r.Name, Email: sso.Email(r.Email)}
	}
	return out, nil
}

// UsesSSO implements directory.Store.
func (s directoryStore) UsesSSO(ctx context.Context, t sso.TenantID) (bool, error) {
	var on []bool
	err := s.read.WithContext(ctx).Table("settings").Where("tenant = ?", t).Pluck("use_sso", &on).Error
	if err != nil {
		return false, fail("store.uses_sso", err)
	}
	return len(on) == 1 && on[0], nil
}

// MailCounts says how many mails of all tenants wait and how many failed.
func (s *Store) MailCounts(ctx context.Context) (waiting, failed int, err error) {
	var rows []struct {
		State string
		N     int
	}
	err = s.read.WithContext(ctx).Table("mails").Select("state, COUNT(*) AS n").
		Where("state IN ?", []directory.MailState{directory.MailWaiting, directory.MailFailed}).Group("state").Find(&rows).Error
	for _, r := range rows {
		if r.State == string(directory.MailWaiting) {
			waiting = r.N
		} else {
			failed = r.N
		}
	}
	return waiting, failed, fail("store.mail_counts", err)
}

// uninvited selects who can sign in, never did, and has no invitation that waits or works.
func uninvited(db *gorm.DB, t sso.TenantID, now time.Time) *gorm.DB {
	return db.Model(&userRow{}).Where("users.tenant = ? AND users.status <> ? AND users.last_login_at = 0 AND users.password_hash = ''", t, sso.Deactivated).
		Where(`NOT EXISTS (SELECT 1 FROM mails m WHERE m.tenant = users.tenant AND m.user_id = users.id AND m.kind = ? AND
			(m.state = ? OR (m.state = ? AND m.expires_at > ?)))`,
			directory.InvitationMail, directory.MailWaiting, directory.MailSent, momentOf(now))
}

// CountUninvited implements directory.Store.
func (s directoryStore) CountUninvited(ctx context.Context, t sso.TenantID, now time.Time) (int, error) {
	db := s.read.WithContext(ctx)
	if err := exists(db, t); err != nil {
		return 0, err
	}
	var n int64
	err := uninvited(db, t, now).Count(&n).Error
	return int(n), fail("store.count_uninvited", err)
}

// Uninvited implements directory.Tx.
func (x directoryTx) Uninvited(now time.Time, limit int) ([]sso.User, error) {
	var rows []userRow
	err := uninvited(x.db, x.tenant, now).Order("users.id").Limit(limit).Find(&rows).Error
	return mapped(rows, userRow.noun), fail("store.uninvited", err)
}

// Mail implements directory.Tx.
func (x directoryTx) Mail(u sso.UserID, k directory.MailKind) (directory.Mail, error) {
	var row mailRow
	err := x.db.Where("tenant = ? AND user_id = ? AND kind = ?", x.tenant, u, k).Take(&row).Error
	return row.noun(), fail("store.mail", err)
}

// QueueMail implements directory.Tx.
func (x directoryTx) QueueMail(m directory.Mail) error {
	const op = "store.queue_mail"
	if err := x.mine(op, m.Tenant); err != nil {
		return err
	}
	row := mailRowOf(m)
	return failUnique(op, x.db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error, sso.Duplicate)
}

// claimed selects a mail while it has the claim.
func (x directoryTx) claimed(m directory.Mail) *gorm.DB {
	return x.db.Where("tenant = ? AND user_id = ? AND kind = ? AND claim = ?", x.tenant, m.User, m.Kind, m.Claim)
}

// SaveMail implements directory.Tx.
func (x directoryTx) SaveMail(m directory.Mail) (bool, error) {
	const op = "store.save_mail"
	if err := x.mine(op, m.Tenant); err != nil {
		return false, err
	}
	row := mailRowOf(m)
	done := x.claimed(m).Select("*").Updates(&row)
	return done.RowsAffected == 1, fail(op, done.Error)
}

// DropMail implements directory.Tx.
func (x directoryTx) DropMail(m directory.Mail) error {
	return fail("store.drop_mail", x.claimed(m).Delete(&mailRow{}).Error)
}

// invitations are the invitations of users, by user.
func invitations(db *gorm.DB, t sso.TenantID, users []string) (map[string]*directory.Mail, error) {
	var rows []mailRow
	err := db.Where("tenant = ? AND user_id IN ? AND kind = ?", t, users, directory.InvitationMail).Find(&rows).Error
	out := map[string]*directory.Mail{}
	for _, r := range rows {
		m := r.noun()
		out[r.UserID] = &m
	}
	return out, fail("store.invitations", err)
}
