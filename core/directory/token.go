package directory

import (
	"cmp"
	"context"
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// TokenPrefix starts every API token, so that people and secret scanners recognise one.
const TokenPrefix = "idp_"

// CreateToken makes an API token of the tenant; the token itself is returned this once. [sso.Invalid] with a problem at name.
func (s *Service) CreateToken(ctx context.Context, by sso.Actor, t sso.TenantID, name string) (Token, string, error) {
	const op = "directory.create_token"
	if err := by.MayAdminister(op, t); err != nil {
		return Token{}, "", err
	}
	name = strings.TrimSpace(name)
	if err := refuse(op, checkName(name)); err != nil {
		return Token{}, "", err
	}
	secret := TokenPrefix + s.NewToken()
	token := Token{
		Tenant: t, ID: s.NewID("t_"), Name: name, Hash: sso.HashToken(secret), CreatedAt: s.Now(), CreatedBy: cmp.Or(by.Maker, by.String()),
	}
	err := s.Store.InTx(ctx, t, func(tx Tx) error {
		if err := tx.CreateToken(token); err != nil {
			return err
		}
		return tx.Audit(s.entry(by, t, "token.create", "token:"+token.ID).Changing(nil, sso.Fields{"name": name}))
	})
	if err != nil {
		return Token{}, "", err
	}
	return token, secret, nil
}

// DeleteToken ends a token at once.
func (s *Service) DeleteToken(ctx context.Context, by sso.Actor, t sso.TenantID, id string) error {
	if err := by.MayAdminister("directory.delete_token", t); err != nil {
		return err
	}
	return s.Store.InTx(ctx, t, func(tx Tx) error {
		if err := tx.DeleteToken(id); err != nil {
			return err
		}
		return tx.Audit(s.entry(by, t, "token.delete", "token:"+id))
	})
}

// Tokens lists the tenant's tokens, without what they are.
func (s *Service) Tokens(ctx context.Context, by sso.Actor, t sso.TenantID) ([]Token, error) {
	if err := by.MayAdminister("directory.tokens", t); err != nil {
		return nil, err
	}
	return s.Store.Tokens(ctx, t)
}

// Authenticate turns a bearer token of a tenant into an actor; [sso.Unauthorized] when it is none, [sso.TenantDisabled] while the tenant is.
func (s *Service) Authenticate(ctx context.Context, token string) (sso.Actor, error) {
	const op = "directory.authenticate"
	if !strings.HasPrefix(token, TokenPrefix) {
		return sso.Actor{}, sso.Refuse(op, sso.Unauthorized)
	}
	found, err := s.Store.TokenByHash(ctx, sso.HashToken(token))
	if sso.CodeOf(err) == sso.NotFound {
		return sso.Actor{}, sso.Refuse(op, sso.Unauthorized)
	}
	if err != nil {
		return sso.Actor{}, err
	}
	tenant, err := s.Store.Tenant(ctx, found.Tenant)
	switch {
	case sso.CodeOf(err) == sso.NotFound:
		return sso.Actor{}, sso.Refuse(op, sso.Unauthorized)
	case err != nil:
		return sso.Actor{}, err
	case tenant.Disabled:
		return sso.Actor{}, sso.Refuse(op, sso.TenantDisabled)
	}
	return sso.Actor{Kind: sso.APIToken, ID: found.ID, Tenant: found.Tenant, Admin: true, Maker: found.CreatedBy}, nil
}
