package directory

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/idplug/idplug/core/sso"
)

// Revision names the state of what can be edited of a person: it changes when somebody changes that, and not when the person signs in. It is
// made of the state itself, so that nothing has to be counted or kept for it.
func Revision(u sso.User) string {
	return digest(u.Email, u.Name, u.Roles, u.Inboxes, u.Status == sso.Deactivated)
}

// CatalogueRevision names the state of a catalogue, its order included.
func CatalogueRevision(c sso.Catalogue) string {
	parts := make([]any, 0, len(c))
	for _, e := range c {
		parts = append(parts, e)
	}
	return digest(parts...)
}

// digest is short for a person to carry around in a form, and long enough that two states that differ do not meet.
func digest(parts ...any) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%q\n", fmt.Sprintf("%+q", p)) // a hash does not fail
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// expected refuses a change to another state than the one it was made to.
func expected(op, expect, now string) error {
	if expect == "" || expect == now {
		return nil
	}
	return sso.Refuse(op, sso.VersionConflict, "version", now)
}
