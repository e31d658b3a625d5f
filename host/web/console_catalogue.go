package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

func (s *Server) rolesSection() section {
	return s.catalogueSection(catalogueKind{
		name: "roles", of: func(c sso.Catalogues) sso.Catalogue { return c.Roles }, replace: s.o.Directory.ReplaceRoles,
	})
}

func (s *Server) inboxesSection() section {
	return s.catalogueSection(catalogueKind{
		name: "inboxes", of: func(c sso.Catalogues) sso.Catalogue { return c.Inboxes }, replace: s.o.Directory.ReplaceInboxes,
	})
}

// catalogueKind is what the pages of roles and of inboxes differ in.
type catalogueKind struct {
	name    string // also of the path, of the rows' fields, and in the keys of texts
	of      func(sso.Catalogues) sso.Catalogue
	replace func(ctx context.Context, by sso.Actor, t sso.TenantID, c sso.Catalogue, expect string) error
}

func (s *Server) catalogueSection(k catalogueKind) section {
	return section{path: "/" + k.name, label: "nav." + k.name, group: "nav.people", routes: []route{
		{http.MethodGet, "", func(v *visit) error { return s.cataloguePage(v, k) }},
		{http.MethodPost, "", func(v *visit) error { return s.saveCatalogue(v, k) }},
	}}
}

// catalogueView is the page of roles or of inboxes.
type catalogueView struct {
	Kind     string
	Revision string
	Rows     []entryView
	Problems fieldProblems
	Saved    bool
	Stale    bool
	Theirs   sso.Catalogue // what somebody else saved meanwhile
}

// entryView is a row of the page.
type entryView struct {
	sso.Entry
	Number int
	Path   string
	Fixed  bool // the role that cannot go
	Focus  bool // the row that was just added
}

func (s *Server) cataloguePage(v *visit, k catalogueKind) error {
	now, err := s.catalogue(v, k)
	if err != nil {
		return err
	}
	return v.showCatalogue(http.StatusOK, k, now, catalogueView{Revision: directory.CatalogueRevision(now), Saved: v.QueryParam("saved") != ""})
}

func (s *Server) catalogue(v *visit, k catalogueKind) (sso.Catalogue, error) {
	c, err := s.o.Directory.Catalogues(v.Request().Context(), v.by, v.tenant)
	return k.of(c), err
}

// saveCatalogue replaces the list, or does what another of the form's buttons asks for.
func (s *Server) saveCatalogue(v *visit, k catalogueKind) error {
	values, err := readParts(v)
	if err != nil {
		return err
	}
	typed, view := readCatalogue(values, k.name), catalogueView{Revision: values.Get("revision")}
	if view.Revision == "" {
		return sso.Refuse("web.console_catalogue", sso.VersionRequired)
	}
	if do := values.Get(fieldDo); do != "save" {
		return v.showCatalogue(http.StatusOK, k, changed(typed, do), view)
	}
	typed = slices.DeleteFunc(typed, func(e sso.Entry) bool { return e.Key == "" && e.Name == "" }) // a row that was added and left empty
	err = k.replace(v.Request().Context(), v.by, v.tenant, typed, view.Revision)
	if err == nil {
		return v.Redirect(http.StatusSeeOther, consolePath+v.at.path+"?saved=1")
	}
	return s.refusedCatalogue(v, k, typed, view, err)
}

// refusedCatalogue shows the list as it was typed, with the reasons at its rows. Entries that cannot go stand in their places again.
func (s *Server) refusedCatalogue(v *visit, k catalogueKind, typed sso.Catalogue, view catalogueView, err error) error {
	refusal := refusalOf(err)
	now, readErr := s.catalogue(v, k)
	if readErr != nil {
		return readErr
	}
	ps := slices.Clone(refusal.Problems)
	switch refusal.Code {
	case sso.Invalid:
	case sso.RoleProtected:
		typed = restored(typed, now, []sso.Key{sso.Administrator})
		ps.Add(sso.Failure, rowPath(k.name, typed.Index(sso.Administrator)), sso.RoleProtected)
	case sso.KeyInUse:
		var used []sso.Key
		for _, p := range ps {
			used = append(used, sso.Key(p.Params["value"]))
		}
		typed = restored(typed, now, used)
		for i := range ps {
			ps[i].Field = rowPath(k.name, typed.Index(used[i]))
		}
	case sso.VersionConflict:
		view.Stale, view.Theirs, view.Revision = true, now, directory.CatalogueRevision(now)
	default:
		return err
	}
	view.Problems = v.problems(ps)
	for i, p := range view.Problems {
		if strings.HasPrefix(p.Field, k.name+"[") { // "Role 3", not "Roles 3"
			many, one := v.words.or("field."+k.name, ""), v.words.or(k.name+".row", "")
			view.Problems[i].Label = one + strings.TrimPrefix(p.Label, many)
		}
	}
	return v.showCatalogue(sso.TextOf(refusal.Code).Status, k, typed, view)
}

// restored is typed with the keys that are missing, each after what stood before it.
func restored(typed, now sso.Catalogue, keys []sso.Key) sso.Catalogue {
	for i, e := range now {
		if !slices.Contains(keys, e.Key) || typed.Index(e.Key) >= 0 {
			continue
		}
		at := 0
		if i > 0 {
			at = typed.Index(now[i-1].Key) + 1
		}
		typed = slices.Insert(typed, at, e)
	}
	return typed
}

func rowPath(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

func (v *visit) showCatalogue(status int, k catalogueKind, c sso.Catalogue, view catalogueView) error {
	view.Kind = k.name
	for i, e := range c {
		view.Rows = append(view.Rows, entryView{
			Entry: e, Number: i, Path: rowPath(k.name, i), Fixed: k.name == "roles" && e.Key == sso.Administrator,
			Focus: i == len(c)-1 && e == (sso.Entry{}),
		})
	}
	return v.render(status, "console_catalogue.html", "nav."+k.name, view)
}

// readCatalogue reads the rows. Each posts its number under the name of the list; numbers only keep rows apart, their order counts.
func readCatalogue(values url.Values, list string) sso.Catalogue {
	var c sso.Catalogue
	for _, number := range values[list] {
		at := list + "[" + number + "]."
		c = append(c, sso.Entry{
			Key: sso.Key(strings.TrimSpace(values.Get(at + "key"))), Name: strings.TrimSpace(values.Get(at + "name")), Exclusive: values.Has(at + "exclusive"),
		})
	}
	return c
}

// changed does what a button asks for that saves nothing: a row more, one less, or one a place higher.
func changed(c sso.Catalogue, do string) sso.Catalogue {
	what, number, _ := strings.Cut(do, ":")
	i, err := strconv.Atoi(number)
	if known := err == nil && i >= 0 && i < len(c); what != "add" && !known {
		return c
	}
	switch what {
	case "add":
		return append(c, sso.Entry{})
	case "remove":
		return slices.Delete(c, i, i+1)
	case "up":
		if i > 0 {
			c[i-1], c[i] = c[i], c[i-1]
		}
	}
	return c
}
