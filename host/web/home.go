package web

import (
	"net/http"

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
	w := s.wordsFor(c)
	provider := w.or("home.by_password", "")
	if session.Method == sso.BySSO {
		provider = s.providerName(session.Provider)
	}
	return s.render(c, w, http.StatusOK, "home.html", "home.title", homeView{
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
