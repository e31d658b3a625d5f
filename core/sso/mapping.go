package sso

import (
	"fmt"
	"slices"
	"strconv"
)

// Row grants keys to everybody whose assertion carries the value in the attribute.
type Row struct {
	Attribute string
	Value     string
	Grant     []Key
}

// Mapping says what a person is given when a login creates them: the union of all matching rows, or the defaults when none matches.
type Mapping struct {
	Defaults []Key
	Rows     []Row
}

// Limits of a mapping.
const (
	MaxRows           = 10_000
	MaxAttributeName  = 1024 // bytes of a SAML Attribute or SAML Attribute Value in a row
	MaxGrants         = 100
	EmailAttribute    = "email" // the attribute name that also matches the address a plugin extracted
	mappingFieldValue = "saml_attribute_value"
	mappingFieldName  = "saml_attribute"
)

// Evidence is what the rows are tried against.
type Evidence struct {
	Attributes Attributes
	// Email is the address the plugin extracted, "" when there is none; it counts as a value of [EmailAttribute].
	Email Email
	// Derived are further values of attributes that a plugin proved from the assertion, such as the parts of a comma-joined group list.
	Derived []Value
}

// Evidence is what the mappings are tried against after a sign-in: the assertion, with what the plugin read from it. The zero Profile adds nothing.
func (p Profile) Evidence(a Assertion) Evidence {
	e := Evidence{Attributes: a.Attributes}
	e.Email, _ = ParseEmail(p.Email.Text)
	for _, g := range p.Groups {
		if g.Op != AsIs {
			e.Derived = append(e.Derived, g)
		}
	}
	return e
}

// Resolution is the outcome of a mapping.
type Resolution struct {
	Keys    []Key // in catalogue order, each once
	Matched []int // indices of the rows that matched, ascending
	// Defaulted: no row matched, the defaults were taken.
	Defaulted bool
	// Dropped are exclusive keys that stood beside others.
	Dropped []Key
}

// Resolve is behaviour rule 10. It is pure, and neither the order of rows nor that of values matters. Keys that the catalogue does not hold
// are never granted. When the union holds exclusive keys beside others, the exclusive ones are dropped; when it holds nothing but several
// exclusive ones, the first in catalogue order stays.
func (m Mapping) Resolve(e Evidence, c Catalogue) Resolution {
	var r Resolution
	var union []Key
	index := e.index()
	for i, row := range m.Rows {
		if index[pair{row.Attribute, row.Value}] {
			r.Matched = append(r.Matched, i)
			union = append(union, row.Grant...)
		}
	}
	if len(r.Matched) == 0 {
		r.Defaulted = true
		union = m.Defaults
	}
	known := c.lookup()
	r.Keys, r.Dropped = known.settle(known.order(union))
	return r
}

type pair struct{ attribute, value string }

// index makes one set of every (attribute, value) the evidence holds, so that resolving costs rows plus values, not rows times values.
func (e Evidence) index() map[pair]bool {
	set := map[pair]bool{}
	for name, values := range e.Attributes.ByName() {
		for _, v := range values {
			set[pair{name, v}] = true
		}
	}
	for _, d := range e.Derived {
		set[pair{d.From, d.Text}] = true
	}
	if e.Email != "" {
		set[pair{EmailAttribute, string(e.Email)}] = true
	}
	return set
}

// MappingFields name the parts of a mapping in the settings document, so that problems point at what the administrator sees.
type MappingFields struct {
	Defaults string // "default_roles"
	Rows     string // "role_mappings"
	Grant    string // "roles"
}

// Fields of the two mappings of the settings document.
var (
	RoleFields  = MappingFields{Defaults: "default_roles", Rows: "role_mappings", Grant: "roles"}
	InboxFields = MappingFields{Defaults: "default_inboxes", Rows: "inbox_mappings", Grant: "inboxes"}
)

// Check judges the mapping against the tenant's catalogue (behaviour rules 10 and 12).
func (m Mapping) Check(f MappingFields, c Catalogue) Problems {
	known := c.lookup()
	ps := known.check(f.Defaults, m.Defaults)
	if len(m.Rows) > MaxRows {
		ps.Add(Failure, f.Rows, TooMany, "limit", strconv.Itoa(MaxRows))
		return ps
	}
	seen := map[pair]int{}
	for i, row := range m.Rows {
		at := fmt.Sprintf("%s[%d]", f.Rows, i)
		ps = append(ps, checkText(at+"."+mappingFieldName, row.Attribute)...)
		ps = append(ps, checkText(at+"."+mappingFieldValue, row.Value)...)
		if first, dup := seen[pair{row.Attribute, row.Value}]; dup {
			ps.Add(Failure, at, DuplicateRow, "first", strconv.Itoa(first))
		} else {
			seen[pair{row.Attribute, row.Value}] = i
		}
		if len(row.Grant) == 0 {
			ps.Add(Failure, at+"."+f.Grant, Required)
		}
		ps = append(ps, known.check(at+"."+f.Grant, row.Grant)...)
	}
	return ps
}

func checkText(field, s string) Problems {
	var ps Problems
	switch {
	case s == "":
		ps.Add(Failure, field, Required)
	case len(s) > MaxAttributeName:
		ps.Add(Failure, field, TooLong, "limit", strconv.Itoa(MaxAttributeName))
	}
	return ps
}

// CheckGrant judges the roles or inboxes given to one user by hand: known, each once, no exclusive combination.
func CheckGrant(field string, keys []Key, c Catalogue) Problems { return c.lookup().check(field, keys) }

func (l lookup) check(field string, keys []Key) Problems {
	var ps Problems
	if len(keys) > MaxGrants {
		ps.Add(Failure, field, TooMany, "limit", strconv.Itoa(MaxGrants))
		return ps
	}
	for i, k := range keys {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch _, known := l.at[k]; {
		case !known:
			ps.Add(Failure, at, UnknownKey, "value", string(k))
		case slices.Index(keys, k) != i:
			ps.Add(Failure, at, Duplicate, "value", string(k))
		}
	}
	if k, clash := l.clash(keys); clash {
		ps.Add(Failure, field, ExclusiveRole, "role", string(k))
	}
	return ps
}

// Uses lists the paths in the mapping at which key stands.
func (m Mapping) Uses(f MappingFields, key Key) []string {
	var uses []string
	if slices.Contains(m.Defaults, key) {
		uses = append(uses, f.Defaults)
	}
	for i, row := range m.Rows {
		if slices.Contains(row.Grant, key) {
			uses = append(uses, fmt.Sprintf("%s[%d]", f.Rows, i))
		}
	}
	return uses
}
