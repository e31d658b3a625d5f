package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

type linkRow struct {
	Tenant    string `gorm:"primaryKey"`
	Hash      string `gorm:"primaryKey"`
	Purpose   string
	UserID    *string
	Email     string
	ExpiresAt moment
	SpentAt   moment
}

func (linkRow) TableName() string { return "links" }

func (r linkRow) noun() directory.Link {
	l := directory.Link{
		Tenant: sso.TenantID(r.Tenant), Hash: r.Hash, Purpose: directory.LinkPurpose(r.Purpose), Email: sso.Email(r.Email), Expires: r.ExpiresAt.time(),
	}
	if r.UserID != nil {
		l.User = sso.UserID(*r.UserID)
	}
	return l
}

// working selects a link that still works.
func working(db *gorm.DB, t sso.TenantID, hash string, now time.Time) *gorm.DB {
	return db.Where("tenant = ? AND hash = ? AND spent_at = 0 AND expires_at > ?", t, hash, momentOf(now))
}

// readLink reads one link; [sso.LinkInvalid] when db selects none.
func readLink(op string, db *gorm.DB) (directory.Link, error) {
	var row linkRow
	err := db.Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) || unstorable(err) {
		return directory.Link{}, sso.Refuse(op, sso.LinkInvalid)
	}
	return row.noun(), fail(op, err)
}

// Link implements directory.Store. [sso.LinkInvalid] for one that never existed, too: nobody should learn the difference.
func (s directoryStore) Link(ctx context.Context, t sso.TenantID, hash string, now time.Time) (directory.Link, error) {
	db := s.read.WithContext(ctx)
	if err := exists(db, t); err != nil {
		return directory.Link{}, err
	}
	return readLink("store.link", working(db, t, hash, now))
}

// CreateLink implements directory.Tx.
func (x directoryTx) CreateLink(l directory.Link) error {
	const op = "store.create_link"
	if err := x.mine(op, l.Tenant); err != nil {
		return err
	}
	row := linkRow{Tenant: string(l.Tenant), Hash: l.Hash, Purpose: string(l.Purpose), Email: string(l.Email), ExpiresAt: momentOf(l.Expires)}
	if l.User != "" {
		id := string(l.User)
		row.UserID = &id
	}
	return failUnique(op, x.db.Create(&row).Error, sso.Duplicate)
}

// SpendLink implements directory.Tx. The UPDATE decides: of two at the same moment only one meets the row unspent.
func (x directoryTx) SpendLink(hash string, at time.Time) (directory.Link, error) {
	const op = "store.spend_link"
	done := working(x.db.Model(&linkRow{}), x.tenant, hash, at).Update("spent_at", momentOf(at))
	switch {
	case done.Error != nil && !unstorable(done.Error):
		return directory.Link{}, fail(op, done.Error)
	case done.RowsAffected == 0:
		return directory.Link{}, sso.Refuse(op, sso.LinkInvalid)
	}
	return readLink(op, x.db.Where("tenant = ? AND hash = ?", x.tenant, hash))
}

// EndLinks implements directory.Tx.
func (x directoryTx) EndLinks(u sso.UserID, p directory.LinkPurpose, at time.Time) error {
	db := x.db.Model(&linkRow{}).Where("tenant = ? AND user_id = ? AND spent_at = 0", x.tenant, u)
	if p != "" {
		db = db.Where("purpose = ?", p)
	}
	return fail("store.end_links", db.Update("spent_at", momentOf(at)).Error)
}
