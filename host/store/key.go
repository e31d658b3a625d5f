package store

import (
	"context"

	"github.com/idplug/idplug/core/sso"
)

// Keys keeps the key pairs with which tenants sign requests. Private keys come and go sealed.
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
	var rows []spKeyRow
	if err := db.Where("tenant = ?", t).Order("created_at, id").Find(&rows).Error; err != nil {
		return nil, fail(op, err)
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

// AddSPKey adds a key pair; [sso.Duplicate] when the tenant has one of that ID, [sso.NotFound] when there is no such tenant.
func (k Keys) AddSPKey(ctx context.Context, key sso.SealedKey) error {
	row := spKeyRow{
		Tenant: string(key.Tenant), ID: key.ID, Sealed: key.Sealed, Certificate: key.Certificate,
		CreatedAt: momentOf(key.CreatedAt), RetiredAt: momentOf(key.RetiredAt),
	}
	return failUnique("store.add_sp_key", k.write.WithContext(ctx).Create(&row).Error, sso.Duplicate)
}
