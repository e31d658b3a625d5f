package sso

import (
	"fmt"
	"slices"
	"strconv"
)

// Administrator is the role whose holders administer the tenant; it cannot be removed from a catalogue.
const Administrator Key = "administrator"

// Entry is a role or an inbox that can be assigned.
type Entry struct {
	Key  Key
	Name string
	// Exclusive entries (roles only) combine with no other.
	Exclusive bool
}

// Catalogue is a tenant's roles or its inboxes, in the order in which the application shows them. The order decides between exclusive roles.
type Catalogue []Entry

// DefaultRoles are the roles of a new tenant (the seed product's).
func DefaultRoles() Catalogue {
	return Catalogue{
		{Key: "compliance_administrator", Name: "Compliance Administrator"},
		{Key: Administrator, Name: "Administrator"},
		{Key: "team_manager", Name: "Team Manager"},
		{Key: "agent_plus", Name: "Agent Plus"},
		{Key: "agent", Name: "Agent"},
		{Key: "analyst", Name: "Analyst"},
		{Key: "task_user", Name: "Task User", Exclusive: true},
		{Key: "answers_administrator", Name: "Answers Administrator"},
		{Key: "api_user", Name: "API User"},
		{Key: "developer", Name: "Developer"},
		{Key: "liveboards_only", Name: "Liveboards Only", Exclusive: true},
	}
}

// Index is the position of key, or -1.
func (c Catalogue) Index(key Key) int {
	return slices.IndexFunc(c, func(e Entry) bool { return e.Key == key })
}

// Order returns the known ones of keys in catalogue order, each once.
func (c Catalogue) Order(keys []Key) []Key { return c.lookup().order(keys) }

// ExclusiveClash reports the exclusive key that keys combines with another one, if any: the first in catalogue order.
func (c Catalogue) ExclusiveClash(keys []Key) (Key, bool) { return c.lookup().clash(keys) }

// lookup is a catalogue made ready for many questions.
type lookup struct {
	entries Catalogue
	at      map[Key]int
}

func (c Catalogue) lookup() lookup {
	at := make(map[Key]int, len(c))
	for i, e := range c {
		at[e.Key] = i
	}
	return lookup{entries: c, at: at}
}

func (l lookup) order(keys []Key) []Key {
	wanted := make([]bool, len(l.entries))
	for _, k := range keys {
		if i, known := l.at[k]; known {
			wanted[i] = true
		}
	}
	out := []Key{}
	for i, is := range wanted {
		if is {
			out = append(out, l.entries[i].Key)
		}
	}
	return out
}

func (l lookup) clash(keys []Key) (Key, bool) {
	ordered := l.order(keys)
	if len(ordered) < 2 {
		return "", false
	}
	for _, k := range ordered {
		if l.exclusive(k) {
			return k, true
		}
	}
	return "", false
}

func (l lookup) exclusive(k Key) bool { return l.entries[l.at[k]].Exclusive }

// settle drops exclusive keys that stand beside others; ordered is in catalogue order.
func (l lookup) settle(ordered []Key) (kept, dropped []Key) {
	if _, clash := l.clash(ordered); !clash {
		return ordered, nil
	}
	for _, k := range ordered {
		if l.exclusive(k) {
			dropped = append(dropped, k)
		} else {
			kept = append(kept, k)
		}
	}
	if len(kept) == 0 {
		return dropped[:1:1], dropped[1:]
	}
	return kept, dropped
}

// MaxEntries bounds a catalogue; beyond it a pick list stops being one.
const MaxEntries = 1000

// Check judges a catalogue on its own: keys valid and unique, names present, at most MaxEntries. field is the path of the list.
func (c Catalogue) Check(field string) Problems {
	var ps Problems
	if len(c) > MaxEntries {
		ps.Add(Failure, field, TooMany, "limit", strconv.Itoa(MaxEntries))
	}
	seen := map[Key]bool{}
	for i, e := range c {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case !e.Key.Valid():
			ps.Add(Failure, at+".key", KeyInvalid, "value", string(e.Key))
		case seen[e.Key]:
			ps.Add(Failure, at+".key", Duplicate, "value", string(e.Key))
		}
		seen[e.Key] = true
		if e.Name == "" || len(e.Name) > MaxName {
			ps.Add(Failure, at+".name", NameInvalid, "limit", strconv.Itoa(MaxName))
		}
	}
	return ps
}

// MaxName bounds the names of people, tenants, roles and inboxes, in bytes.
const MaxName = 200
