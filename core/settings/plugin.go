package settings

import "github.com/idplug/idplug/core/sso"

// plugin is what can be said and asked of a provider at this moment.
type plugin struct {
	key      sso.ProviderKey // "" while none is chosen
	manifest sso.Manifest
	known    bool         // there is a manifest, of this run or the last
	ready    sso.Provider // nil while the plugin cannot be asked
	why      sso.Code     // why ready is nil
	unknown  bool         // there is no such plugin: nobody can choose it
}

func (s *Service) plugin(key sso.ProviderKey) plugin {
	p := plugin{key: key}
	if key == "" {
		p.why = sso.ProviderRequired
		return p
	}
	p.manifest, p.known = s.Providers.Manifest(key)
	ready, err := s.Providers.Provider(key)
	switch {
	case err == nil:
		p.ready = ready
	default: // a tenant whose plugin is gone reads the same as one whose plugin is down
		p.why, p.unknown = sso.ProviderUnavailable, sso.CodeOf(err) == sso.ProviderUnknown
	}
	return p
}

// silenced is the plugin after it did not answer.
func (p plugin) silenced() plugin {
	p.ready, p.why = nil, sso.ProviderUnavailable
	return p
}

// capabilities are those of the manifest; nil when there is none.
func (p plugin) capabilities() *sso.Capabilities {
	if !p.known {
		return nil
	}
	return &p.manifest.Capabilities
}

// takesURL reports whether metadata may be fetched. An unknown provider is refused for being unknown, not for this.
func (p plugin) takesURL() bool { return !p.known || p.manifest.Capabilities.MetadataURL }

// trouble says why the plugin cannot be asked; nothing while it can.
func (p plugin) trouble(severity sso.Severity) sso.Problems {
	if p.ready != nil {
		return nil
	}
	name := p.manifest.Name
	if name == "" {
		name = string(p.key)
	}
	var ps sso.Problems
	ps.Add(severity, fieldProvider, p.why, "provider", name, "value", string(p.key))
	return ps
}
