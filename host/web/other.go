package web

import (
	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

type otherView struct {
	Code      sso.Code
	Now, Then organisation
	GoOn      string
}

// otherPage asks whether a sign-in that another site started may take the place of somebody else's session. Staying comes first. Going on is a link, which
// makes the next sign-in one that was chosen here; the page cannot be framed. It names organisations and no people: what comes with another site's
// form is a hash, which opens nothing.
func (s *Server) otherPage(c echo.Context, o login.Other) error {
	at := func(u sso.User) organisation {
		return organisation{u.Tenant, s.tenantName(c.Request().Context(), u.Tenant)}
	}
	v := otherView{sso.CorrOtherSession, at(o.Holder), at(o.Arrived), loginPath(o.Arrived.Tenant, returnPath(o.ReturnTo))}
	return s.render(c, s.wordsFor(c), sso.TextOf(v.Code).Status, "other.html", "other.title", v)
}
