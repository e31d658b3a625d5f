package sso

import "slices"

// Sync is what role_sync "every_login" makes of the keys a user has (rule 11). It never strips anybody by accident: without rows nothing is
// mapped and nothing changes; keys that only rows of an absent attribute could grant stay as they are, because absent means unknown (a group
// overage, a broken mapping); a result without any key changes nothing.
func (m Mapping) Sync(current []Key, e Evidence, c Catalogue) []Key {
	if len(m.Rows) == 0 {
		return current
	}
	var unknown []Key
	for _, row := range m.Rows {
		if !e.has(row.Attribute) {
			unknown = append(unknown, row.Grant...)
		}
	}
	r := m.Resolve(e, c)
	if r.Defaulted && unknown != nil {
		return current
	}
	keys := r.Keys
	for _, k := range current {
		if slices.Contains(unknown, k) {
			keys = append(keys, k)
		}
	}
	kept, _ := c.settle(c.Order(keys))
	if len(kept) == 0 {
		return current
	}
	return kept
}

func (e Evidence) has(attribute string) bool {
	return e.Attributes.Has(attribute) || (attribute == EmailAttribute && e.Email != "")
}
