package sso

import "time"

// RoleSync says whether mappings are applied after a user was created.
type RoleSync string

// The role syncs. The zero value counts as SyncNever.
const (
	SyncNever      RoleSync = "never"
	SyncEveryLogin RoleSync = "every_login"
)

// IDPInitiated says what an unsolicited response (the provider's app tile) leads to.
type IDPInitiated string

// What an unsolicited response leads to; it is never itself a login. The zero value counts as TileRestart.
const (
	TileRestart IDPInitiated = "restart" // a fresh login of our own, at most once a minute per browser
	TileDeny    IDPInitiated = "deny"
)

// Settings are a tenant's Single Sign-On settings but for what belongs to a connection. A tenant has one row of them and it has one provider
// column: a second active provider cannot be written down.
type Settings struct {
	Tenant                TenantID
	UseSSO                bool
	Provider              ProviderKey // "" while none is chosen
	ForceReauthentication bool
	JIT                   bool // Create new user on first login
	RoleSync              RoleSync
	Roles                 Mapping
	Inboxes               Mapping
	IDPInitiated          IDPInitiated
	Version               int64 // 0: never saved
	UpdatedAt             time.Time
	UpdatedBy             string
}

// NewSettings are the settings of a tenant that never saved any.
func NewSettings(t TenantID) Settings {
	return Settings{Tenant: t, RoleSync: SyncNever, IDPInitiated: TileRestart}
}

// Catalogues are a tenant's roles and inboxes.
type Catalogues struct{ Roles, Inboxes Catalogue }

// Check judges the tenant's part of the settings against its catalogues (rules 9, 10 and 12); before is what is stored. can is nil when the
// provider's plugin is not ready, which by itself is judged elsewhere.
func (s Settings) Check(before Settings, can *Capabilities, c Catalogues) Problems {
	ps := s.Roles.Check(RoleFields, c.Roles)
	ps = append(ps, s.Inboxes.Check(InboxFields, c.Inboxes)...)
	switch s.RoleSync {
	case SyncNever, SyncEveryLogin:
	default:
		ps.Add(Failure, "role_sync", NotAllowed, "value", string(s.RoleSync), "allowed", "never, every_login")
	}
	switch s.IDPInitiated {
	case TileRestart, TileDeny:
	default:
		ps.Add(Failure, "idp_initiated", NotAllowed, "value", string(s.IDPInitiated), "allowed", "restart, deny")
	}
	if s.Provider != "" && !s.Provider.Valid() {
		ps.Add(Failure, "provider", ProviderUnknown, "value", string(s.Provider))
	}
	return append(ps, s.checkJIT(before, can)...)
}

// checkJIT is rule 9: turning JIT on needs SSO on, a provider that offers it and a default role; a stored true survives SSO off.
func (s Settings) checkJIT(before Settings, can *Capabilities) Problems {
	const field = "create_user_on_first_login"
	var ps Problems
	if !s.JIT {
		return ps
	}
	turnedOn := !before.JIT
	if turnedOn && !s.UseSSO {
		ps.Add(Failure, field, JITRequiresSSO)
	}
	if can != nil && !can.JIT && (s.UseSSO || turnedOn || s.Provider != before.Provider) {
		ps.Add(Failure, field, JITNotOffered, "provider", string(s.Provider))
	}
	if len(s.Roles.Defaults) == 0 && (s.UseSSO || turnedOn) {
		ps.Add(Failure, RoleFields.Defaults, JITRequiresRole)
	}
	return ps
}
