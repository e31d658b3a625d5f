package web

import (
	"context"
	"strings"

	"github.com/idplug/idplug/core/directory"
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
	err := s.o.Directory.ReplaceRoles(ctx, actorOf(ctx), sso.TenantID(r.Tenant), c, untagged(r.Params.IfMatch))
	if err != nil {
		return nil, staleAs(err, r.Params.IfMatch)
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
	err := s.o.Directory.ReplaceInboxes(ctx, actorOf(ctx), sso.TenantID(r.Tenant), c, untagged(r.Params.IfMatch))
	if err != nil {
		return nil, staleAs(err, r.Params.IfMatch)
	}
	return api.SaveInboxes200JSONResponse{InboxesJSONResponse: inboxes(c)}, nil
}

func roles(c sso.Catalogue) api.RolesJSONResponse {
	out := make(api.Roles, len(c))
	for i, e := range c {
		exclusive := e.Exclusive
		out[i] = api.Role{Key: string(e.Key), Name: e.Name, Exclusive: &exclusive}
	}
	return api.RolesJSONResponse{Body: out, Headers: api.RolesResponseHeaders{ETag: tag(directory.CatalogueRevision(c))}}
}

func inboxes(c sso.Catalogue) api.InboxesJSONResponse {
	out := make(api.Inboxes, len(c))
	for i, e := range c {
		out[i] = api.Inbox{Key: string(e.Key), Name: e.Name}
	}
	return api.InboxesJSONResponse{Body: out, Headers: api.InboxesResponseHeaders{ETag: tag(directory.CatalogueRevision(c))}}
}

// tag is a revision as an ETag.
func tag(revision string) *string {
	quoted := `"` + revision + `"`
	return &quoted
}

// untagged is the revision that a client read, by its If-Match; "" for whatever there is. A tag that is not ours fits nothing.
func untagged(ifMatch *string) string {
	if ifMatch == nil || *ifMatch == "*" {
		return ""
	}
	if tag := *ifMatch; len(tag) > 2 && strings.HasPrefix(tag, `"`) && strings.HasSuffix(tag, `"`) {
		return tag[1 : len(tag)-1]
	}
	return "none of ours"
}
