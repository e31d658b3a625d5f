package security

import (
	"context"
	"crypto/x509/pkix"
	"sync"
	"time"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
)

// asking remembers the last request that was made. With same set, every request has that ID: a response then answers them all, so that nothing
// but what it says of its receiver keeps it from counting everywhere.
type asking struct {
	login.SAML
	same string

	mu   sync.Mutex
	last login.Request
}

func (a *asking) Request(ctx context.Context, s login.RequestSpec) (login.Request, error) {
	r, err := a.SAML.Request(ctx, s)
	if a.same != "" {
		r.ID = a.same
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = r
	return r, err
}

// keys keeps the service provider's key pairs in memory.
type keys struct {
	mu   sync.Mutex
	rows []sso.SealedKey
}

func (k *keys) SPKeys(_ context.Context, t sso.TenantID) ([]sso.SealedKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []sso.SealedKey
	for _, row := range k.rows {
		if row.Tenant == t {
			out = append(out, row)
		}
	}
	return out, nil
}

func (k *keys) AddSPKey(_ context.Context, row sso.SealedKey) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rows = append(k.rows, row)
	return nil
}

// trusted and stranger are identity providers' keys, made once.
var trusted, stranger = sync.OnceValue(newKey), sync.OnceValue(newKey)

func newKey() devidp.Key {
	k, err := devidp.NewKey(devidp.RSA2048, "", pkix.Name{CommonName: "idp"}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 3)
	if err != nil {
		panic(err) // of crypto/rand
	}
	return k
}

// plugins are okta and azure, which read the address from "email" and, where there is no lasting NameID, the subject from "uid".
type plugins struct{}

func (plugins) Ready(context.Context) error { return nil }

func (plugins) Plugins() []sso.PluginStatus { return nil }

func (plugins) Plugin(key sso.ProviderKey) (sso.PluginStatus, error) {
	if key != "okta" {
		return sso.PluginStatus{}, sso.Refuse("fake", sso.NotFound)
	}
	return sso.PluginStatus{Key: key, State: sso.PluginReady}, nil
}

func (plugins) Pin(context.Context, sso.ProviderKey, string, string) (sso.PluginVersion, error) {
	return sso.PluginVersion{}, sso.Refuse("fake", sso.PluginVersionUnknown, "provider", "okta", "value", "", "found", "0", "kept", "")
}

func (plugins) Unpin(context.Context, sso.ProviderKey) error { return nil }

func (plugins) Restart(context.Context, sso.ProviderKey) error { return nil }

func (plugins) Providers() []sso.ProviderStatus {
	return []sso.ProviderStatus{{Manifest: plugin{"okta"}.Manifest(), State: sso.PluginReady}}
}

func (plugins) Provider(k sso.ProviderKey) (sso.Provider, error) {
	if k != "okta" && k != "azure" {
		return nil, sso.Refuse("fake", sso.ProviderUnknown, "value", string(k))
	}
	return plugin{k}, nil
}

func (plugins) Manifest(k sso.ProviderKey) (sso.Manifest, bool) { return plugin{k}.Manifest(), true }

type plugin struct{ key sso.ProviderKey }

func (p plugin) Manifest() sso.Manifest {
	return sso.Manifest{Key: p.key, Name: "Test", Version: "1.0.0", Capabilities: sso.Capabilities{MetadataURL: true, JIT: true, Profile: true}}
}

func (plugin) Metadata(context.Context, sso.MetadataQuery) (sso.MetadataAdvice, error) {
	return sso.MetadataAdvice{}, nil
}

func (plugin) Profile(_ context.Context, a sso.Assertion) (sso.Profile, error) {
	return sso.Profile{Email: first(a, "email"), Subject: first(a, "uid")}, nil
}

func first(a sso.Assertion, name string) sso.Value {
	for _, v := range a.Attributes.Values(name) {
		return sso.Value{Text: v, From: name, Op: sso.AsIs}
	}
	return sso.Value{}
}

// passwords are kept as they are: what hashing costs is no question here.
type passwords struct{}

func (passwords) Hash(_ context.Context, p string) (string, error) { return "plain:" + p, nil }

func (passwords) Verify(_ context.Context, hash, p string) (bool, error) {
	return hash == "plain:"+p, nil
}
