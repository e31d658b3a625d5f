package web

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

const auditPath = consolePath + "/audit"

func (s *Server) auditSection() section {
	return section{path: "/audit", label: "nav.audit", group: "nav.security", routes: []route{{http.MethodGet, "", s.auditPage}}}
}

// auditView is a part of the list of changes.
type auditView struct {
	Action, Actor string // as they are filtered
	Actions       []string
	Rows          []changeView
	Filtered      bool
	Next, Start   string
}

// changeView is a change in words.
type changeView struct {
	sso.AuditEntry
	By, Of string // actor and target, people by their address
	What   []difference
}

// auditPage lists changes, newest first.
func (s *Server) auditPage(v *visit) error {
	filter := v.filter("action", "actor")
	q := directory.AuditQuery{Action: filter.Get("action"), Actor: filter.Get("actor")}
	q.Cursor = v.QueryParam("cursor")
	entries, next, err := s.o.Directory.Audit(v.Request().Context(), v.by, v.tenant, q)
	if err != nil {
		return err
	}
	view := auditView{Action: q.Action, Actor: q.Actor, Filtered: len(filter) > 0}
	named := map[string]string{}
	for _, e := range entries {
		view.Rows = append(view.Rows, changeView{AuditEntry: e, By: v.named(e.Actor, named), Of: v.named(e.Target, named), What: v.changes(e)})
		if !slices.Contains(view.Actions, e.Action) {
			view.Actions = append(view.Actions, e.Action)
		}
	}
	slices.Sort(view.Actions)
	view.Start, view.Next = listEnds(auditPath, filter, q.Cursor, next)
	return v.render(http.StatusOK, "console_audit.html", "nav.audit", view)
}

// named is an actor or a target; a user by their address, as long as there is one. known spares asking twice.
func (v *visit) named(text string, known map[string]string) string {
	id, ok := strings.CutPrefix(text, "user:")
	if !ok {
		return text
	}
	if name, asked := known[text]; asked {
		return name
	}
	known[text] = text
	if p, err := v.s.o.Directory.User(v.Request().Context(), v.by, v.tenant, sso.UserID(id)); err == nil {
		known[text] = string(p.Email)
	}
	return known[text]
}

// changes are the fields of an entry before and after.
func (v *visit) changes(e sso.AuditEntry) []difference {
	before, after := recordedFields(e.Before), recordedFields(e.After)
	names := slices.Sorted(maps.Keys(before))
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if _, there := before[name]; !there {
			names = append(names, name)
		}
	}
	out := make([]difference, len(names))
	for i, name := range names {
		out[i] = difference{Label: v.words.or("field."+name, name), Mine: v.recordedText(before[name]), Theirs: v.recordedText(after[name])}
	}
	return out
}

func recordedFields(text string) map[string]jsontext.Value {
	var fields map[string]jsontext.Value
	if json.Unmarshal([]byte(text), &fields) != nil {
		return nil // nothing was there
	}
	return fields
}

// recordedText is a recorded value as people read it: texts bare, lists by commas or lines.
func (v *visit) recordedText(value jsontext.Value) string {
	switch value.Kind() {
	case 't':
		return v.words.or("on", "on")
	case 'f':
		return v.words.or("off", "off")
	case '"':
		var text string
		_ = json.Unmarshal(value, &text) // its kind says that it is one
		return text
	case '[':
		var list []jsontext.Value
		_ = json.Unmarshal(value, &list)
		parts, between := make([]string, len(list)), ", "
		for i, one := range list {
			if parts[i] = v.recordedText(one); one.Kind() == '{' {
				between = "\n"
			}
		}
		return strings.Join(parts, between)
	case '{':
		fields := recordedFields(string(value))
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			parts = append(parts, v.words.or("field."+name, name)+": "+v.recordedText(fields[name]))
		}
		return strings.Join(parts, "; ")
	case 'n', 0:
		return ""
	case jsontext.KindNumber, jsontext.KindEndObject, jsontext.KindEndArray: // a whole value is neither end
	}
	return string(value)
}
