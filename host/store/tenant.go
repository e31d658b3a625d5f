package store

import (
	"context"
	"math/rand/v2"
	"strings"

	"gorm.io/gorm"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

type tenantRow struct {
	ID        string `gorm:"primaryKey"`
	Name      string
	Disabled  bool
	CreatedAt moment
	Revision  int64
}

func (tenantRow) TableName() string { return "tenants" }

type domainRow struct {
	Tenant   string `gorm:"primaryKey"`
	Domain   string `gorm:"primaryKey"`
	Position int
}

func (domainRow) TableName() string { return "tenant_domains" }

func (r tenantRow) noun(domains []domainRow) sso.Tenant {
	t := sso.Tenant{ID: sso.TenantID(r.ID), Name: r.Name, Disabled: r.Disabled, CreatedAt: r.CreatedAt.time()}
	for _, d := range domains {
		if d.Tenant == r.ID {
			t.EmailDomains = append(t.EmailDomains, d.Domain)
		}
	}
	return t
}

// Tenant implements directory.Store.
func (s directoryStore) Tenant(ctx context.Context, t sso.TenantID) (tenant sso.Tenant, err error) {
	err = s.inSnapshot(ctx, func(db *gorm.DB) error {
		tenant, _, err = readTenant(db, t)
		return err
	})
	return tenant, err
}

func readTenant(db *gorm.DB, t sso.TenantID) (tenant sso.Tenant, revision int64, err error) {
	const op = "store.tenant"
	var row tenantRow
	if err := db.Where("id = ?", t).Take(&row).Error; err != nil {
		return sso.Tenant{}, 0, fail(op, err)
	}
	var domains []domainRow
	err = db.Where("tenant = ?", t).Order("position").Find(&domains).Error
	return row.noun(domains), row.Revision, fail(op, err)
}

// Tenants implements directory.Store.
func (s directoryStore) Tenants(ctx context.Context, p directory.Page) (out []sso.Tenant, next string, err error) {
	const op = "store.tenants"
	after, err := cursor(op, p)
	if err != nil {
		return nil, "", err
	}
	err = s.inSnapshot(ctx, func(db *gorm.DB) error {
		var rows []tenantRow
		if err := db.Where("id > ?", after).Order("id").Limit(p.Limit + 1).Find(&rows).Error; err != nil {
			return fail(op, err)
		}
		rows, next = page(rows, p.Limit, func(r tenantRow) string { return r.ID })
		ids := mapped(rows, func(r tenantRow) string { return r.ID })
		var domains []domainRow
		if err := db.Where("tenant IN ?", ids).Order("tenant, position").Find(&domains).Error; err != nil {
			return fail(op, err)
		}
		out = mapped(rows, func(r tenantRow) sso.Tenant { return r.noun(domains) })
		return nil
	})
	return out, next, err
}

// maxFound bounds the tenants that one address leads to.
const maxFound = 10

// TenantsByEmail implements directory.Store.
func (s directoryStore) TenantsByEmail(ctx context.Context, e sso.Email) ([]sso.TenantID, error) {
	var ids []sso.TenantID
	err := s.read.WithContext(ctx).Raw(`SELECT tenant FROM tenant_domains WHERE domain = ?
		UNION SELECT tenant FROM users WHERE email = ? AND NOT EXISTS (SELECT 1 FROM tenant_domains WHERE domain = ?)
		ORDER BY tenant LIMIT ?`, e.Domain(), e, e.Domain(), maxFound).Scan(&ids).Error
	return ids, fail("store.tenants_by_email", err)
}

// TenantOfDomain implements directory.Store. The first and the last tenant of a domain are each one step into an index, however many people it has.
func (s directoryStore) TenantOfDomain(ctx context.Context, domain string) (sso.TenantID, error) {
	var found struct{ Owner, First, Last *string }
	err := s.read.WithContext(ctx).Raw(`SELECT (SELECT tenant FROM tenant_domains WHERE domain = ?) AS owner,
		(SELECT MIN(tenant) FROM users WHERE domain = ?) AS first, (SELECT MAX(tenant) FROM users WHERE domain = ?) AS last`,
		domain, domain, domain).Scan(&found).Error
	switch {
	case err != nil:
		return "", fail("store.tenant_of_domain", err)
	case found.Owner != nil:
		return sso.TenantID(*found.Owner), nil
	case found.First == nil || *found.First != *found.Last:
		return "", nil
	}
	return sso.TenantID(*found.First), nil
}

// CreateTenant implements directory.Tx.
func (x directoryTx) CreateTenant(t sso.Tenant, c sso.Catalogues) error {
	const op = "store.create_tenant"
	if err := x.mine(op, t.ID); err != nil {
		return err
	}
	// A tenant that is made anew under an old slug must not have a revision that some node remembers.
	row := tenantRow{
		ID: string(t.ID), Name: t.Name, Disabled: t.Disabled, CreatedAt: momentOf(t.CreatedAt),
		Revision: rand.Int64N(1 << 62), //nolint:gosec // only has to differ
	}
	if err := x.db.Create(&row).Error; err != nil {
		return failUnique(op, err, sso.SlugTaken)
	}
	if err := x.createSettings(op); err != nil {
		return err
	}
	if err := x.saveDomains(op, t); err != nil {
		return err
	}
	if err := x.saveCatalogue(op, "roles", c.Roles); err != nil {
		return err
	}
	return x.saveCatalogue(op, "inboxes", c.Inboxes)
}

// Tenant implements directory.Tx.
func (x directoryTx) Tenant() (sso.Tenant, error) {
	t, _, err := readTenant(x.db, x.tenant)
	return t, err
}

// UpdateTenant implements directory.Tx.
func (x directoryTx) UpdateTenant(t sso.Tenant) error {
	const op = "store.update_tenant"
	if err := x.mine(op, t.ID); err != nil {
		return err
	}
	err := x.one(op, x.db.Model(&tenantRow{}).Where("id = ?", t.ID).
		Updates(map[string]any{"name": t.Name, "disabled": t.Disabled}))
	if err != nil {
		return err
	}
	if err := x.saveDomains(op, t); err != nil {
		return err
	}
	return x.touch(op)
}

func (x *tx) saveDomains(op string, t sso.Tenant) error {
	if err := x.db.Where("tenant = ?", t.ID).Delete(&domainRow{}).Error; err != nil {
		return fail(op, err)
	}
	for i, d := range t.EmailDomains { // one by one, so that the taken one can be named
		err := x.db.Create(&domainRow{Tenant: string(t.ID), Domain: d, Position: i}).Error
		if what, ok := violated(err); ok && strings.Contains(what, "domain") {
			return sso.Refuse(op, sso.DomainTaken, "value", d).Because(err)
		}
		if err != nil {
			return fail(op, err)
		}
	}
	return nil
}

// DeleteTenant implements directory.Tx. Everything the tenant has goes with it, by foreign keys.
func (x directoryTx) DeleteTenant() error {
	x.touched = true
	return x.one("store.delete_tenant", x.db.Where("id = ?", x.tenant).Delete(&tenantRow{}))
}
