package web

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

const usersPath = consolePath + "/users"

func (s *Server) usersSection() section {
	return section{path: "/users", label: "nav.users", group: "nav.people", routes: []route{
		{http.MethodGet, "", s.usersPage},
		{http.MethodPost, "", s.inviteEverybody},
		{http.MethodGet, "/export", s.exportPage},
		{http.MethodGet, "/new", s.newUserPage},
		{http.MethodPost, "/new", s.addUser},
		{http.MethodGet, "/import", s.importPage},
		{http.MethodPost, "/import", s.importFile},
		{http.MethodGet, "/:id", s.userPage},
		{http.MethodPost, "/:id", s.changeUser},
	}}
}

// usersView is a part of the list of users.
type usersView struct {
	Filter    url.Values // search, status, role, sort: as they are in the address
	Statuses  []choice
	Roles     []choice
	Columns   []columnView
	Rows      []userRow
	Done      string
	Next      string // the address of the part that follows, "" on the last
	Start     string // the address of the first part, "" there
	Export    string
	Uninvited int // who needs an invitation
}

// choice is an entry of a select.
type choice struct {
	Value, Name string
	Chosen      bool
}

// columnView is a head of the table, that sorts.
type columnView struct {
	Name, Path string
	Sorted     string // for aria-sort, "" for another column
}

// userRow is a person in the list.
type userRow struct {
	directory.Person
	RoleNames, InboxNames string
	Invitation            directory.InvitationState
}

// Has reports whether anything is filtered.
func (v usersView) Has() bool {
	return v.Filter.Get("search") != "" || v.Filter.Get("status") != "" || v.Filter.Get("role") != ""
}

// usersPage lists users.
func (s *Server) usersPage(v *visit) error {
	ctx, given := v.Request().Context(), v.QueryParams()
	filter := url.Values{}
	for _, name := range []string{"search", "status", "role", "sort"} {
		if value := given.Get(name); value != "" {
			filter.Set(name, value)
		}
	}
	q, err := userQuery(filter.Get("search"), filter.Get("status"), filter.Get("role"), filter.Get("sort"))
	if err != nil {
		return err
	}
	q.Cursor = given.Get("cursor")
	people, next, err := s.o.Directory.Users(ctx, v.by, v.tenant, q)
	if err != nil {
		return err
	}
	c, err := s.o.Directory.Catalogues(ctx, v.by, v.tenant)
	if err != nil {
		return err
	}
	view := usersView{
		Filter: filter, Done: v.done(), Statuses: v.statuses(filter.Get("status")), Columns: v.columns(filter),
		Export: withQuery(usersPath+"/export", filter),
	}
	for _, e := range c.Roles {
		view.Roles = append(view.Roles, choice{string(e.Key), e.Name, string(e.Key) == filter.Get("role")})
	}
	for _, p := range people {
		view.Rows = append(view.Rows, userRow{p, names(p.Roles, c.Roles), names(p.Inboxes, c.Inboxes), s.o.Directory.InvitationOf(p).State})
	}
	if view.Uninvited, err = s.o.Directory.Uninvited(ctx, v.by, v.tenant); err != nil {
		return err
	}
	if q.Cursor != "" {
		view.Start = withQuery(usersPath, filter)
	}
	if next != "" {
		view.Next = withQuery(usersPath, with(filter, "cursor", next))
	}
	return v.render(http.StatusOK, "console_users.html", "nav.users", view)
}

// exportPage writes the list as it is filtered to a file.
func (s *Server) exportPage(v *visit) error {
	given := v.QueryParams()
	q, err := userQuery(given.Get("search"), given.Get("status"), given.Get("role"), "")
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := s.o.Directory.Export(v.Request().Context(), v.by, v.tenant, q, &file); err != nil {
		return err
	}
	v.Response().Header().Set(echo.HeaderContentDisposition, attachment(v.tenant))
	return v.Blob(http.StatusOK, textCSV+"; charset=utf-8", file.Bytes())
}

func (v *visit) statuses(chosen string) []choice {
	var out []choice
	for _, status := range []sso.Status{sso.Invited, sso.Active, sso.Deactivated} {
		out = append(out, choice{string(status), v.words.or("user_status."+string(status), string(status)), string(status) == chosen})
	}
	return out
}

// columns are the heads that sort: once more turns the order round.
func (v *visit) columns(filter url.Values) []columnView {
	now, down := strings.CutPrefix(filter.Get("sort"), "-")
	var out []columnView
	for _, column := range []struct {
		order directory.UserOrder
		first string // the way that one asks for first
	}{
		{directory.ByName, "name"}, {directory.ByEmail, "email"}, {directory.ByLastLogin, "-last_login_at"},
	} {
		order := string(column.order)
		head := columnView{Name: v.words.or("field."+order, order)}
		to := column.first
		if now == order || now == "" && column.order == directory.ByEmail {
			head.Sorted, to = "ascending", "-"+order
			if down {
				head.Sorted, to = "descending", order
			}
		}
		head.Path = withQuery(usersPath, with(filter, "sort", to))
		out = append(out, head)
	}
	return out
}

// done is what a form before this page did, in words.
func (v *visit) done() string {
	what := v.QueryParam("done")
	if what == "" {
		return ""
	}
	text, err := v.words.say("users.done."+what, "count", v.QueryParam("count"), "existing", v.QueryParam("existing"))
	if err != nil {
		return "" // an address that somebody made up
	}
	return text
}

// withQuery is a path with a query.
func withQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// with is a query with one value changed.
func with(query url.Values, name, value string) url.Values {
	out := url.Values{}
	maps.Copy(out, query)
	out.Set(name, value)
	return out
}
