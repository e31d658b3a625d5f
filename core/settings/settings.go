package settings

import (
	"context"
	"slices"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// Service reads and saves settings.
type Service struct {
	Store     Store
	Providers Providers
	Documents Documents
	KeyMaker  KeyMaker
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
	if err := by.MayAdminister("settings.view", t); err != nil {
		return View{}, err
	}
	set, catalogues, err := s.Store.State(ctx, t)
	if err != nil {
		return View{}, err
	}
	var c sso.Connection
	if set.Provider != "" {
		if c, err = s.Store.Connection(ctx, t, set.Provider); err != nil {
			return View{}, err
		}
	}
	return s.view(set, c, catalogues, nil), nil
}

// Working is false while SSO is on and no longer properly configured (rule 5), such as after the plugin went.
func (s *Service) Working(ctx context.Context, t sso.TenantID) (bool, error) {
	set, catalogues, err := s.Store.State(ctx, t)
	if err != nil || !set.UseSSO {
		return err == nil, err
	}
	c, err := s.Store.Connection(ctx, t, set.Provider)
	return err == nil && len(s.missing(set, c, catalogues)) == 0, err
}

// view is the document; of are further warnings, of the save that asks.
func (s *Service) view(set sso.Settings, c sso.Connection, catalogues sso.Catalogues, of sso.Problems) View {
	missing := s.missing(set, c, catalogues)
	v := View{Settings: set, Connection: c, ServiceProvider: sso.NewServiceProvider(s.Origin, set.Tenant)}
	switch {
	case set.UseSSO:
		v.Status = StatusActive
	case len(missing) > 0:
		v.Status = StatusIncomplete
	default:
		v.Status = StatusInactive
	}
	v.Warnings = merged(missing.Demoted(), c.Warnings(s.Now()), of)
	return v
}

// missing lists what would keep SSO from being turned on now with the settings as they are (rule 5). While SSO is on, it lists what has
// gone missing since, such as the plugin.
func (s *Service) missing(set sso.Settings, c sso.Connection, catalogues sso.Catalogues) sso.Problems {
	on := set
	on.UseSSO = true
	p := s.plugin(set.Provider)
	ps := on.Check(set, p.capabilities(), catalogues)
	ps = append(ps, p.trouble(sso.Failure)...)
	return append(ps, c.Missing()...)
}

// merged joins lists of problems and says nothing twice.
func merged(lists ...sso.Problems) sso.Problems {
	var out sso.Problems
	for _, p := range slices.Concat(lists...) {
		if !slices.ContainsFunc(out, p.Same) {
			out = append(out, p)
		}
	}
	return out
}
