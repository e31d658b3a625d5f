package web

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/sso"
)

// section is an entry of the console's navigation with the routes behind it. A page is added by a file of its own that makes one, and a line
// in sections.
type section struct {
	path   string // under /console
	label  string // key of the text of its name
	group  string // key of the text of the group that it stands in
	routes []route
}

// route is one address of a section: path is added to the section's own.
type route struct {
	method, path string
	handle       func(*visit) error
}

// sections are the console's pages, in the order of the navigation.
func (s *Server) sections() []section {
	return []section{s.ssoSection(), s.testSection(), s.previewSection(), s.loginsSection(), s.auditSection(), s.usersSection(), s.rolesSection(), s.inboxesSection(), s.mailSection()}
}

const consolePath = "/console"

func (s *Server) routeConsole() {
	for _, at := range s.sections() {
		for _, r := range at.routes {
			s.echo.Add(r.method, consolePath+at.path+r.path, s.administered(at, r.handle), s.sameSite)
		}
	}
	first := s.sections()[0]
	s.echo.GET(consolePath, s.administered(first, first.routes[0].handle))
}

// visit is a request of an administrator to a page of the console.
type visit struct {
	echo.Context
	s       *Server
	at      section
	words   words
	by      sso.Actor
	user    sso.User
	tenant  sso.TenantID
	company string // the tenant's name
}

// administered lets administrators in, and sends people without a session to sign in first. Use cases judge again.
func (s *Server) administered(at section, handle func(*visit) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		session, user, err := s.session(c)
		if sso.CodeOf(err) == sso.Unauthorized && c.Request().Method == http.MethodGet && !wantsJSON(c) {
			return c.Redirect(http.StatusFound, "/login?return_to="+url.QueryEscape(c.Request().URL.Path))
		}
		if err != nil {
			return err
		}
		by := personActor(session, user)
		by.Language = s.wordsFor(c).tag
		if err := by.MayAdminister("web.console", user.Tenant); err != nil {
			return err
		}
		return handle(&visit{
			Context: c, s: s, at: at, words: s.wordsFor(c), by: by, user: user, tenant: user.Tenant,
			company: s.tenantName(c.Request().Context(), user.Tenant),
		})
	}
}

// consoleFrame is what the console's layout needs; View is the page's own.
type consoleFrame struct {
	Title, Company, Person, Path, RequestID string
	Groups                                  []navigationGroup
	Languages                               []languageLink
	View                                    any
}

type navigationGroup struct {
	Label string
	Links []navigationLink
}

type navigationLink struct {
	Label, Path string
	Current     bool
}

// render writes a page of the console whole or not at all. title is the key of its text.
func (v *visit) render(status int, name, title string, view any) error {
	words, err := v.words.say(title)
	if err != nil {
		return err
	}
	frame := consoleFrame{
		Title: words, Company: v.company, Person: string(v.user.Email), Path: consolePath + v.at.path, RequestID: requestID(v),
		Groups: v.navigation(), Languages: v.s.languageLinks(v, v.words), View: view,
	}
	if v.user.Name != "" {
		frame.Person = v.user.Name
	}
	var page bytes.Buffer
	if err := v.s.pages.in[v.words.tag][name].ExecuteTemplate(&page, consoleLayout, frame); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	v.Response().Header().Set("Content-Security-Policy", basePolicy+" https:"+v.s.formHosts+"; script-src 'self'")
	tellLanguage(v, v.words)
	return v.HTMLBlob(status, page.Bytes())
}

func (v *visit) navigation() []navigationGroup {
	var groups []navigationGroup
	for _, at := range v.s.sections() {
		label := v.words.or(at.group, at.group)
		if len(groups) == 0 || groups[len(groups)-1].Label != label {
			groups = append(groups, navigationGroup{Label: label})
		}
		last := &groups[len(groups)-1]
		last.Links = append(last.Links, navigationLink{
			Label: v.words.or(at.label, at.label), Path: consolePath + at.path, Current: at.path == v.at.path,
		})
	}
	return groups
}

// fieldID is the id of the form field of a path into the settings document: role_mappings[0].roles is role_mappings-0-roles.
func fieldID(path string) string {
	return strings.NewReplacer("[", "-", "].", "-", "]", "", ".", "-").Replace(path)
}

// two hands two things to a template, which takes one.
type two struct{ First, Second any }

func pair(first, second any) two { return two{first, second} }
