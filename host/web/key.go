package web

import (
	"context"
	"encoding/pem"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// ListKeys lists the tenant's own key pairs.
func (s *apiServer) ListKeys(ctx context.Context, r api.ListKeysRequestObject) (api.ListKeysResponseObject, error) {
	keys, err := s.o.Settings.Keys(ctx, actorOf(ctx), sso.TenantID(r.Tenant))
	if err != nil {
		return nil, err
	}
	list := api.ListKeys200JSONResponse{Items: make([]api.KeyPair, len(keys))}
	for i, k := range keys {
		list.Items[i] = keyPair(k)
	}
	return list, nil
}

// RotateKey begins a key rollover.
func (s *apiServer) RotateKey(ctx context.Context, r api.RotateKeyRequestObject) (api.RotateKeyResponseObject, error) {
	key, err := s.o.Settings.RotateKey(ctx, actorOf(ctx), sso.TenantID(r.Tenant))
	if err != nil {
		return nil, err
	}
	at := apiBase + "/tenants/" + r.Tenant + "/sso/keys/" + key.ID
	return api.RotateKey201JSONResponse{Body: keyPair(key), Headers: api.RotateKey201ResponseHeaders{Location: &at}}, nil
}

// RetireKey retires a key pair.
func (s *apiServer) RetireKey(ctx context.Context, r api.RetireKeyRequestObject) (api.RetireKeyResponseObject, error) {
	if _, err := s.o.Settings.RetireKey(ctx, actorOf(ctx), sso.TenantID(r.Tenant), r.ID); err != nil {
		return nil, err
	}
	return api.RetireKey204Response{}, nil
}

func keyPair(k settings.Key) api.KeyPair {
	return api.KeyPair{
		ID: k.ID, State: api.KeyPairState(k.State()), Sha256: k.SHA256, CreatedAt: k.CreatedAt.UTC(), RetiredAt: timeOrNull(k.RetiredAt),
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate})),
	}
}
