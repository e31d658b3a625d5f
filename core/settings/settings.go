package settings

import (
	"context"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// Service reads and saves settings.
type Service struct {
	Store     Store
	Providers Providers
	Documents Documents
	Now       func() time.Time
	Origin    string // public origin, for service-provider values
}

// Draft is what an administrator sends: the writable part of the settings document.
type Draft struct {
	UseSSO                bool
	Provider              sso.ProviderKey
	ForceReauthentication bool
	JIT                   bool
	RoleSync              sso.RoleSync     // "" = never
	IDPInitiated          sso.IDPInitiated // "" = restart
	Roles, Inboxes        sso.Mapping
	Connection            ConnectionDraft
}

// ConnectionDraft is the writable part of a connection; nil = absent from the document. Absent or empty metadata fields mean the kept ones,
// except that an empty MetadataURL on the provider that is already stored clears the URL and keeps the XML.
type ConnectionDraft struct {
	MetadataURL    *string
	MetadataXML    *string
	ChosenEntityID *string
	SignRequests   *sso.SignRequests
	AllowSHA1      *bool
}

// Status of a tenant's single sign-on (rule 5).
type Status string

// The statuses.
const (
	StatusInactive   Status = "inactive"   // off, could be turned on
	StatusIncomplete Status = "incomplete" // off, something is missing
	StatusActive     Status = "active"     // on
)

// View is the settings document.
type View struct {
	Settings        sso.Settings
	Connection      sso.Connection
	Status          Status
	ServiceProvider sso.ServiceProvider
	Warnings        sso.Problems
}

// ConnectionView is the document of one kept connection.
type ConnectionView struct {
	Connection sso.Connection
	Warnings   sso.Problems
}

// View reads the settings document.
func (s *Service) View(ctx context.Context, by sso.Actor, t sso.TenantID) (View, error) {
	panic("being written")
}

// Save saves the whole document if its version is still expect.
func (s *Service) Save(ctx context.Context, by sso.Actor, t sso.TenantID, d Draft, expect int64) (View, error) {
	panic("being written")
}

// Connection reads the kept connection of any provider.
func (s *Service) Connection(ctx context.Context, by sso.Actor, t sso.TenantID, p sso.ProviderKey) (ConnectionView, error) {
	panic("being written")
}

// SaveConnection saves the connection of any provider, active or not, if its revision is still expect.
func (s *Service) SaveConnection(ctx context.Context, by sso.Actor, t sso.TenantID, p sso.ProviderKey, d ConnectionDraft, expect int64) (ConnectionView, error) {
	panic("being written")
}

// Preview resolves the tenant's mappings for attributes; nothing is stored.
func (s *Service) Preview(ctx context.Context, by sso.Actor, t sso.TenantID, e sso.Evidence) (Preview, error) {
	panic("being written")
}

// Preview is what a person with some attributes would be given, and by which rows.
type Preview struct{ Roles, Inboxes sso.Resolution }

// Disable turns SSO off for a tenant, whatever state it is in (break-glass; operator or administrator), and says whether it was on.
func (s *Service) Disable(ctx context.Context, by sso.Actor, t sso.TenantID) (was bool, err error) {
	panic("being written")
}
