package sso

import (
	"bytes"
	"encoding/json"
	"time"
)

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

// Fields are what an audit entry may show of a thing, under the names of the HTTP API. Values are what encoding/json always encodes: strings,
// booleans, numbers, and lists and maps of them.
type Fields map[string]any

// Changing fills in what changed from before to after, leaving out what is equal in both. nil means that the thing was not there.
func (e AuditEntry) Changing(before, after Fields) AuditEntry {
	was, is := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for name, v := range before {
		was[name] = encode(v)
	}
	for name, v := range after {
		is[name] = encode(v)
		if bytes.Equal(was[name], is[name]) {
			delete(was, name)
			delete(is, name)
		}
	}
	if before != nil {
		e.Before = string(encode(was))
	}
	if after != nil {
		e.After = string(encode(is))
	}
	return e
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // see Fields
	}
	return b
}
