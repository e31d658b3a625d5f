package web

import (
	"cmp"
	"context"
	"slices"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// ListProviders lists what can be selected.
func (s *apiServer) ListProviders(ctx context.Context, r api.ListProvidersRequestObject) (api.ListProvidersResponseObject, error) {
	places, err := s.guidePlaces(ctx, r.Params.Tenant)
	if err != nil {
		return nil, err
	}
	list := api.ListProviders200JSONResponse{Items: []api.Provider{}}
	for _, p := range s.o.Providers.Providers() {
		list.Items = append(list.Items, providerDocument(p, places))
	}
	slices.SortFunc(list.Items, func(a, b api.Provider) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Key, b.Key)) })
	return list, nil
}

// GetProvider reads one provider.
func (s *apiServer) GetProvider(ctx context.Context, r api.GetProviderRequestObject) (api.GetProviderResponseObject, error) {
	places, err := s.guidePlaces(ctx, r.Params.Tenant)
	if err != nil {
		return nil, err
	}
	for _, p := range s.o.Providers.Providers() {
		if string(p.Manifest.Key) == r.Key {
			return api.GetProvider200JSONResponse(providerDocument(p, places)), nil
		}
	}
	return nil, sso.Refuse("web.provider", sso.NotFound)
}

// guidePlaces are a tenant's values for the places in a guide, nil when no tenant is asked for: the places then stay.
func (s *apiServer) guidePlaces(ctx context.Context, tenant *string) (map[string]string, error) {
	if tenant == nil {
		return nil, nil
	}
	t, err := s.o.Directory.Tenant(ctx, actorOf(ctx), sso.TenantID(*tenant))
	if err != nil {
		return nil, err
	}
	return placesOf(sso.NewServiceProvider(s.o.Origin, t.ID)), nil
}

// placesOf are the values of the places that a guide may hold.
func placesOf(sp sso.ServiceProvider) map[string]string {
	return map[string]string{
		"acs_url": sp.ACSURL, "entity_id": sp.EntityID, "metadata_url": sp.MetadataURL, "login_url": sp.LoginURL, "slo_url": sp.SLOURL,
	}
}

func providerDocument(p sso.ProviderStatus, places map[string]string) api.Provider {
	m := p.Manifest
	doc := api.Provider{Key: string(m.Key), Name: m.Name, Version: m.Version, Vendor: m.Vendor, State: string(p.State)}
	doc.Capabilities.MetadataURL, doc.Capabilities.Jit = m.Capabilities.MetadataURL, m.Capabilities.JIT
	doc.Capabilities.Profile, doc.Capabilities.ForceAuthn = m.Capabilities.Profile, m.Capabilities.ForceAuthn
	doc.Guide, doc.AttributeHints = make([]api.GuideStep, len(m.Guide)), make([]api.AttributeHint, len(m.AttributeHints))
	for i, step := range m.Guide {
		doc.Guide[i] = api.GuideStep{Title: sso.Fill(step.Title, places), Text: sso.Fill(step.Text, places)}
	}
	for i, h := range m.AttributeHints {
		doc.AttributeHints[i] = api.AttributeHint{Name: h.Name, Label: h.Label, For: h.For, Example: h.Example}
	}
	return doc
}
