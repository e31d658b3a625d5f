package settings

import (
	"context"

	"github.com/idplug/idplug/core/sso"
)

// Preview is what a person with some attributes would be given, and by which rows.
type Preview struct{ Roles, Inboxes sso.Resolution }

// Preview resolves the tenant's mappings for attributes as a first login would; nothing is stored.
func (s *Service) Preview(ctx context.Context, by sso.Actor, t sso.TenantID, e sso.Evidence) (Preview, error) {
	if err := by.MayAdminister("settings.preview", t); err != nil {
		return Preview{}, err
	}
	set, catalogues, err := s.Store.State(ctx, t)
	if err != nil {
		return Preview{}, err
	}
	return Preview{Roles: set.Roles.Resolve(e, catalogues.Roles), Inboxes: set.Inboxes.Resolve(e, catalogues.Inboxes)}, nil
}
