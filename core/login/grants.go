package login

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// grants are what a sign-in gave, for the audit row.
type grants struct {
	Email       sso.Email `json:"email,omitempty"`
	Name        string    `json:"name,omitempty"`
	Roles       []sso.Key `json:"roles"`
	Inboxes     []sso.Key `json:"inboxes"`
	RoleRows    []int     `json:"role_mappings,omitempty"` // rows that matched
	InboxRows   []int     `json:"inbox_mappings,omitempty"`
	Dropped     []sso.Key `json:"dropped_exclusive_roles,omitempty"`
	IDPEntityID string    `json:"idp_entity_id,omitempty"`
}

func (g grants) json() string {
	b, err := json.Marshal(g)
	if err != nil {
		return ""
	}
	return string(b)
}

func created(a *attempt, u sso.User, roles, inboxes sso.Resolution) sso.AuditEntry {
	return sso.AuditEntry{
		Tenant: a.Tenant, At: a.now, Actor: bySignIn, Action: "user.create", Target: "user:" + string(u.ID),
		After: grants{
			Email: u.Email, Name: u.Name, Roles: u.Roles, Inboxes: u.Inboxes, RoleRows: roles.Matched, InboxRows: inboxes.Matched,
			Dropped: roles.Dropped, IDPEntityID: a.assertion.IDPEntityID,
		}.json(),
	}
}

// linked is the audit row of an existing user who was found by e-mail. Who they are at the provider is not in it: it is on the user.
func linked(a *attempt, u sso.User) sso.AuditEntry {
	e := sso.AuditEntry{Tenant: a.Tenant, At: a.now, Actor: bySignIn, Action: "user.link", Target: "user:" + string(u.ID)}
	return e.Changing(nil, sso.Fields{"idp_entity_id": a.assertion.IDPEntityID})
}

// maxNamed bounds how many keys or rows a trace names; a mapping may have thousands.
const maxNamed = 20

// explain says for the trace which rows gave the keys, and what stood beside others that it combines with none of (rule 10).
func explain(f sso.MappingFields, given []sso.Key, r sso.Resolution) string {
	by := f.Defaults
	if !r.Defaulted {
		by = named(r.Matched, func(row int) string { return fmt.Sprintf("%s[%d]", f.Rows, row) })
	}
	text := fmt.Sprintf("%s %s by %s", f.Grant, named(given, keyText), by)
	if len(r.Dropped) > 0 {
		text += ", dropped as exclusive: " + named(r.Dropped, keyText)
	}
	return text
}

func keyText(k sso.Key) string { return string(k) }

func named[T any](list []T, name func(T) string) string {
	if len(list) == 0 {
		return "none"
	}
	var names []string
	for _, v := range list[:min(len(list), maxNamed)] {
		names = append(names, name(v))
	}
	if more := len(list) - maxNamed; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
