package store

import (
	"context"
	"strconv"

	"gorm.io/gorm"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// auditRow is a row of the tables audit and deployment_audit.
type auditRow struct {
	Tenant      string `gorm:"primaryKey"`
	ID          serial `gorm:"primaryKey;autoIncrement:false"`
	At          moment
	Actor       string
	Action      string
	Target      string
	StateBefore string
	StateAfter  string
}

// auditTable is where a tenant's entries are. The deployment's own, without a tenant, outlive the tenant they are about.
func auditTable(t sso.TenantID) string {
	if t == "" {
		return "deployment_audit"
	}
	return "audit"
}

// Audit implements the Tx of login and directory.
func (x *tx) Audit(e sso.AuditEntry) error {
	const op = "store.audit"
	if e.Tenant != "" {
		if err := x.mine(op, e.Tenant); err != nil {
			return err
		}
	}
	row := auditRow{
		Tenant: string(e.Tenant), At: momentOf(e.At), Actor: e.Actor, Action: e.Action, Target: e.Target, StateBefore: e.Before, StateAfter: e.After,
	}
	return fail(op, x.db.Table(auditTable(e.Tenant)).Create(&row).Error)
}

func (r auditRow) noun() sso.AuditEntry {
	return sso.AuditEntry{
		Tenant: sso.TenantID(r.Tenant), ID: int64(r.ID), At: r.At.time(), Actor: r.Actor, Action: r.Action, Target: r.Target,
		Before: r.StateBefore, After: r.StateAfter,
	}
}

// Audit implements directory.Store.
func (s directoryStore) Audit(ctx context.Context, t sso.TenantID, q directory.AuditQuery) (out []sso.AuditEntry, next string, err error) {
	err = s.inSnapshot(ctx, func(db *gorm.DB) error {
		if t != "" {
			if err := exists(db, t); err != nil {
				return err
			}
		}
		var rows []auditRow
		rows, next, err = newestFirst(matching(db.Table(auditTable(t)), "action", q.Action, "actor", q.Actor), t, q.Page, func(r auditRow) serial { return r.ID })
		out = mapped(rows, auditRow.noun)
		return err
	})
	return out, next, err
}

// matching are the rows whose columns have the values; "" takes any. Columns are constants of this room.
func matching(db *gorm.DB, columnsAndValues ...string) *gorm.DB {
	for i := 0; i+1 < len(columnsAndValues); i += 2 {
		if value := columnsAndValues[i+1]; value != "" {
			db = db.Where(columnsAndValues[i]+" = ?", value)
		}
	}
	return db
}

// newestFirst reads a page of rows by ID, descending.
func newestFirst[T any](db *gorm.DB, t sso.TenantID, p directory.Page, id func(T) serial) ([]T, string, error) {
	const op = "store.page"
	last, err := cursor(op, p)
	if err != nil {
		return nil, "", err
	}
	find := db.Where("tenant = ?", t)
	if last != "" {
		before, err := strconv.ParseInt(last, 10, 64)
		if err != nil {
			return nil, "", sso.Refuse(op, sso.BadRequest, "detail", "no such cursor").Because(err)
		}
		find = find.Where("id < ?", before)
	}
	var rows []T
	if err := find.Order("id DESC").Limit(p.Limit + 1).Find(&rows).Error; err != nil {
		return nil, "", fail(op, err)
	}
	rows, next := page(rows, p.Limit, func(r T) string { return strconv.FormatInt(int64(id(r)), 10) })
	return rows, next, nil
}
