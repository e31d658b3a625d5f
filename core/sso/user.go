package sso

import (
	"slices"
	"time"
)

// Status is where a user stands.
type Status string

// The states of a user. Only active and invited users can sign in; a sign-in makes an invited user active.
const (
	Invited     Status = "invited"
	Active      Status = "active"
	Deactivated Status = "deactivated"
)

// User is a person of one tenant.
type User struct {
	Tenant  TenantID
	ID      UserID
	Email   Email // unique per tenant
	Name    string
	Roles   []Key // in catalogue order, one or more
	Inboxes []Key // in catalogue order, none or more
	Status  Status
	// PasswordHash is empty for people who have no password, such as those a login created.
	PasswordHash string
	CreatedAt    time.Time
	LastLoginAt  time.Time // zero: never
	// Logout is the last deliberate log-out, kept until the next sign-in (behaviour rule 8).
	Logout Logout
}

// Logout is what a deliberate log-out leaves behind. Closing the tab, going away and idle expiry leave nothing.
type Logout struct {
	At time.Time // zero: the person did not log out on purpose
	// AuthnInstant is when the ended session's person had signed in at the provider, by the provider's clock; zero for password sessions.
	AuthnInstant time.Time
}

// IsAdministrator reports whether the user holds the administrator role.
func (u User) IsAdministrator() bool { return slices.Contains(u.Roles, Administrator) }

// CanSignIn reports whether the user's status lets them in.
func (u User) CanSignIn() bool { return u.Status == Active || u.Status == Invited }
