package sso

import "time"

// Step is one check of a login and how it went. Expected and Got are for administrators: identifiers, times and names, never attribute
// values, NameIDs or keys.
type Step struct {
	Name     string `json:"name"`
	Code     Code   `json:"code,omitempty"` // "" when it passed
	Expected string `json:"expected,omitempty"`
	Got      string `json:"got,omitempty"`
}

// Outcomes of a login.
const (
	SignedIn  = "signed_in"
	Restarted = "restarted"
	Refused   = "refused"
	// Tried is a test of a connection: nobody was signed in. Its code says why a sign-in would be refused.
	Tried = "tested"
)

// LoginRecord is the trace of one login, kept for administrators.
type LoginRecord struct {
	Tenant    TenantID
	ID        int64 // given by the store, ascending
	At        time.Time
	RequestID string // of the HTTP request, shown to the person
	User      UserID // "" while unknown
	Email     Email
	Provider  ProviderKey
	Outcome   string
	Code      Code // why it was refused or restarted, or a test failed; "" for success
	Steps     []Step
	// Grants are the roles and inboxes that mappings gave a created or synced user, the rows that gave them, and the exclusive roles that were
	// dropped (behaviour rule 10): one line for people, "" where no mapping was asked.
	Grants string
	// Attributes are those of the verified assertion, sealed ([SealAttributes]), so that an administrator can see what mappings make of them; nil when
	// nothing was verified, or there was too much.
	Attributes []byte
}
