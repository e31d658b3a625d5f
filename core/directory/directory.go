package directory

import (
	"context"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// Service manages tenants and people.
type Service struct {
	Store     Store
	Passwords Passwords
	Now       func() time.Time
	NewID     func(prefix string) string // random, "u_…"
	NewToken  func() string              // 256 random bits, base64url without padding
}

// NewTenant is what the operator sends.
type NewTenant struct {
	Slug         sso.TenantID
	Name         string // "" takes the slug
	EmailDomains []string
}

// TenantPatch changes what is not nil.
type TenantPatch struct {
	Name         *string
	EmailDomains *[]string
	Disabled     *bool
}

// NewUser is what an administrator sends.
type NewUser struct {
	Email   string
	Name    string
	Roles   []sso.Key
	Inboxes []sso.Key
}

// UserPatch changes what is not nil.
type UserPatch struct {
	Email   *string
	Name    *string
	Roles   *[]sso.Key
	Inboxes *[]sso.Key
	Status  *sso.Status // active or deactivated
}

// LinkAnswer is what a person enters on a one-time link's page.
type LinkAnswer struct {
	Email    string // FirstAdministrator without an address
	Name     string // FirstAdministrator
	Password string
}

func (s *Service) CreateTenant(ctx context.Context, by sso.Actor, n NewTenant) (sso.Tenant, error) {
	panic("being written")
}
func (s *Service) Tenant(ctx context.Context, by sso.Actor, t sso.TenantID) (sso.Tenant, error) {
	panic("being written")
}
func (s *Service) Tenants(ctx context.Context, by sso.Actor, p Page) ([]sso.Tenant, string, error) {
	panic("being written")
}
func (s *Service) UpdateTenant(ctx context.Context, by sso.Actor, t sso.TenantID, p TenantPatch) (sso.Tenant, error) {
	panic("being written")
}
func (s *Service) DeleteTenant(ctx context.Context, by sso.Actor, t sso.TenantID) error {
	panic("being written")
}

// Catalogues reads roles and inboxes; SaveRoles and SaveInboxes replace them ([sso.KeyInUse], [sso.RoleProtected]).
func (s *Service) Catalogues(ctx context.Context, by sso.Actor, t sso.TenantID) (sso.Catalogues, error) {
	panic("being written")
}
func (s *Service) SaveRoles(ctx context.Context, by sso.Actor, t sso.TenantID, c sso.Catalogue) error {
	panic("being written")
}
func (s *Service) SaveInboxes(ctx context.Context, by sso.Actor, t sso.TenantID, c sso.Catalogue) error {
	panic("being written")
}

func (s *Service) Users(ctx context.Context, by sso.Actor, t sso.TenantID, q UserQuery) ([]Person, string, error) {
	panic("being written")
}
func (s *Service) User(ctx context.Context, by sso.Actor, t sso.TenantID, id sso.UserID) (Person, error) {
	panic("being written")
}
func (s *Service) CreateUser(ctx context.Context, by sso.Actor, t sso.TenantID, n NewUser) (Person, error) {
	panic("being written")
}
func (s *Service) UpdateUser(ctx context.Context, by sso.Actor, t sso.TenantID, id sso.UserID, p UserPatch) (Person, error) {
	panic("being written")
}
func (s *Service) DeleteUser(ctx context.Context, by sso.Actor, t sso.TenantID, id sso.UserID) error {
	panic("being written")
}
func (s *Service) DeleteIdentities(ctx context.Context, by sso.Actor, t sso.TenantID, id sso.UserID) error {
	panic("being written")
}

// CreateToken returns the token itself this once.
func (s *Service) CreateToken(ctx context.Context, by sso.Actor, t sso.TenantID, name string) (Token, string, error) {
	panic("being written")
}
func (s *Service) DeleteToken(ctx context.Context, by sso.Actor, t sso.TenantID, id string) error {
	panic("being written")
}
func (s *Service) Tokens(ctx context.Context, by sso.Actor, t sso.TenantID) ([]Token, error) {
	panic("being written")
}

// Authenticate turns a bearer token of a tenant into an actor; [sso.Unauthorized] when it is none.
func (s *Service) Authenticate(ctx context.Context, token string) (sso.Actor, error) {
	panic("being written")
}

// InviteAdministrator makes a one-time link for a tenant's first administrator (operator); the token is returned this once.
func (s *Service) InviteAdministrator(ctx context.Context, by sso.Actor, t sso.TenantID, email string) (token string, err error) {
	panic("being written")
}

// InviteToPassword makes a one-time link with which an existing user sets a password.
func (s *Service) InviteToPassword(ctx context.Context, by sso.Actor, t sso.TenantID, id sso.UserID) (token string, err error) {
	panic("being written")
}

// OpenLink looks at a link without spending it (mail scanners open links); [sso.LinkInvalid].
func (s *Service) OpenLink(ctx context.Context, t sso.TenantID, token string) (Link, error) {
	panic("being written")
}

// SpendLink spends a link: sets the password, creating the first administrator where the link says so. The user is returned, active.
// [sso.PasswordRefused] while SSO is on, [sso.PasswordWeak], [sso.LinkInvalid].
func (s *Service) SpendLink(ctx context.Context, t sso.TenantID, token string, a LinkAnswer) (sso.User, error) {
	panic("being written")
}

// Discover lists the tenants an e-mail address may sign in to (home-realm discovery).
func (s *Service) Discover(ctx context.Context, email string) ([]sso.TenantID, error) {
	panic("being written")
}

func (s *Service) Logins(ctx context.Context, by sso.Actor, t sso.TenantID, p Page) ([]sso.LoginRecord, string, error) {
	panic("being written")
}
func (s *Service) Audit(ctx context.Context, by sso.Actor, t sso.TenantID, p Page) ([]sso.AuditEntry, string, error) {
	panic("being written")
}
