package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/sso"
)

// resetTime is how long the answer to a forgotten password takes, whether or not there is an account.
const resetTime = 250 * time.Millisecond

// resetView is the page of a forgotten password.
type resetView struct {
	Tenant       sso.TenantID // "" where the address leads to it
	Email, Error string
	Done         bool
}

// resetPage asks for the address.
func (s *Server) resetPage(c echo.Context) error {
	return s.showReset(c, http.StatusOK, resetView{Tenant: validSlug(c.QueryParam("organisation"))})
}

// validSlug is a tenant that a page was given, "" for what cannot be one.
func validSlug(slug string) sso.TenantID {
	if t := sso.TenantID(slug); t.Valid() {
		return t
	}
	return ""
}

// reset has a mail sent. The page that answers is the same, and takes as long, for an address without an account, a person who may not sign in, and
// a tenant with SSO on.
func (s *Server) reset(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	view := resetView{Tenant: validSlug(form.Get("organisation")), Email: form.Get("email")}
	email, ok := sso.ParseEmail(view.Email)
	if !ok {
		view.Error = s.wordsFor(c).explain(sso.Refuse("web.reset", sso.EmailInvalid))
		return s.showReset(c, sso.TextOf(sso.EmailInvalid).Status, view)
	}
	if _, err := s.attempt(c, s.resets, string(email)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), resetTime)
	defer cancel()
	language := s.wordsFor(c).tag
	asked := s.aside(c, func(ctx context.Context) error {
		return s.o.Directory.RequestReset(ctx, view.Tenant, string(email), language)
	})
	<-ctx.Done()
	if err := asked(); err != nil { // nil as well while a slow database is at it, which must not tell, either; it goes on
		return err
	}
	view.Done = true
	return s.showReset(c, http.StatusOK, view)
}

func (s *Server) showReset(c echo.Context, status int, view resetView) error {
	return s.render(c, s.wordsFor(c), status, "reset.html", "reset.title", view)
}
