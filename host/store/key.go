package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// Keys keeps the key pairs with which tenants sign requests and open what is encrypted for them. Private keys come and go sealed.
type Keys struct{ *Store }

type spKeyRow struct {
	Tenant      string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Sealed      []byte
	Certificate []byte
	CreatedAt   moment `gorm:"autoCreateTime:false"`
	RetiredAt   moment
}

func (spKeyRow) TableName() string { return "sp_keys" }

// SPKeys lists a tenant's key pairs, oldest first; none for a tenant that has none yet. [sso.NotFound] when there is no such tenant: its
// metadata can be asked for by anybody, and no key pair should be made for nobody.
func (k Keys) SPKeys(ctx context.Context, t sso.TenantID) ([]sso.SealedKey, error) {
	const op = "store.sp_keys"
	db := k.read.WithContext(ctx)
	rows, err := spKeyRows(op, db.Where("tenant = ?", t))
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, exists(db, t)
	}
	return mapped(rows, func(r spKeyRow) sso.SealedKey {
		return sso.SealedKey{
			Tenant: sso.TenantID(r.Tenant), ID: r.ID, Sealed: r.Sealed, Certificate: r.Certificate,
			CreatedAt: r.CreatedAt.time(), RetiredAt: r.RetiredAt.time(),
		}
	}), nil
}

// spKeyRows reads rows, oldest first.
func spKeyRows(op string, where *gorm.DB) (rows []spKeyRow, err error) {
	return rows, fail(op, where.Order("created_at, id").Find(&rows).Error)
}

// AddSPKey adds a key pair; [sso.Duplicate] when the tenant has one of that ID, [sso.NotFound] when there is no such tenant.
func (k Keys) AddSPKey(ctx context.Context, key sso.SealedKey) error {
	return addSPKey("store.add_sp_key", k.write.WithContext(ctx), key)
}

func addSPKey(op string, db *gorm.DB, key sso.SealedKey) error {
	row := spKeyRow{
		Tenant: string(key.Tenant), ID: key.ID, Sealed: key.Sealed, Certificate: key.Certificate,
		CreatedAt: momentOf(key.CreatedAt), RetiredAt: momentOf(key.RetiredAt),
	}
	return failUnique(op, db.Create(&row).Error, sso.Duplicate)
}

// SPKeys implements settings.Store.
func (s settingsStore) SPKeys(ctx context.Context, t sso.TenantID) ([]sso.SealedKey, error) {
	return Keys(s).SPKeys(ctx, t)
}

// SaveSPKeys implements settings.Store.
func (s settingsStore) SaveSPKeys(ctx context.Context, c settings.KeyChange) error {
	const op = "store.save_sp_keys"
	return s.inTx(ctx, c.Tenant, func(x *tx) error {
		if _, err := x.lockTenant(op, alone); err != nil {
			return err
		}
		used, err := spKeyRows(op, x.db.Where("tenant = ? AND retired_at = ?", x.tenant, momentOf(time.Time{})))
		if err != nil {
			return err
		}
		if !slices.Equal(mapped(used, func(r spKeyRow) string { return r.ID }), c.Expect) {
			return sso.Refuse(op, sso.VersionConflict)
		}
		if c.Retire != "" {
			retire := x.db.Model(&spKeyRow{}).Where("tenant = ? AND id = ?", x.tenant, c.Retire)
			if err := x.one(op, retire.Update("retired_at", momentOf(c.At))); err != nil {
				return err
			}
		}
		if c.Add != nil {
			if err := x.mine(op, c.Add.Tenant); err != nil {
				return err
			}
			if err := addSPKey(op, x.db, *c.Add); err != nil {
				return err
			}
		}
		return x.Audit(c.Audit)
	})
}
