package web

import (
	"context"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// ListTenants lists tenants.
func (s *apiServer) ListTenants(ctx context.Context, r api.ListTenantsRequestObject) (api.ListTenantsResponseObject, error) {
	p, err := page(r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	tenants, next, err := s.o.Directory.Tenants(ctx, actorOf(ctx), p)
	if err != nil {
		return nil, err
	}
	list := api.ListTenants200JSONResponse{Items: make([]api.Tenant, len(tenants)), Next: next}
	for i, t := range tenants {
		list.Items[i] = tenantDocument(t)
	}
	return list, nil
}

// CreateTenant creates a tenant.
func (s *apiServer) CreateTenant(ctx context.Context, r api.CreateTenantRequestObject) (api.CreateTenantResponseObject, error) {
	t, err := s.o.Directory.CreateTenant(ctx, actorOf(ctx), directory.NewTenant{
		Slug: sso.TenantID(r.Body.Slug), Name: or(r.Body.Name), EmailDomains: or(r.Body.EmailDomains),
	})
	if err != nil {
		return nil, err
	}
	at := apiBase + "/tenants/" + string(t.ID)
	return api.CreateTenant201JSONResponse{Body: tenantDocument(t), Headers: api.CreateTenant201ResponseHeaders{Location: &at}}, nil
}

// GetTenant reads a tenant.
func (s *apiServer) GetTenant(ctx context.Context, r api.GetTenantRequestObject) (api.GetTenantResponseObject, error) {
	t, err := s.o.Directory.Tenant(ctx, actorOf(ctx), sso.TenantID(r.Tenant))
	if err != nil {
		return nil, err
	}
	return api.GetTenant200JSONResponse(tenantDocument(t)), nil
}

// UpdateTenant changes a tenant.
func (s *apiServer) UpdateTenant(ctx context.Context, r api.UpdateTenantRequestObject) (api.UpdateTenantResponseObject, error) {
	patch := oneOf(r.JSONBody, r.ApplicationMergePatchPlusJSONBody)
	t, err := s.o.Directory.UpdateTenant(ctx, actorOf(ctx), sso.TenantID(r.Tenant), directory.TenantPatch{
		Name: patch.Name, EmailDomains: patch.EmailDomains, Disabled: patch.Disabled,
	})
	if err != nil {
		return nil, err
	}
	return api.UpdateTenant200JSONResponse(tenantDocument(t)), nil
}

// DeleteTenant deletes a tenant with everything it has.
func (s *apiServer) DeleteTenant(ctx context.Context, r api.DeleteTenantRequestObject) (api.DeleteTenantResponseObject, error) {
	if err := s.o.Directory.DeleteTenant(ctx, actorOf(ctx), sso.TenantID(r.Tenant)); err != nil {
		return nil, err
	}
	return api.DeleteTenant204Response{}, nil
}

func tenantDocument(t sso.Tenant) api.Tenant {
	return api.Tenant{
		Slug: string(t.ID), Name: t.Name, EmailDomains: texts(t.EmailDomains), Disabled: t.Disabled, CreatedAt: t.CreatedAt.UTC(),
	}
}

// page reads which part of a list is wanted.
func page(cursor *string, limit *int) (directory.Page, error) {
	p := directory.Page{Cursor: or(cursor), Limit: directory.DefaultPage}
	if limit != nil {
		p.Limit = *limit
	}
	if p.Limit < 1 || p.Limit > directory.MaxPage || len(p.Cursor) > 1024 {
		return p, sso.Refuse("web.page", sso.BadRequest, "detail", "limit must be 1 to 200, and cursor one that a list gave")
	}
	return p, nil
}
