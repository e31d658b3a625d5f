package sso

import "time"

// Tenant is one customer of the application; people, settings and catalogues belong to exactly one.
type Tenant struct {
	ID   TenantID
	Name string
	// EmailDomains, when not empty, are the only domains whose addresses may be linked or created by a login. They belong to the operator
	// and are unique across tenants, so that no tenant can claim another's people.
	EmailDomains []string
	// Disabled tenants accept no sign-in and have no sessions; everything else is kept.
	Disabled  bool
	CreatedAt time.Time
}

// AllowsEmail reports whether e may be linked or created in the tenant: any address when no domains are set, else an exact domain match
// (a sub-domain is another domain).
func (t Tenant) AllowsEmail(e Email) bool {
	if len(t.EmailDomains) == 0 {
		return true
	}
	for _, d := range t.EmailDomains {
		if d == e.Domain() {
			return true
		}
	}
	return false
}
