package settings

import (
	"context"

	"github.com/idplug/idplug/core/sso"
)

// disableTries bounds how often Disable starts again because somebody else saved: it is the way out when all else fails, so it should win.
const disableTries = 10

// Disable turns SSO off for a tenant, whatever state its metadata or plugin is in (break-glass; operator or administrator), and says whether
// it was on. Everything else stays as it is (rule 7).
func (s *Service) Disable(ctx context.Context, by sso.Actor, t sso.TenantID) (was bool, err error) {
	if err := by.MayAdminister("settings.disable", t); err != nil {
		return false, err
	}
	for range disableTries {
		if was, err = s.disable(ctx, by, t); sso.CodeOf(err) != sso.VersionConflict {
			break
		}
	}
	return was, err
}

func (s *Service) disable(ctx context.Context, by sso.Actor, t sso.TenantID) (was bool, err error) {
	before, _, err := s.Store.State(ctx, t)
	if err != nil || !before.UseSSO {
		return false, err
	}
	next := before
	next.UseSSO, next.Version, next.UpdatedAt, next.UpdatedBy = false, before.Version+1, s.Now(), by.String()
	err = s.Store.Save(ctx, Change{
		Tenant: t, Settings: &next, ExpectVersion: before.Version,
		Audit: entry(by, next.UpdatedAt, t, "sso.disable", "sso", document(&before, sso.Connection{}), document(&next, sso.Connection{})),
	})
	return err == nil, err
}
