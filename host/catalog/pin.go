package catalog

import (
	"context"

	"github.com/idplug/idplug/core/sso"
)

// Pin makes one of the versions that served serve again, and holds it there whatever is put into the folder: the one with this version or this
// beginning of its SHA-256, or both. It takes effect within a second, without the check that new versions pass, and lasts over restarts. Refusals:
// [sso.NotFound] for a plugin that is not listed, [sso.PluginVersionUnknown].
func (c *Catalog) Pin(_ context.Context, key sso.ProviderKey, version, sum string) (sso.PluginVersion, error) {
	if err := c.known("catalog.pin", key); err != nil {
		return sso.PluginVersion{}, err
	}
	v, err := c.shelf.pin(key, version, sum)
	c.nudge()
	return v, err
}

// Unpin follows the folder again. Refusals: [sso.NotFound].
func (c *Catalog) Unpin(_ context.Context, key sso.ProviderKey) error {
	if err := c.known("catalog.unpin", key); err != nil {
		return err
	}
	err := c.shelf.unpin(key)
	c.nudge()
	return err
}

// known refuses a key of which there never was a plugin: neither is one listed nor has one served.
func (c *Catalog) known(op string, key sso.ProviderKey) error {
	_, err := c.listed(op, key)
	if err != nil && key.Valid() {
		if r, trouble := c.shelf.read(key); trouble != nil || len(r.Versions) > 0 {
			return trouble
		}
	}
	return err
}

// nudge has the loop look now.
func (c *Catalog) nudge() {
	select {
	case c.workshop.made <- struct{}{}:
	default:
	}
}

// Restart replaces the plugin's process by a fresh one, without losing a call, and tries one that was given up again. Refusals: [sso.NotFound],
// [sso.PluginNotStartable] when there is nothing to run.
func (c *Catalog) Restart(_ context.Context, key sso.ProviderKey) error {
	const op = "catalog.restart"
	u, err := c.listed(op, key)
	if err != nil {
		return err
	}
	if err := u.renew(); err != nil {
		return sso.Refuse(op, sso.PluginNotStartable, "provider", string(key)).Because(err)
	}
	return nil
}

// Plugin says where one plugin stands.
func (c *Catalog) Plugin(key sso.ProviderKey) (sso.PluginStatus, error) {
	u, err := c.listed("catalog.plugin", key)
	if err != nil {
		return sso.PluginStatus{}, err
	}
	return u.snapshot(), nil
}

func (c *Catalog) listed(op string, key sso.ProviderKey) (*unit, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if u := c.units[key]; u != nil {
		return u, nil
	}
	return nil, sso.Refuse(op, sso.NotFound)
}

// SetPin is [Catalog.Pin] on the state folder alone, for an operator's command while no server runs; the next one follows it. version and sum both
// empty end the pin.
func SetPin(stateDir string, key sso.ProviderKey, version, sum string) (sso.PluginVersion, error) {
	s, err := openShelf(stateDir)
	switch {
	case err != nil:
		return sso.PluginVersion{}, err
	case !key.Valid():
		return sso.PluginVersion{}, sso.Refuse("catalog.pin", sso.NotFound)
	case version == "" && sum == "":
		return sso.PluginVersion{}, s.unpin(key)
	}
	return s.pin(key, version, sum)
}

func (s *shelf) pin(key sso.ProviderKey, version, sum string) (v sso.PluginVersion, err error) {
	_, err = s.change(key, func(r *record) (err error) {
		if v, err = r.find(key, version, sum); err == nil {
			r.Pin = v.SHA256
		}
		return err
	})
	return v, err
}

func (s *shelf) unpin(key sso.ProviderKey) error {
	_, err := s.change(key, func(r *record) error {
		r.Pin = ""
		return nil
	})
	return err
}
