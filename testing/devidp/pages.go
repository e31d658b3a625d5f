package devidp

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
)

//go:embed pages.html
var pagesSource string

//go:embed style.css
var styleSource string

var pages = template.Must(template.New("").Parse(pagesSource))

// page is what every template gets.
type page struct {
	Title string
	Nonce string
	Style template.CSS
	Data  any
}

// render writes a page under a policy that allows nothing but its own style, its own script and forms to formAction.
func (s *Server) render(w http.ResponseWriter, status int, name, title, formAction string, data any) {
	nonce := strings.TrimPrefix(newID(), "_")
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, page{title, nonce, template.CSS(styleSource), data}); err != nil {
		s.log.Error("render", "page", name, "err", err)
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+nonce+"'; script-src 'nonce-"+nonce+
		"'; form-action "+formAction+"; frame-ancestors 'none'; base-uri 'none'")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

func (s *Server) signInPage(w http.ResponseWriter, p *provider, flow string, a ask, wrong string) {
	status := http.StatusOK
	if wrong != "" {
		status = http.StatusUnprocessableEntity
	}
	s.render(w, status, "signin", "Sign in · "+p.dialect.Title, "'self'", struct {
		Provider, Action, Flow, For, Wrong string
		Force                              bool
		People                             []Person
	}{p.dialect.Title, "/" + p.dialect.Key + "/signin", flow, a.entity.EntityID, wrong, a.force, s.People()})
}

// postPage carries the response to the service provider. The policy lets the form lead on from there: Chromium applies
// form-action to the redirects after a form as well.
func (s *Server) postPage(w http.ResponseWriter, a ask, response []byte) {
	s.render(w, http.StatusOK, "post", "Signing in", "http: https:", struct {
		ACS, RelayState, SAMLResponse string
	}{a.acs, a.relayState, base64.StdEncoding.EncodeToString(response)})
}

// fail shows what went wrong and answers with status. The cause is meant for the developer at the screen.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, status int, title string, cause error) {
	s.log.Info("refused", "path", r.URL.Path, "status", status, "title", title)
	s.render(w, status, "error", title, "'none'", struct{ Cause string }{cause.Error()})
}

// door is one dialect on the home page.
type door struct {
	Key, Title, EntityID, MetadataURL, SSO, SignedIn string
	Tiles                                            []string
}

func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	var doors []door
	for _, key := range s.order {
		p := s.idps[key]
		d := door{
			Key: key, Title: p.dialect.Title, EntityID: p.dialect.EntityID, MetadataURL: s.MetadataURL(key),
			SSO: s.URL() + p.dialect.SSOPath, Tiles: s.trust.tiles(),
		}
		if current, ok := s.signedIn(r, p); ok {
			d.SignedIn = current.login
		}
		doors = append(doors, d)
	}
	s.render(w, http.StatusOK, "home", "Development identity provider", "'self' http: https:", struct {
		Doors  []door
		People []Person
	}{doors, s.People()})
}
