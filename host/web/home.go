package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/sso"
)

// home shows who is signed in. A known browser that is not comes back in silence.
func (s *Server) home(c echo.Context) error {
	session, user, err := s.session(c)
	switch {
	case err == nil:
		return s.signedInPage(c, session, user)
	case sso.CodeOf(err) != sso.Unauthorized:
		return err
	}
	if started, ok := s.comesBack(c, "/"); ok {
		return s.send(c, started)
	}
	return s.signInPage(c)
}

func (s *Server) signedInPage(c echo.Context, session sso.Session, user sso.User) error {
	provider := "password"
	if session.Method == sso.BySSO {
		provider = s.providerName(session.Provider)
	}
	return s.render(c, http.StatusOK, "home.html", "Signed in", homeView{
		Name: user.Name, Email: string(user.Email), Tenant: s.tenantName(c.Request().Context(), user.Tenant),
		Roles: texts(user.Roles), Inboxes: texts(user.Inboxes), Provider: provider,
		ExpiresAt: session.ExpiresAt.UTC(), Administrator: user.IsAdministrator(),
	})
}

func (s *Server) providerName(key sso.ProviderKey) string {
	for _, p := range s.o.Providers.Providers() {
		if p.Manifest.Key == key {
			return p.Manifest.Name
		}
	}
	return string(key)
}

// console shows administrators the Single Sign-On settings of their tenant.
func (s *Server) console(c echo.Context) error {
	session, user, err := s.session(c)
	if sso.CodeOf(err) == sso.Unauthorized && !wantsJSON(c) {
		return c.Redirect(http.StatusFound, "/login?return_to="+url.QueryEscape("/console"))
	}
	if err != nil {
		return err
	}
	view, err := s.o.Settings.View(c.Request().Context(), personActor(session, user), user.Tenant)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "console.html", "Single Sign-On", consoleView{
		Tenant: s.tenantName(c.Request().Context(), user.Tenant), Slug: user.Tenant, Status: string(view.Status),
		Provider: s.providerName(view.Settings.Provider), View: view, Warnings: fieldErrors(view.Warnings),
	})
}
