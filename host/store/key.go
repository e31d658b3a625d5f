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

// SPKeys lists a tenant's key pairs, newest first; none for a tenant that has none yet.
func (k Keys) SPKeys(ctx context.Context, t sso.TenantID) ([]sso.SealedKey, error) {
	var rows []spKeyRow
	err := k.read.WithContext(ctx).Where("tenant = ?", t).Order("created_at DESC, id DESC").Find(&rows).Error
	return mapped(rows, func(r spKeyRow) sso.SealedKey {
		return sso.SealedKey{
			Tenant: sso.TenantID(r.Tenant), ID: r.ID, Sealed: r.Sealed, Certificate: r.Certificate,
			CreatedAt: r.CreatedAt.time(), RetiredAt: r.RetiredAt.time(),
		}
	}), fail("store.sp_keys", err)
}

// AddSPKey adds a key pair. [sso.Duplicate] when the tenant has one of that ID: nodes that make a tenant's first key at the same moment give
// it the same ID, the first wins and the others read it. [sso.NotFound] when there is no such tenant.
func (k Keys) AddSPKey(ctx context.Context, key sso.SealedKey) error {
	row := spKeyRow{
		Tenant: string(key.Tenant), ID: key.ID, Sealed: key.Sealed, Certificate: key.Certificate,
		CreatedAt: momentOf(key.CreatedAt), RetiredAt: momentOf(key.RetiredAt),
	}
	return failUnique("store.add_sp_key", k.write.WithContext(ctx).Create(&row).Error, sso.Duplicate)
}
