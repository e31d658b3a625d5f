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
	Actor       string // as it is filtered
	Actions     []choice
	Rows        []changeView
	Filtered    bool
	Next, Start string
}

// changeView is a change in words.
type changeView struct {
	sso.AuditEntry
	Did    string // the action in words; "" for one that has none
	By, Of string // actor and target, people by their address; Of is "" where the words say it
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
	view := auditView{Actor: q.Actor, Actions: v.words.actions(q.Action), Filtered: len(filter) > 0}
	known := map[string]string{}
	for _, e := range entries {
		row := changeView{AuditEntry: e, Did: v.words.or(actionText+e.Action, ""), By: v.named(e.Actor, known), Of: v.named(e.Target, known), What: v.changes(e)}
		if row.Did != "" && !strings.Contains(e.Target, ":") { // the tenant has one of them
			row.Of = ""
		}
		view.Rows = append(view.Rows, row)
	}
	view.Start, view.Next = listEnds(auditPath, filter, q.Cursor, next)
	return v.render(http.StatusOK, "console_audit.html", "nav.audit", view)
}

// actionText begins the keys of the texts of actions.
const actionText = "action."

// actions are those that have words, in the order of these, and the chosen one.
func (w words) actions(chosen string) []choice {
	var all []choice
	for key, text := range w.text {
		if action, ok := strings.CutPrefix(key, actionText); ok {
			all = append(all, choice{action, text, action == chosen})
		}
	}
	if chosen != "" && w.or(actionText+chosen, "") == "" {
		all = append(all, choice{chosen, chosen, true})
	}
	slices.SortFunc(all, func(a, b choice) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// named is an actor or a target in words; a user by their address, as long as there is one. known spares asking twice.
func (v *visit) named(text string, known map[string]string) string {
	kind, id, _ := strings.Cut(text, ":")
	switch kind {
	case "connection":
		return v.s.providerName(sso.ProviderKey(id))
	case string(sso.APIToken):
		return sso.Fill(v.words.or("audit.api_token", text), map[string]string{"id": id})
	case string(sso.Person):
	default:
		return v.words.or("actor."+text, text)
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
