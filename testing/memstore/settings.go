package memstore

import (
	"context"
	"slices"
	"strconv"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

type settingsStore struct{ *Store }

// State implements settings.Store.
func (s settingsStore) State(ctx context.Context, t sso.TenantID) (set sso.Settings, c sso.Catalogues, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		set, c = copyOf(own.settings), copyOf(own.catalogues)
		return nil
	})
	return set, c, err
}

// Connection implements settings.Store.
func (s settingsStore) Connection(ctx context.Context, t sso.TenantID, p sso.ProviderKey) (c sso.Connection, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		c = own.connection(p)
		return nil
	})
	return c, err
}

// Save implements settings.Store.
func (s settingsStore) Save(ctx context.Context, c settings.Change) error {
	return s.inTx(ctx, c.Tenant, func(x *tx) error {
		own, err := x.own()
		if err != nil {
			return err
		}
		if c.Settings != nil {
			if own.settings.Version != c.ExpectVersion {
				return stale(own.settings.Version)
			}
			own.settings = copyOf(*c.Settings)
		}
		if c.Connection != nil {
			if at := own.connections[c.Connection.Provider].Revision; at != c.ExpectRevision {
				return stale(at)
			}
			own.connections[c.Connection.Provider] = copyOf(*c.Connection)
		}
		own.endSessions(func(s sso.Session) bool {
			byPassword := c.End.Passwords && s.Method == sso.ByPassword && s.Hash != c.End.Except
			bySSO := c.End.Provider != "" && s.Method == sso.BySSO && s.Provider == c.End.Provider &&
				(c.End.EntityID == "" || s.IDPEntityID != c.End.EntityID)
			return byPassword || bySSO
		})
		return x.Audit(c.Audit)
	})
}

// SPKeys implements settings.Store.
func (s settingsStore) SPKeys(ctx context.Context, t sso.TenantID) (out []sso.SealedKey, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		out = copyOf(own.spKeys)
		return nil
	})
	return out, err
}

// SaveSPKeys implements settings.Store.
func (s settingsStore) SaveSPKeys(ctx context.Context, c settings.KeyChange) error {
	return s.inTx(ctx, c.Tenant, func(x *tx) error {
		own, err := x.own()
		if err != nil {
			return err
		}
		var used []string
		for i, k := range own.spKeys {
			if !k.RetiredAt.IsZero() {
				continue
			}
			if used = append(used, k.ID); k.ID == c.Retire {
				own.spKeys[i].RetiredAt = c.At
			}
		}
		if !slices.Equal(used, c.Expect) {
			return sso.Refuse("memstore.save_sp_keys", sso.VersionConflict)
		}
		if c.Add != nil {
			own.spKeys = append(own.spKeys, copyOf(*c.Add))
		}
		return x.Audit(c.Audit)
	})
}

func stale(version int64) error {
	return sso.Refuse("memstore.save", sso.VersionConflict, "version", strconv.FormatInt(version, 10))
}
