package web

import (
	"context"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// GetRoles reads the catalogue of roles.
func (s *apiServer) GetRoles(ctx context.Context, r api.GetRolesRequestObject) (api.GetRolesResponseObject, error) {
	c, err := s.o.Directory.Catalogues(ctx, actorOf(ctx), sso.TenantID(r.Tenant))
	if err != nil {
		return nil, err
	}
	return api.GetRoles200JSONResponse{RolesJSONResponse: roles(c.Roles)}, nil
}

// SaveRoles replaces the catalogue of roles.
func (s *apiServer) SaveRoles(ctx context.Context, r api.SaveRolesRequestObject) (api.SaveRolesResponseObject, error) {
	c := make(sso.Catalogue, len(*r.Body))
	for i, e := range *r.Body {
		c[i] = sso.Entry{Key: sso.Key(e.Key), Name: e.Name, Exclusive: or(e.Exclusive)}
	}
	if err := s.o.Directory.SaveRoles(ctx, actorOf(ctx), sso.TenantID(r.Tenant), c); err != nil {
		return nil, err
	}
	return api.SaveRoles200JSONResponse{RolesJSONResponse: roles(c)}, nil
}

// GetInboxes reads the catalogue of inboxes.
func (s *apiServer) GetInboxes(ctx context.Context, r api.GetInboxesRequestObject) (api.GetInboxesResponseObject, error) {
	c, err := s.o.Directory.Catalogues(ctx, actorOf(ctx), sso.TenantID(r.Tenant))
	if err != nil {
		return nil, err
	}
	return api.GetInboxes200JSONResponse{InboxesJSONResponse: inboxes(c.Inboxes)}, nil
}

// SaveInboxes replaces the catalogue of inboxes.
func (s *apiServer) SaveInboxes(ctx context.Context, r api.SaveInboxesRequestObject) (api.SaveInboxesResponseObject, error) {
	c := make(sso.Catalogue, len(*r.Body))
	for i, e := range *r.Body {
		c[i] = sso.Entry{Key: sso.Key(e.Key), Name: e.Name}
	}
	if err := s.o.Directory.SaveInboxes(ctx, actorOf(ctx), sso.TenantID(r.Tenant), c); err != nil {
		return nil, err
	}
	return api.SaveInboxes200JSONResponse{InboxesJSONResponse: inboxes(c)}, nil
}

func roles(c sso.Catalogue) api.RolesJSONResponse {
	out := make(api.RolesJSONResponse, len(c))
	for i, e := range c {
		exclusive := e.Exclusive
		out[i] = api.Role{Key: string(e.Key), Name: e.Name, Exclusive: &exclusive}
	}
	return out
}

func inboxes(c sso.Catalogue) api.InboxesJSONResponse {
	out := make(api.InboxesJSONResponse, len(c))
	for i, e := range c {
		out[i] = api.Inbox{Key: string(e.Key), Name: e.Name}
	}
	return out
}
