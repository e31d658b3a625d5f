package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/idplug/idplug/core/sso"
)

// entryRow is a row of the tables roles and inboxes.
type entryRow struct {
	Tenant    string `gorm:"primaryKey"`
	Key       string `gorm:"primaryKey"`
	Position  int
	Name      string
	Exclusive bool
}

// entriesAtOnce keeps an INSERT within every database's limit of parameters.
const entriesAtOnce = 500

func readCatalogues(db *gorm.DB, t sso.TenantID) (c sso.Catalogues, err error) {
	if c.Roles, err = readCatalogue(db, "roles", t); err != nil {
		return sso.Catalogues{}, err
	}
	c.Inboxes, err = readCatalogue(db, "inboxes", t)
	return c, err
}

func readCatalogue(db *gorm.DB, table string, t sso.TenantID) (sso.Catalogue, error) {
	var rows []entryRow
	if err := db.Table(table).Where("tenant = ?", t).Order("position").Find(&rows).Error; err != nil {
		return nil, fail("store."+table, err)
	}
	return mapped(rows, func(r entryRow) sso.Entry {
		return sso.Entry{Key: sso.Key(r.Key), Name: r.Name, Exclusive: r.Exclusive}
	}), nil
}

func (x *tx) saveCatalogue(op, table string, c sso.Catalogue) error {
	if err := x.db.Table(table).Where("tenant = ?", x.tenant).Delete(&entryRow{}).Error; err != nil {
		return fail(op, err)
	}
	rows := make([]entryRow, len(c))
	for i, e := range c {
		rows[i] = entryRow{Tenant: string(x.tenant), Key: string(e.Key), Position: i, Name: e.Name, Exclusive: e.Exclusive}
	}
	if len(rows) > 0 {
		if err := x.db.Table(table).CreateInBatches(rows, entriesAtOnce).Error; err != nil {
			return fail(op, err)
		}
	}
	return x.touch(op)
}

// Catalogues implements directory.Store.
func (s directoryStore) Catalogues(ctx context.Context, t sso.TenantID) (c sso.Catalogues, err error) {
	err = s.inSnapshot(ctx, func(db *gorm.DB) error {
		if err := exists(db, t); err != nil {
			return err
		}
		c, err = readCatalogues(db, t)
		return err
	})
	return c, err
}

// Catalogues implements directory.Tx.
func (x directoryTx) Catalogues() (sso.Catalogues, error) {
	if err := exists(x.db, x.tenant); err != nil {
		return sso.Catalogues{}, err
	}
	return readCatalogues(x.db, x.tenant)
}

// SaveRoles implements directory.Tx.
func (x directoryTx) SaveRoles(c sso.Catalogue) error {
	return x.saveCatalogue("store.save_roles", "roles", c)
}

// SaveInboxes implements directory.Tx.
func (x directoryTx) SaveInboxes(c sso.Catalogue) error {
	return x.saveCatalogue("store.save_inboxes", "inboxes", c)
}
