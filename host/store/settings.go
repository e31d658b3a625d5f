package store

import (
	"context"
	"strconv"

	"gorm.io/gorm"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// settingsStore implements settings.Store.
type settingsStore struct{ *Store }

type settingsRow struct {
	Tenant                string `gorm:"primaryKey"`
	UseSSO                bool   `gorm:"column:use_sso"`
	Provider              string
	ForceReauthentication bool
	JIT                   bool `gorm:"column:jit"`
	RoleSync              string
	IDPInitiated          string `gorm:"column:idp_initiated"`
	Roles                 document[mappingDoc]
	Inboxes               document[mappingDoc]
	Version               int64
	UpdatedAt             moment `gorm:"autoUpdateTime:false"`
	UpdatedBy             string
}

func (settingsRow) TableName() string { return "settings" }

// mappingDoc and mappingRowDoc are how a mapping is stored.
type mappingDoc struct {
	Defaults []sso.Key       `json:"defaults,omitempty"`
	Rows     []mappingRowDoc `json:"rows,omitempty"`
}

type mappingRowDoc struct {
	Attribute string    `json:"attribute"`
	Value     string    `json:"value"`
	Grant     []sso.Key `json:"grant"`
}

func mappingDocOf(m sso.Mapping) document[mappingDoc] {
	return documentOf(mappingDoc{m.Defaults, mapped(m.Rows, func(r sso.Row) mappingRowDoc { return mappingRowDoc(r) })})
}

func (d mappingDoc) noun() sso.Mapping {
	return sso.Mapping{Defaults: d.Defaults, Rows: mapped(d.Rows, func(r mappingRowDoc) sso.Row { return sso.Row(r) })}
}

func settingsRowOf(s sso.Settings) settingsRow {
	row := settingsRow{
		Tenant: string(s.Tenant), UseSSO: s.UseSSO, Provider: string(s.Provider), ForceReauthentication: s.ForceReauthentication, JIT: s.JIT,
		RoleSync: string(s.RoleSync), IDPInitiated: string(s.IDPInitiated), Roles: mappingDocOf(s.Roles), Inboxes: mappingDocOf(s.Inboxes),
		Version: s.Version, UpdatedAt: momentOf(s.UpdatedAt), UpdatedBy: s.UpdatedBy,
	}
	// The zero values of the noun have one meaning each; the table knows only that.
	if row.RoleSync == "" {
		row.RoleSync = string(sso.SyncNever)
	}
	if row.IDPInitiated == "" {
		row.IDPInitiated = string(sso.TileRestart)
	}
	return row
}

func (r settingsRow) noun() sso.Settings {
	return sso.Settings{
		Tenant: sso.TenantID(r.Tenant), UseSSO: r.UseSSO, Provider: sso.ProviderKey(r.Provider), ForceReauthentication: r.ForceReauthentication,
		JIT: r.JIT, RoleSync: sso.RoleSync(r.RoleSync), IDPInitiated: sso.IDPInitiated(r.IDPInitiated), Roles: r.Roles.v.noun(),
		Inboxes: r.Inboxes.v.noun(), Version: r.Version, UpdatedAt: r.UpdatedAt.time(), UpdatedBy: r.UpdatedBy,
	}
}

func readSettings(db *gorm.DB, t sso.TenantID) (sso.Settings, error) {
	var row settingsRow
	err := db.Where("tenant = ?", t).Take(&row).Error
	return row.noun(), fail("store.settings", err)
}

func (x *tx) createSettings(op string) error {
	row := settingsRowOf(sso.NewSettings(x.tenant))
	return fail(op, x.db.Create(&row).Error)
}

// State implements settings.Store.
func (s settingsStore) State(ctx context.Context, t sso.TenantID) (set sso.Settings, c sso.Catalogues, err error) {
	err = s.inSnapshot(ctx, func(db *gorm.DB) error {
		if set, err = readSettings(db, t); err != nil {
			return err
		}
		c, err = readCatalogues(db, t)
		return err
	})
	return set, c, err
}

// Save implements settings.Store.
func (s settingsStore) Save(ctx context.Context, c settings.Change) error {
	const op = "store.save"
	return s.inTx(ctx, c.Tenant, func(x *tx) error {
		before, err := x.lockTenant(op, alone)
		if err != nil {
			return err
		}
		if c.Settings != nil {
			if err := x.saveSettings(op, *c.Settings, before.Version, c.ExpectVersion); err != nil {
				return err
			}
		}
		if c.Connection != nil {
			if err := x.saveConnection(op, *c.Connection, c.ExpectRevision); err != nil {
				return err
			}
		}
		if err := x.endSessions(op, c.End); err != nil {
			return err
		}
		if err := x.Audit(c.Audit); err != nil {
			return err
		}
		return x.touch(op)
	})
}

// saveSettings compares and sets; the row is locked since its version was read.
func (x *tx) saveSettings(op string, s sso.Settings, is, expect int64) error {
	if err := x.mine(op, s.Tenant); err != nil {
		return err
	}
	if is != expect {
		return stale(op, is)
	}
	row := settingsRowOf(s)
	return x.one(op, x.db.Select("*").Where("tenant = ?", x.tenant).Updates(&row))
}

func stale(op string, version int64) error {
	return sso.Refuse(op, sso.VersionConflict, "version", strconv.FormatInt(version, 10))
}

// Settings implements directory.Tx.
func (x directoryTx) Settings() (sso.Settings, error) { return readSettings(x.db, x.tenant) }
