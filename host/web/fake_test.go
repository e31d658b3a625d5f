package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// fakeSAML speaks JSON instead of SAML.
type fakeSAML struct {
	last  login.RequestSpec
	count int
	form  bool
	slo   fakeSLO
}

func (f *fakeSAML) Request(_ context.Context, s login.RequestSpec) (login.Request, error) {
	f.last = s
	f.count++
	r := login.Request{ID: fmt.Sprintf("id-%d", f.count), URL: "https://idp.test/sso?SAMLRequest=x"}
	if f.form {
		r.Form = map[string]string{"SAMLRequest": "cXVlc3Q=", "RelayState": s.RelayState}
	}
	return r, nil
}

// said is what a fake answer says.
type said struct {
	InResponseTo, Email string
	Instant             time.Time
	Code                sso.Code // refuse with it
}

// answer answers the last request.
func (f *fakeSAML) answer(email string) string {
	return f.encode(said{InResponseTo: fmt.Sprintf("id-%d", f.count), Email: email})
}

func (f *fakeSAML) encode(s said) string {
	text, _ := json.Marshal(s)
	return string(text)
}

func (f *fakeSAML) Open(_ context.Context, _ login.Target, encoded string) (login.Response, error) {
	var s said
	if err := json.Unmarshal([]byte(encoded), &s); err != nil {
		return nil, sso.Refuse("fake", sso.XMLMalformed)
	}
	return fakeResponse{s, encoded}, nil
}

type fakeResponse struct {
	said
	id string
}

func (r fakeResponse) InResponseTo() string { return r.said.InResponseTo }
func (r fakeResponse) Steps() []sso.Step    { return []sso.Step{{Name: "form"}} }
func (r fakeResponse) Verify(context.Context, login.Expectation) (sso.Assertion, error) {
	if r.Code != "" {
		return sso.Assertion{}, sso.Refuse("fake", r.Code)
	}
	return sso.Assertion{
		ID: r.id, IDPEntityID: idpEntity, InResponseTo: r.said.InResponseTo, AuthnInstant: r.Instant,
		NameID: sso.NameID{Value: r.Email, Format: sso.FormatEmail}, NotOnOrAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
		Attributes: sso.Attributes{{Name: "email", Values: []string{r.Email}}},
	}, nil
}

type fakePlugins struct {
	down error
	gone bool // whatever the provider, its plugin is not there
	pin  string
}

func (p *fakePlugins) Ready(context.Context) error { return p.down }

func (p *fakePlugins) Plugins() []sso.PluginStatus {
	return []sso.PluginStatus{{
		Key: "okta", File: "idplug-provider-okta", Version: "1.0.0", State: sso.PluginReady, PID: 7, Breaker: sso.BreakerClosed, Pin: p.pin,
		Versions: []sso.PluginVersion{{Version: "1.0.0", SHA256: "aa01"}, {Version: "0.9.0", SHA256: "aa02"}},
	}}
}

func (p *fakePlugins) Plugin(key sso.ProviderKey) (sso.PluginStatus, error) {
	if key != "okta" {
		return sso.PluginStatus{}, sso.Refuse("fake", sso.NotFound)
	}
	return p.Plugins()[0], nil
}

func (p *fakePlugins) Pin(_ context.Context, _ sso.ProviderKey, version, sum string) (sso.PluginVersion, error) {
	for _, v := range p.Plugins()[0].Versions {
		if v.Version == version || sum != "" && strings.HasPrefix(v.SHA256, sum) {
			p.pin = v.SHA256
			return v, nil
		}
	}
	return sso.PluginVersion{}, sso.Refuse("fake", sso.PluginVersionUnknown, "provider", "okta", "value", version, "found", "0", "kept", "1.0.0, 0.9.0")
}

func (p *fakePlugins) Unpin(context.Context, sso.ProviderKey) error {
	p.pin = ""
	return nil
}

func (p *fakePlugins) Restart(_ context.Context, key sso.ProviderKey) error {
	if _, err := p.Plugin(key); err != nil {
		return err
	}
	if p.down != nil {
		return sso.Refuse("fake", sso.PluginNotStartable, "provider", string(key))
	}
	return nil
}

func (p *fakePlugins) Providers() []sso.ProviderStatus {
	return []sso.ProviderStatus{{Manifest: fakePlugin{"okta"}.Manifest(), State: sso.PluginReady}}
}

func (p *fakePlugins) Provider(k sso.ProviderKey) (sso.Provider, error) {
	if p.gone || k != "okta" && k != "azure" {
		return nil, sso.Refuse("fake", sso.ProviderUnknown, "value", string(k))
	}
	return fakePlugin{k}, nil
}

func (p *fakePlugins) Manifest(k sso.ProviderKey) (sso.Manifest, bool) {
	return fakePlugin{k}.Manifest(), true
}

type fakePlugin struct{ key sso.ProviderKey }

func (p fakePlugin) Manifest() sso.Manifest {
	return sso.Manifest{
		Key: p.key, Name: "Okta", Version: "1.0.0", Capabilities: sso.Capabilities{MetadataURL: true, JIT: true, Profile: true},
		Guide: []sso.GuideStep{{Title: "Create the app", Text: "Enter {acs_url} and {entity_id}."}},
	}
}

func (fakePlugin) Metadata(context.Context, sso.MetadataQuery) (sso.MetadataAdvice, error) {
	return sso.MetadataAdvice{}, nil
}

func (fakePlugin) Profile(_ context.Context, a sso.Assertion) (sso.Profile, error) {
	return sso.Profile{Email: sso.Value{Text: a.NameID.Value, From: sso.FromNameID, Op: sso.AsIs}}, nil
}

// fakeDocuments take any text that looks like XML for metadata.
type fakeDocuments struct{}

func (fakeDocuments) Fetch(context.Context, string) ([]byte, error) {
	return nil, sso.Refuse("fake", sso.MetadataFetchFailed, "detail", "no network")
}

func (fakeDocuments) Parse(doc []byte, _ string) (settings.Document, error) {
	if !bytes.HasPrefix(doc, []byte("<")) {
		return settings.Document{}, sso.Refuse("fake", sso.MetadataNotSAML, "detail", "no XML")
	}
	return settings.Document{XML: string(doc), IdP: sso.IdentityProvider{
		EntityID: idpEntity, SSO: []sso.Endpoint{{Binding: sso.BindingRedirect, URL: "https://idp.test/sso"}}, SLO: logoutService(doc),
		Certificates: []sso.Certificate{{Subject: "CN=idp", SHA256: "ab", NotAfter: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}},
	}}, nil
}

type fakePasswords struct{}

func (fakePasswords) Hash(_ context.Context, p string) (string, error) { return "plain:" + p, nil }
func (fakePasswords) Verify(_ context.Context, hash, p string) (bool, error) {
	return hash == "plain:"+p, nil
}

type fakeMetadata struct{}

func (fakeMetadata) ServiceProviderMetadata(_ context.Context, t sso.TenantID) ([]byte, error) {
	if !t.Valid() {
		return nil, errBroken // what cannot be a tenant is refused before
	}
	if t != "acme" {
		return nil, sso.Refuse("fake", sso.NotFound)
	}
	return []byte("<EntityDescriptor/>"), nil
}

var errBroken = errors.New("broken on purpose: secret detail")
