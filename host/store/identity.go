package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

type identityRow struct {
	Tenant      string `gorm:"primaryKey"`
	IDPEntityID string `gorm:"primaryKey;column:idp_entity_id"`
	Class       string `gorm:"primaryKey"`
	Value       string `gorm:"primaryKey"`
	UserID      string
	LinkedAt    moment
}

func (identityRow) TableName() string { return "identities" }

func byIdentity(db *gorm.DB, id sso.Identity) *gorm.DB {
	return db.Select("users.*").Joins("JOIN identities i ON i.tenant = users.tenant AND i.user_id = users.id").
		Where("i.tenant = ? AND i.idp_entity_id = ? AND i.class = ? AND i.value = ?", id.Tenant, id.IDPEntityID, id.Class, id.Value)
}

// UserByIdentity implements login.Store.
func (s loginStore) UserByIdentity(ctx context.Context, id sso.Identity) (sso.User, bool, error) {
	return findUser("store.user_by_identity", byIdentity(s.read.WithContext(ctx), id))
}

// UserByIdentity implements login.Tx.
func (x loginTx) UserByIdentity(id sso.Identity) (sso.User, bool, error) {
	if id.Tenant != x.tenant {
		return sso.User{}, false, nil
	}
	return findUser("store.user_by_identity", byIdentity(x.forUpdate(), id))
}

// HasIdentity implements login.Tx.
func (x loginTx) HasIdentity(u sso.UserID, idpEntityID string) (bool, error) {
	var n int64
	err := x.db.Model(&identityRow{}).Where("tenant = ? AND user_id = ? AND idp_entity_id = ?", x.tenant, u, idpEntityID).Count(&n).Error
	return n > 0, fail("store.has_identity", err)
}

// Link implements login.Tx. [sso.IdentityConflict] when the identity is linked already; a login looked before, so a parallel one was faster.
func (x loginTx) Link(id sso.Identity, u sso.UserID, at time.Time) error {
	const op = "store.link"
	if err := x.mine(op, id.Tenant); err != nil {
		return err
	}
	row := identityRow{
		Tenant: string(id.Tenant), IDPEntityID: id.IDPEntityID, Class: string(id.Class), Value: id.Value, UserID: string(u), LinkedAt: momentOf(at),
	}
	err := failUnique(op, x.db.Create(&row).Error, sso.IdentityConflict)
	x.raced = x.raced || sso.CodeOf(err) == sso.IdentityConflict
	return err
}

// DeleteIdentities implements directory.Tx.
func (x directoryTx) DeleteIdentities(id sso.UserID) (int, error) {
	done := x.db.Where("tenant = ? AND user_id = ?", x.tenant, id).Delete(&identityRow{})
	return int(done.RowsAffected), fail("store.delete_identities", done.Error)
}

// withIdentities makes people of users, with their invitations.
func withIdentities(db *gorm.DB, t sso.TenantID, users []userRow) ([]directory.Person, error) {
	var rows []identityRow
	ids := mapped(users, func(r userRow) string { return r.ID })
	err := db.Where("tenant = ? AND user_id IN ?", t, ids).Order("idp_entity_id, class, value").Find(&rows).Error
	if err != nil {
		return nil, fail("store.identities", err)
	}
	byUser := map[string][]directory.LinkedIdentity{}
	for _, r := range rows {
		byUser[r.UserID] = append(byUser[r.UserID], directory.LinkedIdentity{
			Identity: sso.Identity{Tenant: t, IDPEntityID: r.IDPEntityID, Class: sso.IdentityClass(r.Class), Value: r.Value},
			LinkedAt: r.LinkedAt.time(),
		})
	}
	mails, err := invitations(db, t, ids)
	if err != nil {
		return nil, err
	}
	return mapped(users, func(r userRow) directory.Person {
		return directory.Person{User: r.noun(), Identities: byUser[r.ID], Mail: mails[r.ID]}
	}), nil
}
