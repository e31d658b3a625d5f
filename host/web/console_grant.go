package web

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// grantView is what a mapping gives, and why.
type grantView struct {
	Names     string   // of what is given, "" for nothing
	Rows      []string // that matched, as the page names them
	Defaulted bool
	Dropped   string // exclusive ones that stood beside others
}

func (v *visit) grant(f sso.MappingFields, r sso.Resolution, c sso.Catalogue) grantView {
	g := grantView{Names: names(r.Keys, c), Defaulted: r.Defaulted, Dropped: names(r.Dropped, c)}
	for _, row := range r.Matched {
		g.Rows = append(g.Rows, v.label(fmt.Sprintf("%s[%d]", f.Rows, row)))
	}
	return g
}

// recordedGrant is what core/login wrote of a mapping into the trace of a sign-in.
var recordedGrant = regexp.MustCompile(`^(roles|inboxes) (.+?) by (.+?)(?:, dropped as exclusive: (.+))?$`)

// givenView is what the mappings gave in a sign-in.
type givenView struct {
	RoleGrant, InboxGrant grantView
	Text                  string // as it was recorded, where it cannot be read
}

// given is nil where no mapping was asked.
func (v *visit) given(recorded string, c sso.Catalogues) *givenView {
	if recorded == "" {
		return nil
	}
	roles, inboxes, _ := strings.Cut(recorded, "; ")
	view := givenView{}
	for _, part := range []struct {
		text  string
		among sso.Catalogue
		to    *grantView
	}{{roles, c.Roles, &view.RoleGrant}, {inboxes, c.Inboxes, &view.InboxGrant}} {
		found := recordedGrant.FindStringSubmatch(part.text)
		if found == nil {
			return &givenView{Text: recorded}
		}
		*part.to = grantView{Names: recordedNames(found[2], part.among), Dropped: recordedNames(found[4], part.among)}
		if part.to.Defaulted = strings.HasPrefix(found[3], "default_"); part.to.Defaulted {
			continue
		}
		for row := range strings.SplitSeq(found[3], ", ") {
			part.to.Rows = append(part.to.Rows, v.label(row))
		}
	}
	return &view
}

// recordedNames are the names of recorded keys; nothing for none.
func recordedNames(list string, c sso.Catalogue) string {
	if list == "" || list == "none" {
		return ""
	}
	var keys []sso.Key
	for key := range strings.SplitSeq(list, ", ") {
		keys = append(keys, sso.Key(key))
	}
	return names(keys, c)
}
