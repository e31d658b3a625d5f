package settings

import (
	"context"

	"github.com/idplug/idplug/core/sso"
)

// Connection reads the kept connection of any provider. A provider that is neither known nor has anything kept is [sso.NotFound].
func (s *Service) Connection(ctx context.Context, by sso.Actor, t sso.TenantID, p sso.ProviderKey) (ConnectionView, error) {
	const op = "settings.connection"
	if err := by.MayAdminister(op, t); err != nil {
		return ConnectionView{}, err
	}
	c, err := s.kept(ctx, op, t, p)
	if err != nil {
		return ConnectionView{}, err
	}
	return s.connectionView(c, nil), nil
}

// SaveConnection saves the connection of any provider, active or not, if its revision is still expect: the way to prepare the next provider
// while another is active. Fields count as in a save of the settings that leaves the provider as it is. A fetch that fails refuses only where
// logins depend on the connection and nothing usable is there. Saving the active provider's connection also counts up the version of the
// settings, because their document shows it.
func (s *Service) SaveConnection(ctx context.Context, by sso.Actor, t sso.TenantID, p sso.ProviderKey, d ConnectionDraft, expect int64) (ConnectionView, error) {
	const op = "settings.connection_save"
	if err := by.MayAdminister(op, t); err != nil {
		return ConnectionView{}, err
	}
	set, _, err := s.Store.State(ctx, t)
	if err != nil {
		return ConnectionView{}, err
	}
	kept, err := s.kept(ctx, op, t, p)
	if err != nil {
		return ConnectionView{}, err
	}
	if kept.Revision != expect {
		return ConnectionView{}, conflict(op, kept.Revision)
	}
	active := set.Provider == p
	how := terms{live: active && set.UseSSO, pasted: sso.Failure, refusedURL: sso.Failure}
	if how.live {
		how.moved = sso.Failure
	}
	next, ps, err := s.connect(ctx, kept, d, s.plugin(p), how)
	if err != nil {
		return ConnectionView{}, err
	}
	if failures := ps.Failures(); len(failures) > 0 {
		return ConnectionView{}, sso.Refuse(op, sso.Invalid).With(failures)
	}
	now := s.Now()
	c := Change{Tenant: t, Audit: entry(by, now, t, "sso.connection_save", "connection:"+string(p), document(nil, kept), document(nil, next))}
	c.put(kept, next)
	if active && c.Connection != nil {
		c.ExpectVersion = set.Version
		set.Version, set.UpdatedAt, set.UpdatedBy = set.Version+1, now, by.String()
		c.Settings = &set
	}
	if err := s.Store.Save(ctx, c); err != nil {
		return ConnectionView{}, err
	}
	return s.connectionView(next, ps), nil
}

// kept reads the connection of a provider that is known or has one.
func (s *Service) kept(ctx context.Context, op string, t sso.TenantID, p sso.ProviderKey) (sso.Connection, error) {
	c, err := s.Store.Connection(ctx, t, p)
	if err != nil {
		return sso.Connection{}, err
	}
	if _, known := s.Providers.Manifest(p); !known && c.Revision == 0 {
		return sso.Connection{}, sso.Refuse(op, sso.NotFound)
	}
	return c, nil
}

func (s *Service) connectionView(c sso.Connection, of sso.Problems) ConnectionView {
	return ConnectionView{
		Connection: c,
		Warnings:   merged(s.plugin(c.Provider).trouble(sso.Warning), c.Missing().Demoted(), c.Warnings(s.Now()), of),
	}
}
