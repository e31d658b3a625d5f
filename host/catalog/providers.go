package catalog

import "github.com/idplug/idplug/core/sso"

// Provider returns a provider whose plugin is ready, or served before and is about to again: then its calls wait for it, as long as their
// deadlines allow. Errors: [sso.ProviderUnknown], [sso.ProviderUnavailable].
func (c *Catalog) Provider(key sso.ProviderKey) (sso.Provider, error) {
	const op = "catalog.provider"
	c.mu.RLock()
	u := c.units[key]
	c.mu.RUnlock()
	if u == nil {
		return nil, sso.Refuse(op, sso.ProviderUnknown, "value", string(key))
	}
	manifest, state := u.known(), u.snapshot().State
	if manifest == nil || state != sso.PluginReady && !coming(state) {
		return nil, sso.Refuse(op, sso.ProviderUnavailable, "provider", string(key))
	}
	return provider{unit: u, manifest: *manifest}, nil
}

// Manifest returns the last manifest of a provider that was ready once.
func (c *Catalog) Manifest(key sso.ProviderKey) (sso.Manifest, bool) {
	c.mu.RLock()
	u := c.units[key]
	c.mu.RUnlock()
	if u == nil {
		return sso.Manifest{}, false
	}
	if m := u.known(); m != nil {
		return *m, true
	}
	return sso.Manifest{}, false
}

// Providers lists the providers that administrators can choose, by key: those whose plugin was ready once and whose file is still there, in
// whatever state.
func (c *Catalog) Providers() []sso.ProviderStatus {
	var out []sso.ProviderStatus
	for _, u := range c.all() {
		state := u.snapshot().State
		if m := u.known(); m != nil && state != sso.PluginStopped {
			out = append(out, sso.ProviderStatus{Manifest: *m, State: state})
		}
	}
	return out
}

// Plugins lists every plugin binary and where it stands, by key.
func (c *Catalog) Plugins() []sso.PluginStatus {
	var out []sso.PluginStatus
	for _, u := range c.all() {
		out = append(out, u.snapshot())
	}
	return out
}
