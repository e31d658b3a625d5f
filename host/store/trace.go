package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

type loginRow struct {
	Tenant     string `gorm:"primaryKey"`
	ID         serial `gorm:"primaryKey;autoIncrement:false"`
	At         moment
	RequestID  string
	UserID     string
	Email      string
	Provider   string
	Outcome    string
	Code       string
	Steps      document[[]sso.Step]
	Grants     string
	Attributes []byte
}

func (loginRow) TableName() string { return "logins" }

func loginRowOf(r sso.LoginRecord) loginRow {
	return loginRow{
		Tenant: string(r.Tenant), At: momentOf(r.At), RequestID: r.RequestID, UserID: string(r.User), Email: string(r.Email),
		Provider: string(r.Provider), Outcome: r.Outcome, Code: string(r.Code), Steps: documentOf(r.Steps), Grants: r.Grants, Attributes: r.Attributes,
	}
}

func (r loginRow) noun() sso.LoginRecord {
	return sso.LoginRecord{
		Tenant: sso.TenantID(r.Tenant), ID: int64(r.ID), At: r.At.time(), RequestID: r.RequestID, User: sso.UserID(r.UserID),
		Email: sso.Email(r.Email), Provider: sso.ProviderKey(r.Provider), Outcome: r.Outcome, Code: sso.Code(r.Code), Steps: r.Steps.v, Grants: r.Grants, Attributes: r.Attributes,
	}
}

// maxRefusals is how many logins of a tenant that did not succeed are recorded within one minute of the clock: enough to find a mistake, few
// enough that nobody fills the disk by failing.
const maxRefusals = 120

// RecordLogin implements login.Store.
func (s loginStore) RecordLogin(ctx context.Context, r sso.LoginRecord) error {
	const op = "store.record_login"
	full, err := refusalsFull(s.read.WithContext(ctx), r) // first without the one writer of SQLite, who has better things to do in a flood
	if err != nil || full {
		return fail(op, err)
	}
	return s.inTx(ctx, r.Tenant, func(x *tx) error {
		if full, err := refusalsFull(x.db, r); err != nil || full {
			return fail(op, err)
		}
		return x.recordLogin(op, r)
	})
}

func refusalsFull(db *gorm.DB, r sso.LoginRecord) (bool, error) {
	minute := r.At.Truncate(time.Minute)
	var n int64
	err := db.Model(&loginRow{}).Where("tenant = ? AND at >= ? AND at < ? AND outcome <> ?",
		r.Tenant, momentOf(minute), momentOf(minute.Add(time.Minute)), sso.SignedIn).Count(&n).Error
	return n >= maxRefusals, err
}

// RecordLogin implements login.Tx.
func (x loginTx) RecordLogin(r sso.LoginRecord) error {
	const op = "store.record_login"
	if err := x.mine(op, r.Tenant); err != nil {
		return err
	}
	return x.recordLogin(op, r)
}

func (x *tx) recordLogin(op string, r sso.LoginRecord) error {
	row := loginRowOf(r)
	return fail(op, x.db.Create(&row).Error)
}

// Logins implements directory.Store.
func (s directoryStore) Logins(ctx context.Context, t sso.TenantID, q directory.LoginQuery) (out []sso.LoginRecord, next string, err error) {
	err = s.inSnapshot(ctx, func(db *gorm.DB) error {
		if err := exists(db, t); err != nil {
			return err
		}
		var rows []loginRow
		rows, next, err = newestFirst(matching(db, "outcome", q.Outcome, "code", string(q.Code)), t, q.Page, func(r loginRow) serial { return r.ID })
		out = mapped(rows, loginRow.noun)
		return err
	})
	return out, next, err
}
