package sso

import "time"

// AuditEntry is one change and who made it; it is written in the transaction of the change itself.
type AuditEntry struct {
	Tenant TenantID // "" for the deployment's own
	ID     int64    // given by the store, ascending
	At     time.Time
	Actor  string
	Action string // "sso.save", "user.create", …
	Target string // "sso", "user:u_1", "connection:okta"
	// Before and After are JSON objects of what changed, without secrets, "" where there is nothing.
	Before, After string
}
