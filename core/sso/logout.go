package sso

import (
	"slices"
	"time"
)

// LogoutRequest is what a verified SAML LogoutRequest asks: to end the sessions that a provider's person has here (SAML Core 3.7.1).
type LogoutRequest struct {
	ID             string
	IDPEntityID    string // the Issuer, equal to the connection's
	NameID         NameID
	SessionIndexes []string  // empty: all sessions of that person
	Binding        string    // in which it came
	NotOnOrAfter   time.Time // when it stops being usable, clock skew included: how long its use must be remembered
}

// Concerns reports whether a session is one of those to end: opened by that provider's assertion about the same name, of the same class, and, where
// the request lists sessions, one of them. Sessions by password never are.
func (r LogoutRequest) Concerns(s Session) bool {
	return s.Method == BySSO && s.IDPEntityID == r.IDPEntityID && s.NameID.Value == r.NameID.Value &&
		s.NameID.class() == r.NameID.class() &&
		(len(r.SessionIndexes) == 0 || slices.Contains(r.SessionIndexes, s.SessionIndex))
}
