package web

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

//go:embed pages/*.html assets openapi.yaml
var files embed.FS

// pages are the parsed pages by file name, and the style sheet they share.
type pages struct {
	byName  map[string]*template.Template
	style   []byte
	version string // of the style sheet, so that a new one is fetched at once
}

func loadPages() (pages, error) {
	p := pages{byName: map[string]*template.Template{}}
	entries, err := files.ReadDir("pages")
	if err != nil {
		return p, err
	}
	for _, e := range entries {
		if e.Name() == "layout.html" {
			continue
		}
		if p.byName[e.Name()], err = template.ParseFS(files, "pages/layout.html", "pages/"+e.Name()); err != nil {
			return p, fmt.Errorf("page %s: %w", e.Name(), err)
		}
	}
	if p.style, err = files.ReadFile("assets/style.css"); err != nil {
		return p, err
	}
	sum := sha256.Sum256(p.style)
	p.version = hex.EncodeToString(sum[:6])
	return p, nil
}

// frame is what the layout needs; View is the page's own.
type frame struct {
	Title, Style, Nonce, RequestID string
	View                           any
}

type signInView struct {
	Email, ReturnTo, Error string
	SignedOut              bool
	Known                  sso.TenantID // where this browser signed in last, "" for nowhere
	KnownName              string
}

type passwordView struct {
	Tenant                       sso.TenantID // "" while only the address is known
	Name, Email, ReturnTo, Error string
}

type refusalView struct {
	Code, Summary, Fix, Who, Again string
	Errors                         []api.FieldError
}

type invitationView struct {
	Tenant, Email, EnteredEmail, EnteredName, Error string
	First                                           bool
}

type homeView struct {
	Name, Email, Tenant, Provider string
	Roles, Inboxes                []string
	ExpiresAt                     time.Time
	Administrator                 bool
}

type consoleView struct {
	Tenant, Status, Provider string
	Slug                     sso.TenantID
	View                     settings.View
	Warnings                 []api.FieldError
}

// Content-Security-Policy of pages. The forms that end at a provider name https: as a whole, because Chromium applies form-action to every
// redirect that follows, and which address that is depends on the answer.
const basePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// render writes a page whole or not at all.
func (s *Server) render(c echo.Context, status int, name, title string, view any) error {
	policy := basePolicy
	nonce := ""
	switch name {
	case "signin.html", "password.html":
		policy += " https:" + s.formHosts
	case "post.html":
		nonce = rand.Text()
		policy += " https:" + s.formHosts + "; script-src 'nonce-" + nonce + "'"
	}
	var page bytes.Buffer
	err := s.pages.byName[name].ExecuteTemplate(&page, "layout.html", frame{
		Title: title, Style: "/assets/style.css?v=" + s.pages.version, Nonce: nonce, RequestID: requestID(c), View: view,
	})
	if err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	c.Response().Header().Set("Content-Security-Policy", policy)
	return c.HTMLBlob(status, page.Bytes())
}

func (s *Server) passwordPage(c echo.Context, status int, v passwordView) error {
	if v.Tenant != "" {
		v.Name = s.tenantName(c.Request().Context(), v.Tenant)
	}
	return s.render(c, status, "password.html", "Sign in", v)
}

// postPage sends the request by a form, for providers without the redirect binding; without scripts the button does it.
func (s *Server) postPage(c echo.Context, r login.Request) error {
	if target, err := url.Parse(r.URL); err != nil || (target.Scheme != "https" && target.Scheme != "http") {
		return fmt.Errorf("page post.html: the provider's address is no web address")
	}
	return s.render(c, http.StatusOK, "post.html", "Signing in", r)
}

func (s *Server) invitationPage(c echo.Context, status int, link directory.Link, v invitationView) error {
	v.Tenant, v.Email = s.tenantName(c.Request().Context(), link.Tenant), string(link.Email)
	v.First = link.Purpose == directory.FirstAdministrator
	return s.render(c, status, "invitation.html", "Invitation", v)
}

// refusalPage says what happened, who can mend it, and how to go on.
func (s *Server) refusalPage(c echo.Context, refusal *sso.Error, text sso.Text) error {
	view := refusalView{
		Code: string(refusal.Code), Summary: sso.Fill(text.Summary, refusal.Params), Fix: sso.Fill(text.Fix, refusal.Params), Who: text.Who,
		Errors: fieldErrors(refusal.Problems),
	}
	if strings.HasPrefix(c.Path(), "/saml/") || strings.HasPrefix(c.Path(), "/login/") {
		if t := knownTenant(c); t != "" && text.Status != http.StatusNotFound {
			view.Again = loginPath(t, "/")
		}
	}
	return s.render(c, text.Status, "refusal.html", view.Summary, view)
}

func (s *Server) stylesheet(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=86400")
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", s.pages.style)
}

// icon stands at the address where browsers look for one by themselves, also beside a document that is no page.
func (s *Server) icon(c echo.Context) error {
	icon, err := files.ReadFile("assets/icon.svg")
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=86400")
	return c.Blob(http.StatusOK, "image/svg+xml", icon)
}

func (s *Server) openAPI(c echo.Context) error {
	doc, err := files.ReadFile("openapi.yaml")
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/yaml", doc)
}

func (s *Server) apiDocs(c echo.Context) error {
	return s.render(c, http.StatusOK, "api.html", "API", nil)
}
