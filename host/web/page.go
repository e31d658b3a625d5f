package web

import (
	"bytes"
	"crypto/rand"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

//go:embed pages/*.html assets texts openapi.yaml
var files embed.FS

// pages are the parsed pages and what they load.
type pages struct {
	in     map[string]map[string]*template.Template // by language and file name
	words  map[string]words                         // by language
	assets map[string]asset                         // by file name
	docs   map[string]asset                         // the page about the API, by language
}

// Layouts hold what is around a page; a page of the console has consolePrefix in its file name. Parts are what pages of both have in common.
const (
	layout        = "layout.html"
	consolePrefix = "console_"
	consoleLayout = "console_layout.html"
	parts         = "parts.html"
)

// loaded are the pages of this binary, which are the same for every server in it: parsed and packed once.
var loaded = sync.OnceValues(loadPages)

func loadPages() (pages, error) {
	p := pages{in: map[string]map[string]*template.Template{}}
	entries, err := files.ReadDir("pages")
	if err != nil {
		return p, err
	}
	if p.assets, err = loadAssets(); err != nil {
		return p, err
	}
	if p.words, err = loadWords(); err != nil {
		return p, err
	}
	for _, e := range entries {
		if err := p.load(e.Name()); err != nil {
			return p, fmt.Errorf("page %s: %w", e.Name(), err)
		}
	}
	p.docs, err = p.loadDocs()
	return p, err
}

func (p pages) load(name string) (err error) {
	around := layout
	switch {
	case name == layout, name == consoleLayout, name == parts:
		return nil
	case strings.HasPrefix(name, consolePrefix):
		around = consoleLayout
	}
	for tag, w := range p.words {
		page := template.New(name).Funcs(w.functions()).Funcs(template.FuncMap{"asset": p.assetPath, "fieldID": fieldID, "pair": pair})
		if page, err = page.ParseFS(files, "pages/"+around, "pages/"+parts, "pages/"+name); err != nil {
			return err
		}
		if p.in[tag] == nil {
			p.in[tag] = map[string]*template.Template{}
		}
		p.in[tag][name] = page
	}
	return nil
}

// speaks reports whether there is a catalogue of that language.
func (p pages) speaks(tag string) bool { return p.in[tag] != nil }

// frame is what the layout needs; View is the page's own.
type frame struct {
	Title, Nonce, RequestID string
	Languages               []languageLink // none where the page cannot be asked for again
	View                    any
}

type signInView struct {
	Email, ReturnTo, Error string
	SignedOut              string         // how: see signedOut
	Known                  []organisation // where this browser signed in, the last first
}

// organisation is one to sign in to.
type organisation struct {
	Tenant sso.TenantID
	Name   string
}

type passwordView struct {
	Tenant                       sso.TenantID // "" while only the address is known
	Name, Email, ReturnTo, Error string
	Known                        []organisation // where else this browser may go on, while only the address is known
}

type refusalView struct {
	Code, Summary, Fix, Who, Again string
	Errors                         []api.FieldError
}

type invitationView struct {
	Tenant, Email, EnteredEmail, EnteredName, Error string
	First                                           bool
	SSO, Reset                                      bool
	Early                                           bool // SSO is off: whoever is invited sets a password
}

type homeView struct {
	Name, Email, Tenant, Provider string
	Roles, Inboxes                []string
	ExpiresAt                     time.Time
	Administrator                 bool
}

// Content-Security-Policy of pages. The forms that end at a provider name https: as a whole, because Chromium applies form-action to every
// redirect that follows, and which address that is depends on the answer.
const basePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// render writes a page whole or not at all, in the language of w. title is the key of its text, or the text itself.
func (s *Server) render(c echo.Context, w words, status int, name, title string, view any) error {
	policy := basePolicy
	nonce := ""
	switch name {
	case "signin.html", "password.html", "invitation.html": // forms that may end at the provider
		policy += " https:" + s.formHosts
	case "home.html", "account.html": // a sign-out may, too; and there are times
		policy += " https:" + s.formHosts + "; script-src 'self'"
	case "post.html":
		nonce = rand.Text()
		policy += " https:" + s.formHosts + "; script-src 'nonce-" + nonce + "'"
	}
	var page bytes.Buffer
	err := s.pages.in[w.tag][name].ExecuteTemplate(&page, layout, frame{
		Title: w.or(title, title), Nonce: nonce, RequestID: requestID(c), Languages: s.languageLinks(c, w), View: view,
	})
	if err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	c.Response().Header().Set("Content-Security-Policy", policy)
	tellLanguage(c, w)
	return c.HTMLBlob(status, page.Bytes())
}

func (s *Server) passwordPage(c echo.Context, status int, v passwordView) error {
	if v.Tenant != "" {
		v.Name = s.tenantName(c.Request().Context(), v.Tenant)
	} else {
		v.Known = s.knownPlaces(c)
	}
	return s.render(c, s.wordsFor(c), status, "password.html", "signin.title", v)
}

// postPage sends the request by a form, for providers without the redirect binding; without scripts the button does it.
func (s *Server) postPage(c echo.Context, r login.Request) error {
	if target, err := url.Parse(r.URL); err != nil || (target.Scheme != "https" && target.Scheme != "http") {
		return fmt.Errorf("page post.html: the provider's address is no web address")
	}
	return s.render(c, s.wordsFor(c), http.StatusOK, "post.html", "post.title", r)
}

func (s *Server) invitationPage(c echo.Context, status int, link directory.OpenedLink, v invitationView) error {
	v.Tenant, v.Email = s.tenantName(c.Request().Context(), link.Tenant), string(link.Email)
	v.First, v.SSO, v.Reset = link.Purpose == directory.FirstAdministrator, link.SSO, link.Purpose == directory.ResetPassword
	v.Early = link.Purpose == directory.Invitation && !link.SSO
	title := "invitation.title"
	if v.Reset {
		title = "invitation.reset"
	}
	return s.render(c, s.wordsFor(c), status, "invitation.html", title, v)
}

// refusalPage says what happened, who can mend it, and how to go on.
func (s *Server) refusalPage(c echo.Context, refusal *sso.Error, text sso.Text) error {
	w := s.wordsFor(c)
	view := refusalView{Code: string(refusal.Code), Who: w.who(text), Errors: w.problems(refusal.Problems)}
	view.Summary, view.Fix = w.refusal(refusal.Code, refusal.Params)
	if strings.HasPrefix(c.Path(), "/saml/") || strings.HasPrefix(c.Path(), "/login/") {
		if t := knownTenant(c); t != "" && text.Status != http.StatusNotFound {
			view.Again = loginPath(t, "/")
		}
	}
	return s.render(c, w, text.Status, "refusal.html", view.Summary, view)
}
