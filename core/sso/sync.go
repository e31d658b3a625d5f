package sso

// Sync is what role_sync "every_login" makes of the keys a user has (rule 11). It never strips anybody by accident: without rows nothing is
// mapped and nothing changes; keys that only rows of an absent attribute could grant stay as they are, because absent means unknown (a group
// overage, a broken mapping). The result may be without any key, which is right for inboxes; that a user needs a role is the caller's to see to.
func (m Mapping) Sync(current []Key, e Evidence, c Catalogue) []Key {
	if len(m.Rows) == 0 {
		return current
	}
	present := e.Attributes.ByName()
	unknown := map[Key]bool{}
	for _, row := range m.Rows {
		if _, ok := present[row.Attribute]; ok || (row.Attribute == EmailAttribute && e.Email != "") {
			continue
		}
		for _, k := range row.Grant {
			unknown[k] = true
		}
	}
	r := m.Resolve(e, c)
	if r.Defaulted && len(unknown) > 0 {
		return current
	}
	keys := r.Keys
	for _, k := range current {
		if unknown[k] {
			keys = append(keys, k)
		}
	}
	known := c.lookup()
	kept, _ := known.settle(known.order(keys))
	return kept
}
