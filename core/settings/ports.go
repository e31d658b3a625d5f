// Package settings is the use case "read and save a tenant's Single Sign-On settings": it decides what a save means, rule by rule, and
// leaves reading documents, asking plugins and keeping rows to its ports. It imports core/sso only; host wires it.
package settings

import (
	"context"

	"github.com/idplug/idplug/core/sso"
)

// Store keeps settings and connections. Its errors carry [sso.NotFound] for a tenant that does not exist.
type Store interface {
	// State reads what a tenant has: its settings ([sso.NewSettings] when never saved) and its catalogues.
	State(ctx context.Context, t sso.TenantID) (sso.Settings, sso.Catalogues, error)
	// Connection reads the kept connection of one provider; Revision 0 when there is none.
	Connection(ctx context.Context, t sso.TenantID, p sso.ProviderKey) (sso.Connection, error)
	// Save writes one change in one transaction, or nothing. A stale Expect refuses with [sso.VersionConflict].
	Save(ctx context.Context, c Change) error
	// SPKeys lists a tenant's key pairs, retired ones too, oldest first; none for a tenant that has none yet.
	SPKeys(ctx context.Context, t sso.TenantID) ([]sso.SealedKey, error)
	// SaveSPKeys writes one change of them in one transaction, or nothing. When others are in use than expected: [sso.VersionConflict].
	SaveSPKeys(ctx context.Context, c KeyChange) error
}

// Change is one save.
type Change struct {
	Tenant sso.TenantID
	// Settings to write, with the Version they will have (the expected one plus one); nil leaves them.
	Settings *sso.Settings
	// Connection to write, with the Revision it will have; nil leaves it.
	Connection     *sso.Connection
	ExpectVersion  int64 // version that Settings must have before, when Settings is set
	ExpectRevision int64 // revision that Connection must have before, when Connection is set
	Audit          sso.AuditEntry
	End            EndSessions
}

// EndSessions says which open sessions a change ends (behaviour rule 7).
type EndSessions struct {
	Passwords bool            // all password sessions …
	Except    string          // … but the one with this hash, which saves
	Provider  sso.ProviderKey // all SSO sessions of this provider's connection, "" for none …
	EntityID  string          // … but those that came by this entity ID, "" for no exception
}

// Providers are the plugins.
type Providers interface {
	// Provider returns a provider whose plugin is ready. Errors: [sso.ProviderUnknown], [sso.ProviderUnavailable].
	Provider(key sso.ProviderKey) (sso.Provider, error)
	// Manifest returns the manifest of a provider that is known, ready or not (a plugin that was ready once keeps its last manifest).
	Manifest(key sso.ProviderKey) (sso.Manifest, bool)
}

// Documents fetches and reads metadata.
type Documents interface {
	// Fetch gets a document from a URL with every guard on. Its error is an [sso.Error] whose code and params say what an administrator can do.
	Fetch(ctx context.Context, url string) ([]byte, error)
	// Parse reads a document. chosen is the entity ID wanted, "" for the only one. Errors: [sso.MetadataNotSAML], [sso.MetadataMultiple] and its kin.
	Parse(doc []byte, chosen string) (Document, error)
}

// Document is a parsed metadata document.
type Document struct {
	XML   string // as UTF-8 text without a byte order mark: what is kept and shown
	IdP   sso.IdentityProvider
	Notes sso.Problems // warnings: weak keys left out, addresses left out, …
}
