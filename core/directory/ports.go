// Package directory is the use case "tenants and their people": tenants, users, role and inbox catalogues, API tokens, one-time links. It
// imports core/sso only; host wires it.
package directory

import (
	"context"
	"slices"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// Store reads what the directory holds. Its errors carry [sso.NotFound] where something does not exist.
type Store interface {
	Tenant(ctx context.Context, t sso.TenantID) (sso.Tenant, error)
	Tenants(ctx context.Context, p Page) ([]sso.Tenant, string, error)
	Catalogues(ctx context.Context, t sso.TenantID) (sso.Catalogues, error)
	User(ctx context.Context, t sso.TenantID, id sso.UserID) (Person, error)
	// Users lists in the order of the query.
	Users(ctx context.Context, t sso.TenantID, q UserQuery) ([]Person, string, error)
	Tokens(ctx context.Context, t sso.TenantID) ([]Token, error)
	// TokenByHash finds a token that counts: one that a person made does only while they are an active administrator. It is no more than they are.
	TokenByHash(ctx context.Context, hash string) (Token, error)
	// Link reads a one-time link that is neither spent nor expired at now.
	Link(ctx context.Context, t sso.TenantID, hash string, now time.Time) (Link, error)
	// UsesSSO reports whether the tenant has SSO on.
	UsesSSO(ctx context.Context, t sso.TenantID) (bool, error)
	// ClaimMail gives the waiting mail that has been due longest to whoever asks, alone until lease: it is marked with claim. ok is false when
	// none is due at now. Of several at the same moment no two get one mail.
	ClaimMail(ctx context.Context, now, lease time.Time, claim string) (m Mail, ok bool, err error)
	// Undelivered lists mails that wait or failed, the oldest first; no invitations of people who may not sign in, have since, or have a password.
	Undelivered(ctx context.Context, t sso.TenantID, limit int) ([]Undelivered, error)
	// CountUninvited counts what [Tx] Uninvited finds.
	CountUninvited(ctx context.Context, t sso.TenantID, now time.Time) (int, error)
	// TenantsByEmail is the tenant that owns the address's domain, whoever else has a user of that address: no tenant can draw another's people
	// to itself. Where nobody owns the domain it lists the tenants that have such a user, at most 10.
	TenantsByEmail(ctx context.Context, e sso.Email) ([]sso.TenantID, error)
	// TenantOfDomain is the tenant that owns the domain, or else the only one with a user of such an address; "" where there is none or several.
	TenantOfDomain(ctx context.Context, domain string) (sso.TenantID, error)
	// Logins and Audit list newest first.
	Logins(ctx context.Context, t sso.TenantID, q LoginQuery) ([]sso.LoginRecord, string, error)
	Audit(ctx context.Context, t sso.TenantID, q AuditQuery) ([]sso.AuditEntry, string, error)
	// InTx runs do in one transaction of one tenant; do may run more than once and has no other effects.
	InTx(ctx context.Context, t sso.TenantID, do func(Tx) error) error
}

// Tx is a transaction within one tenant.
type Tx interface {
	// CreateTenant inserts tenant and catalogues; [sso.SlugTaken], [sso.DomainTaken].
	CreateTenant(t sso.Tenant, c sso.Catalogues) error
	Tenant() (sso.Tenant, error)
	UpdateTenant(t sso.Tenant) error // [sso.DomainTaken]
	DeleteTenant() error             // with everything it has
	Settings() (sso.Settings, error)
	Catalogues() (sso.Catalogues, error)
	SaveRoles(c sso.Catalogue) error
	SaveInboxes(c sso.Catalogue) error
	// RoleHolders and InboxHolders count the users who have the role or inbox.
	RoleHolders(k sso.Key) (int, error)
	InboxHolders(k sso.Key) (int, error)
	User(id sso.UserID) (sso.User, error)
	CreateUser(u sso.User) error // [sso.EmailTaken]
	// Taken are those of the addresses that users have, in any order.
	Taken(emails []sso.Email) ([]sso.Email, error)
	UpdateUser(u sso.User) error // [sso.EmailTaken]
	DeleteUser(id sso.UserID) error
	DeleteIdentities(id sso.UserID) (int, error)
	EndSessions(id sso.UserID) error
	EndAllSessions() error
	ActiveAdministrators(except sso.UserID) (int, error)
	CreateToken(t Token) error
	DeleteToken(id string) error // [sso.NotFound]
	CreateLink(l Link) error
	// SpendLink marks a link as used; [sso.LinkInvalid] when it was spent before (also at the same moment) or has expired.
	SpendLink(hash string, at time.Time) (Link, error)
	// EndLinks ends the links of a user that are not spent, those of one purpose or, with "", all.
	EndLinks(u sso.UserID, p LinkPurpose, at time.Time) error
	UserByEmail(e sso.Email) (u sso.User, ok bool, err error)
	// Uninvited are users who can sign in, never did and have no password, and hold no invitation that waits or works at now, in the order of their IDs.
	Uninvited(now time.Time, limit int) ([]sso.User, error)
	Mail(u sso.UserID, k MailKind) (Mail, error) // [sso.NotFound]
	// QueueMail puts a mail in the place of the one of that kind that the user has.
	QueueMail(m Mail) error
	// SaveMail and DropMail change a mail that still has m's claim; ok is false when it has another one, or is gone.
	SaveMail(m Mail) (ok bool, err error)
	DropMail(m Mail) error
	Audit(e sso.AuditEntry) error
}

// Page asks for a part of a list.
type Page struct {
	Cursor string // opaque, "" for the first part
	Limit  int    // 1 to MaxPage
}

// Paging limits.
const (
	DefaultPage = 50
	MaxPage     = 200
)

// UserQuery selects users.
type UserQuery struct {
	Page
	Search string     // part of name or e-mail, case-insensitive
	Status sso.Status // "" for all
	Role   sso.Key    // "" for all
	Order  UserOrder  // "" is ByEmail
	// Descending turns the order round. A cursor goes on in the order in which it was given.
	Descending bool
}

// UserOrder is what people are listed by.
type UserOrder string

// The orders of people. Whoever never signed in comes first by last login.
const (
	ByEmail     UserOrder = "email"
	ByName      UserOrder = "name" // in lower case
	ByCreation  UserOrder = "created_at"
	ByLastLogin UserOrder = "last_login_at"
)

// Valid reports whether the order is one of the constants, or "".
func (o UserOrder) Valid() bool {
	return slices.Contains([]UserOrder{"", ByEmail, ByName, ByCreation, ByLastLogin}, o)
}

// Person is a user with their links to providers.
type Person struct {
	sso.User
	Identities []LinkedIdentity
	Mail       *Mail // the invitation, nil for none
	// NotInvited is why somebody who was just added gets no invitation, "" for no reason.
	NotInvited sso.Code
}

// LinkedIdentity is an identity of a user and since when.
type LinkedIdentity struct {
	sso.Identity
	LinkedAt time.Time
}

// Token is an API token of a tenant; only its hash is kept.
type Token struct {
	Tenant    sso.TenantID
	ID        string
	Name      string
	Hash      string
	CreatedAt time.Time
	CreatedBy string
}

// LinkPurpose says what a one-time link does.
type LinkPurpose string

// The purposes of one-time links.
const (
	// FirstAdministrator creates a tenant's first administrator with a password, or by SSO where it is on.
	FirstAdministrator LinkPurpose = "first_administrator"
	// SetPassword lets an existing user set a password.
	SetPassword LinkPurpose = "set_password"
	// Invitation lets an invited user in: to the provider while SSO is on, else by setting a password.
	Invitation LinkPurpose = "invitation"
	// ResetPassword lets a user set another password.
	ResetPassword LinkPurpose = "reset_password"
)

// LinkTTL is how long a one-time link works.
const LinkTTL = 24 * time.Hour

// Link is a one-time link; only the hash of its token is kept.
type Link struct {
	Tenant  sso.TenantID
	Hash    string
	Purpose LinkPurpose
	User    sso.UserID // of all but FirstAdministrator
	Email   sso.Email  // of FirstAdministrator, "" lets the person enter it
	Expires time.Time
}

// SSO says whether people can sign in.
type SSO interface {
	// Working is false while SSO is on and no longer properly configured (rule 5), such as after the plugin went.
	Working(ctx context.Context, t sso.TenantID) (bool, error)
}

// Passwords hashes passwords, few at a time.
type Passwords interface {
	Hash(ctx context.Context, password string) (string, error)
}
