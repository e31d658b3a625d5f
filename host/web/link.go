package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// invitation shows what a one-time link is for. Opening spends nothing: scanners of mail open every link.
func (s *Server) invitation(c echo.Context) error {
	link, err := s.openLink(c)
	if err != nil {
		return err
	}
	return s.invitationPage(c, http.StatusOK, link, invitationView{})
}

func (s *Server) openLink(c echo.Context) (directory.OpenedLink, error) {
	t, token := tenantOf(c), c.Param("token")
	if !t.Valid() || len(token) > maxToken {
		return directory.OpenedLink{}, sso.Refuse("web.invitation", sso.LinkInvalid)
	}
	return s.o.Directory.OpenLink(c.Request().Context(), t, token)
}

// acceptInvitation spends the link: the password is set and the person signed in with it, or, while SSO is on, sent on to the provider.
func (s *Server) acceptInvitation(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return err
	}
	link, err := s.openLink(c)
	if err != nil {
		return err
	}
	ctx, password := c.Request().Context(), form.Get("password")
	view := invitationView{EnteredEmail: form.Get("email"), EnteredName: form.Get("name")}
	if !link.SSO && form.Get("password_again") != password {
		view.Error = s.wordsFor(c).or("invitation.differ", "")
		return s.invitationPage(c, http.StatusUnprocessableEntity, link, view)
	}
	spent, err := s.o.Directory.SpendLink(ctx, tenantOf(c), c.Param("token"), directory.LinkAnswer{
		Email: view.EnteredEmail, Name: view.EnteredName, Password: password,
	})
	if err != nil {
		refusal := refusalOf(err)
		if text := sso.TextOf(refusal.Code); text.Status == http.StatusUnprocessableEntity && !wantsJSON(c) {
			view.Error = s.wordsFor(c).explain(refusal)
			return s.invitationPage(c, text.Status, link, view)
		}
		return err
	}
	if spent.SSO {
		return c.Redirect(http.StatusSeeOther, loginPath(spent.User.Tenant, "/"))
	}
	in, err := s.o.Login.Password(ctx, spent.User.Tenant, string(spent.User.Email), password, requestID(c))
	if err != nil {
		return err
	}
	if err := s.open(c, in); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/")
}
