package web

import (
	"context"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// ListTokens lists the API tokens of a tenant.
func (s *apiServer) ListTokens(ctx context.Context, r api.ListTokensRequestObject) (api.ListTokensResponseObject, error) {
	tokens, err := s.o.Directory.Tokens(ctx, actorOf(ctx), sso.TenantID(r.Tenant))
	if err != nil {
		return nil, err
	}
	list := api.ListTokens200JSONResponse{Items: make([]api.Token, len(tokens))}
	for i, t := range tokens {
		list.Items[i] = api.Token{ID: t.ID, Name: t.Name, CreatedAt: t.CreatedAt.UTC(), CreatedBy: t.CreatedBy}
	}
	return list, nil
}

// CreateToken makes an API token and shows it this once.
func (s *apiServer) CreateToken(ctx context.Context, r api.CreateTokenRequestObject) (api.CreateTokenResponseObject, error) {
	token, secret, err := s.o.Directory.CreateToken(ctx, actorOf(ctx), sso.TenantID(r.Tenant), r.Body.Name)
	if err != nil {
		return nil, err
	}
	at := apiBase + "/tenants/" + string(token.Tenant) + "/tokens/" + token.ID
	return api.CreateToken201JSONResponse{
		Body:    api.CreatedToken{ID: token.ID, Name: token.Name, Token: secret},
		Headers: api.CreateToken201ResponseHeaders{Location: &at},
	}, nil
}

// DeleteToken revokes an API token.
func (s *apiServer) DeleteToken(ctx context.Context, r api.DeleteTokenRequestObject) (api.DeleteTokenResponseObject, error) {
	if err := s.o.Directory.DeleteToken(ctx, actorOf(ctx), sso.TenantID(r.Tenant), r.ID); err != nil {
		return nil, err
	}
	return api.DeleteToken204Response{}, nil
}
