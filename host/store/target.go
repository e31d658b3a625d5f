package store

import (
	"container/list"
	"context"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

const (
	// targetFresh is how old a copy may be before its revision is compared: how late a save on another node may show.
	targetFresh = time.Second
	// maxTargets and maxTargetBytes bound the memory of the copies: many small tenants, or some with megabytes of metadata.
	maxTargets     = 10_000
	maxTargetBytes = 64 << 20
)

// Target implements login.Store. Tenants that do not exist are not remembered, so nobody fills memory by asking for them; a slug that is none
// is not even looked up.
func (s loginStore) Target(ctx context.Context, t sso.TenantID) (login.Target, error) {
	const op = "store.target"
	if !t.Valid() {
		return login.Target{}, sso.Refuse(op, sso.NotFound)
	}
	now := s.now()
	copied, known, epoch := s.targets.get(t)
	if known && now.Sub(copied.confirmed) < targetFresh && !now.Before(copied.confirmed) {
		return copied.target, nil
	}
	if known {
		var row tenantRow
		if err := s.read.WithContext(ctx).Select("revision").Where("id = ?", t).Take(&row).Error; err != nil {
			return login.Target{}, fail(op, err)
		}
		if row.Revision == copied.revision {
			s.targets.confirm(t, row.Revision, now)
			return copied.target, nil
		}
	}
	copied = targetCopy{confirmed: now}
	err := s.inSnapshot(ctx, func(db *gorm.DB) (err error) {
		copied.target, copied.revision, err = readTarget(db, t)
		return err
	})
	if err != nil {
		return login.Target{}, err
	}
	s.targets.put(t, copied, epoch)
	return copied.target, nil
}

func readTarget(db *gorm.DB, t sso.TenantID) (target login.Target, revision int64, err error) {
	if target.Tenant, revision, err = readTenant(db, t); err != nil {
		return login.Target{}, 0, err
	}
	if target.Settings, err = readSettings(db, t); err != nil {
		return login.Target{}, 0, err
	}
	if target.Catalogues, err = readCatalogues(db, t); err != nil {
		return login.Target{}, 0, err
	}
	if p := target.Settings.Provider; p != "" {
		target.Connection, err = readConnection(db, t, p)
	}
	return target, revision, err
}

// targetCopy is a tenant as it was at a revision.
type targetCopy struct {
	tenant    sso.TenantID
	target    login.Target
	revision  int64
	confirmed time.Time // when the revision was last known to be the tenant's
	bytes     int
}

// targetCache holds the copies that were used last.
type targetCache struct {
	maxCopies, maxBytes int

	mu    sync.Mutex
	byID  map[sso.TenantID]*list.Element // of targetCopy
	used  *list.List                     // the one used last in front
	bytes int
	// epoch counts drops. A copy that was read before a drop may be older than the change it was for, and is not kept.
	epoch uint64
}

func newTargetCache(maxCopies, maxBytes int) *targetCache {
	return &targetCache{maxCopies: maxCopies, maxBytes: maxBytes, byID: map[sso.TenantID]*list.Element{}, used: list.New()}
}

func (c *targetCache) get(t sso.TenantID) (copied targetCopy, ok bool, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byID[t]
	if !ok {
		return targetCopy{}, false, c.epoch
	}
	c.used.MoveToFront(e)
	return *e.Value.(*targetCopy), true, c.epoch
}

func (c *targetCache) confirm(t sso.TenantID, revision int64, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byID[t]; ok {
		if copied := e.Value.(*targetCopy); copied.revision == revision {
			copied.confirmed = now
		}
	}
}

func (c *targetCache) put(t sso.TenantID, copied targetCopy, epoch uint64) {
	copied.tenant, copied.bytes = t, size(copied.target)
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch != c.epoch || copied.bytes > c.maxBytes {
		return
	}
	c.remove(t)
	c.byID[t] = c.used.PushFront(&copied)
	c.bytes += copied.bytes
	for len(c.byID) > c.maxCopies || c.bytes > c.maxBytes {
		c.remove(c.used.Back().Value.(*targetCopy).tenant)
	}
}

func (c *targetCache) drop(t sso.TenantID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	c.remove(t)
}

func (c *targetCache) remove(t sso.TenantID) {
	if e, ok := c.byID[t]; ok {
		c.bytes -= c.used.Remove(e).(*targetCopy).bytes
		delete(c.byID, t)
	}
}

// size is about how much memory a target takes: what can be long, and something for the rest.
func size(t login.Target) int {
	const each = 128
	n := 4096 + len(t.Connection.MetadataXML) + each*(len(t.Catalogues.Roles)+len(t.Catalogues.Inboxes))
	for _, m := range []sso.Mapping{t.Settings.Roles, t.Settings.Inboxes} {
		for _, r := range m.Rows {
			n += each + len(r.Attribute) + len(r.Value) + 16*len(r.Grant)
		}
	}
	for _, cert := range t.Connection.IdP.Certificates {
		n += each + len(cert.DER)
	}
	return n
}
