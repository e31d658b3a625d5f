package web

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// PreviewSettings shows what the saved mappings would grant.
func (s *apiServer) PreviewSettings(ctx context.Context, r api.PreviewSettingsRequestObject) (api.PreviewSettingsResponseObject, error) {
	var evidence sso.Evidence
	for _, name := range slices.Sorted(maps.Keys(r.Body.Attributes)) {
		evidence.Attributes = append(evidence.Attributes, sso.Attribute{Name: name, Values: r.Body.Attributes[name]})
	}
	if text := or(r.Body.Email); text != "" {
		email, ok := sso.ParseEmail(text)
		if !ok {
			var ps sso.Problems
			ps.Add(sso.Failure, "email", sso.EmailInvalid)
			return nil, sso.Refuse("web.preview", sso.Invalid).With(ps)
		}
		evidence.Email = email
	}
	p, err := s.o.Settings.Preview(ctx, actorOf(ctx), sso.TenantID(r.Tenant), evidence)
	if err != nil {
		return nil, err
	}
	return api.PreviewSettings200JSONResponse{
		Roles: texts(p.Roles.Keys), Inboxes: texts(p.Inboxes.Keys),
		RoleMapping: resolution(sso.RoleFields, p.Roles), InboxMapping: resolution(sso.InboxFields, p.Inboxes),
	}, nil
}

func resolution(f sso.MappingFields, r sso.Resolution) api.Resolution {
	matched := make([]string, len(r.Matched))
	for i, row := range r.Matched {
		matched[i] = fmt.Sprintf("%s[%d]", f.Rows, row)
	}
	return api.Resolution{Matched: matched, Defaulted: r.Defaulted, Dropped: texts(r.Dropped)}
}
