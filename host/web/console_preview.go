package web

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

func (s *Server) previewSection() section {
	return section{path: "/preview", label: "nav.preview", group: "nav.security", routes: []route{
		{http.MethodGet, "", s.previewPage},
		{http.MethodPost, "", s.previewAttributes},
	}}
}

// previewView is the page that says what mappings would give.
type previewView struct {
	Attributes, Email     string // as they were typed, or came with the sign-in that was picked
	Latest                []directory.Brought
	Picked                int64 // which of them, 0 for none
	Problems              fieldProblems
	Shown                 bool // there is an outcome
	RoleGrant, InboxGrant grantView
}

// previewPage is empty, or shows what the saved mappings make of the sign-in that ?login= names, one of the latest.
func (s *Server) previewPage(v *visit) error {
	latest, err := s.o.Directory.LatestAttributes(v.Request().Context(), v.by, v.tenant)
	if err != nil {
		return err
	}
	view := previewView{Latest: latest}
	asked := v.QueryParam("login")
	if asked == "" {
		return s.showPreview(v, http.StatusOK, view)
	}
	i := slices.IndexFunc(latest, func(b directory.Brought) bool { return strconv.FormatInt(b.Login.ID, 10) == asked })
	if i < 0 {
		return sso.Refuse("web.preview", sso.NotFound)
	}
	picked := latest[i]
	view.Picked, view.Attributes, view.Email = picked.Login.ID, typed(picked.Attributes), string(picked.Login.Email)
	return s.resolvePreview(v, view, sso.Evidence{Attributes: picked.Attributes, Email: picked.Login.Email})
}

// typed is attributes as they would be typed: by each name that a row can have, lines where lines can say it, else JSON.
func typed(as sso.Attributes) string {
	byName := as.ByName()
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		for _, value := range byName[name] {
			if strings.ContainsAny(name, "=\r\n") || strings.HasPrefix(name, "{") || strings.ContainsAny(value, "\r\n") || value != strings.TrimSpace(value) {
				text, _ := json.Marshal(byName, json.Deterministic(true), jsontext.Multiline(true)) // of texts, so it cannot fail
				return string(text)
			}
			lines = append(lines, name+"="+value)
		}
	}
	return strings.Join(lines, "\n")
}

// previewAttributes resolves the saved mappings for what was typed, as the API does. Nothing is stored.
func (s *Server) previewAttributes(v *visit) error {
	values, err := readParts(v)
	if err != nil {
		return err
	}
	ctx := v.Request().Context()
	view := previewView{Attributes: values.Get("attributes"), Email: strings.TrimSpace(values.Get("email"))}
	if view.Latest, err = s.o.Directory.LatestAttributes(ctx, v.by, v.tenant); err != nil {
		return err
	}
	evidence, ps := readEvidence(view.Attributes, view.Email)
	if len(ps) > 0 {
		view.Problems = v.problems(ps)
		return s.showPreview(v, http.StatusUnprocessableEntity, view)
	}
	return s.resolvePreview(v, view, evidence)
}

func (s *Server) resolvePreview(v *visit, view previewView, evidence sso.Evidence) error {
	ctx := v.Request().Context()
	p, err := s.o.Settings.Preview(ctx, v.by, v.tenant, evidence)
	if err != nil {
		return err
	}
	c, err := s.o.Directory.Catalogues(ctx, v.by, v.tenant)
	if err != nil {
		return err
	}
	view.Shown = true
	view.RoleGrant, view.InboxGrant = v.grant(sso.RoleFields, p.Roles, c.Roles), v.grant(sso.InboxFields, p.Inboxes, c.Inboxes)
	return s.showPreview(v, http.StatusOK, view)
}

func (s *Server) showPreview(v *visit, status int, view previewView) error {
	return v.render(status, "console_preview.html", "nav.preview", view)
}

// readEvidence reads attributes and the address that the plugin would extract.
func readEvidence(text, address string) (sso.Evidence, sso.Problems) {
	attributes, ps := readAttributes(text)
	e := sso.Evidence{Attributes: attributes}
	if address == "" {
		return e, ps
	}
	email, ok := sso.ParseEmail(address)
	if !ok {
		ps.Add(sso.Failure, "email", sso.EmailInvalid)
	}
	e.Email = email
	return e, ps
}

// readAttributes reads lines of name=value, a name as often as it has values; or one JSON object of texts and lists of texts.
func readAttributes(text string) (sso.Attributes, sso.Problems) {
	const field = "attributes"
	var out sso.Attributes
	var ps sso.Problems
	if text = strings.TrimSpace(text); strings.HasPrefix(text, "{") {
		var object map[string]jsontext.Value
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			ps.Add(sso.Failure, field, sso.BadJSON, "detail", "attributes")
			return nil, ps
		}
		for _, name := range slices.Sorted(maps.Keys(object)) {
			var one string
			values := []string{}
			if json.Unmarshal(object[name], &one) == nil {
				values = []string{one}
			} else if json.Unmarshal(object[name], &values) != nil {
				ps.Add(sso.Failure, field, sso.WrongType, "expected", name+": text, [text]")
			}
			out = append(out, sso.Attribute{Name: name, Values: values})
		}
		return out, ps
	}
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); !ok || name == "" {
			ps.Add(sso.Failure, field, sso.WrongType, "expected", strconv.Itoa(i+1)+": name=value")
			continue
		}
		out = append(out, sso.Attribute{Name: name, Values: []string{strings.TrimSpace(value)}})
	}
	return out, ps
}
