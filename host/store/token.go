package store

import (
	"context"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

type tokenRow struct {
	Tenant    string `gorm:"primaryKey"`
	ID        string `gorm:"primaryKey"`
	Name      string
	Hash      string
	CreatedAt moment `gorm:"autoCreateTime:false"`
	CreatedBy string
}

// byPerson begins the name of a maker who is one of the tenant's people ([sso.Actor.String]).
const byPerson = string(sso.Person) + ":"

func (tokenRow) TableName() string { return "tokens" }

func (r tokenRow) noun() directory.Token {
	return directory.Token{
		Tenant: sso.TenantID(r.Tenant), ID: r.ID, Name: r.Name, Hash: r.Hash, CreatedAt: r.CreatedAt.time(), CreatedBy: r.CreatedBy,
	}
}

// Tokens implements directory.Store.
func (s directoryStore) Tokens(ctx context.Context, t sso.TenantID) ([]directory.Token, error) {
	db := s.read.WithContext(ctx)
	if err := exists(db, t); err != nil {
		return nil, err
	}
	var rows []tokenRow
	err := db.Where("tenant = ?", t).Order("id").Find(&rows).Error
	return mapped(rows, tokenRow.noun), fail("store.tokens", err)
}

// TokenByHash implements directory.Store. Its maker is looked up in the same statement, so that no copy is older than their deactivation.
func (s directoryStore) TokenByHash(ctx context.Context, hash string) (directory.Token, error) {
	var row tokenRow
	maker := holding(s.read.Table("users").Select("1").
		Where("users.tenant = tokens.tenant AND users.id = substr(tokens.created_by, ?) AND users.status = ?", len(byPerson)+1, sso.Active),
		"users.roles", sso.Administrator)
	err := s.read.WithContext(ctx).Where("hash = ? AND (substr(created_by, 1, ?) <> ? OR EXISTS (?))", hash, len(byPerson), byPerson, maker).Take(&row).Error
	return row.noun(), fail("store.token", err)
}

// CreateToken implements directory.Tx.
func (x directoryTx) CreateToken(t directory.Token) error {
	const op = "store.create_token"
	if err := x.mine(op, t.Tenant); err != nil {
		return err
	}
	row := tokenRow{
		Tenant: string(t.Tenant), ID: t.ID, Name: t.Name, Hash: t.Hash, CreatedAt: momentOf(t.CreatedAt), CreatedBy: t.CreatedBy,
	}
	return failUnique(op, x.db.Create(&row).Error, sso.Duplicate)
}

// DeleteToken implements directory.Tx.
func (x directoryTx) DeleteToken(id string) error {
	return x.one("store.delete_token", x.db.Where("tenant = ? AND id = ?", x.tenant, id).Delete(&tokenRow{}))
}
