package web

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

// GetConnection reads the kept connection of any provider.
func (s *apiServer) GetConnection(ctx context.Context, r api.GetConnectionRequestObject) (api.GetConnectionResponseObject, error) {
	view, err := s.o.Settings.Connection(ctx, actorOf(ctx), sso.TenantID(r.Tenant), sso.ProviderKey(r.Provider))
	if err != nil {
		return nil, err
	}
	return api.GetConnection200JSONResponse{ConnectionJSONResponse: connectionAnswer(view)}, nil
}

// SaveConnection saves the connection of any provider.
func (s *apiServer) SaveConnection(ctx context.Context, r api.SaveConnectionRequestObject) (api.SaveConnectionResponseObject, error) {
	named, err := members(*r.Body)
	if err != nil {
		return nil, err
	}
	var doc api.ConnectionDraft
	if err := decodeFields(*r.Body, &doc); err != nil {
		return nil, err
	}
	draft := clearNulls(settings.ConnectionDraft{
		MetadataURL: doc.MetadataURL, MetadataXML: doc.MetadataXML, ChosenEntityID: doc.IdpEntityID,
		SignRequests: (*sso.SignRequests)(doc.SignRequests), AllowSHA1: doc.AllowSha1,
	}, named)
	expect, err := expected(r.Params.IfMatch, doc.Version)
	if err != nil {
		return nil, err
	}
	view, err := s.o.Settings.SaveConnection(ctx, actorOf(ctx), sso.TenantID(r.Tenant), sso.ProviderKey(r.Provider), draft, expect)
	if err != nil {
		return nil, staleAs(err, r.Params.IfMatch)
	}
	return api.SaveConnection200JSONResponse{ConnectionJSONResponse: connectionAnswer(view)}, nil
}

// clearNulls tells null, which clears, from absent, which keeps: a pointer of Go shows both as nil.
func clearNulls(d settings.ConnectionDraft, named map[string]jsontext.Value) settings.ConnectionDraft {
	cleared := func(field *string, name string) *string {
		if value, ok := named[name]; ok && value.Kind() == 'n' {
			return new(string)
		}
		return field
	}
	d.MetadataURL = cleared(d.MetadataURL, "metadata_url")
	d.MetadataXML = cleared(d.MetadataXML, "metadata_xml")
	d.ChosenEntityID = cleared(d.ChosenEntityID, "idp_entity_id")
	return d
}

// keepModes sends on the stored modes that a patch does not name: for the use case absent means the default.
func keepModes(d *settings.ConnectionDraft, stored sso.Connection, named map[string]jsontext.Value) {
	if _, ok := named["sign_requests"]; !ok && stored.SignRequests != "" {
		d.SignRequests = &stored.SignRequests
	}
	if _, ok := named["allow_sha1"]; !ok {
		d.AllowSHA1 = &stored.AllowSHA1
	}
}

func connectionAnswer(v settings.ConnectionView) api.ConnectionJSONResponse {
	conn := v.Connection
	return api.ConnectionJSONResponse{
		Headers: api.ConnectionResponseHeaders{ETag: etag(conn.Revision)},
		Body: api.Connection{
			Provider: string(conn.Provider), Version: conn.Revision, MetadataURL: conn.MetadataURL, MetadataXML: conn.MetadataXML,
			IdpEntityID: orNull(conn.ChosenEntityID), SignRequests: signRequests(conn), AllowSha1: conn.AllowSHA1,
			Tested: conn.Revision > 0 && conn.TestedRevision == conn.Revision, IdentityProvider: identityProvider(conn),
			Warnings: fieldErrors(v.Warnings),
		},
	}
}

func signRequests(conn sso.Connection) string {
	if conn.SignRequests == "" {
		return string(sso.SignAuto)
	}
	return string(conn.SignRequests)
}

func identityProvider(conn sso.Connection) *api.IdentityProvider {
	if !conn.HasMetadata() {
		return nil
	}
	idp := conn.IdP
	doc := &api.IdentityProvider{
		EntityID: idp.EntityID, Sso: endpoints(idp.SSO), Slo: endpoints(idp.SLO), ValidUntil: timeOrNull(idp.ValidUntil),
		FetchedAt: timeOrNull(conn.FetchedAt), Certificates: make([]api.Certificate, len(idp.Certificates)),
	}
	for i, cert := range idp.Certificates {
		use := cert.Use
		if use == "" {
			use = "signing" // no use named: any (SAML Metadata 2.4.1.1), and we use it for signatures
		}
		doc.Certificates[i] = api.Certificate{
			Subject: cert.Subject, Sha256: cert.SHA256, NotBefore: cert.NotBefore.UTC(), NotAfter: cert.NotAfter.UTC(), Use: use,
		}
	}
	return doc
}

func endpoints(es []sso.Endpoint) []api.Endpoint {
	out := make([]api.Endpoint, len(es))
	for i, e := range es {
		out[i] = api.Endpoint{Binding: e.Binding, URL: e.URL}
	}
	return out
}
