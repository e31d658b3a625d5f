package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

// acs is the assertion consumer service: it takes the provider's answer.
func (s *Server) acs(c echo.Context) error {
	finished, err := s.answer(c)
	if err != nil {
		s.o.Metrics.Login(sso.Refused, string(sso.CodeOf(err)))
		return err
	}
	if restart := finished.Restart; restart != nil {
		s.o.Metrics.Login(sso.Restarted, "")
		if finished.Tile {
			s.setCookie(c, tileCookie, "1", tileFor, crossPost)
		}
		return s.send(c, *restart)
	}
	s.open(c, *finished.SignedIn)
	return c.Redirect(http.StatusSeeOther, returnPath(finished.SignedIn.ReturnTo))
}

func (s *Server) answer(c echo.Context) (login.Finished, error) {
	const op = "web.acs"
	t := tenantOf(c)
	if !t.Valid() {
		return login.Finished{}, sso.Refuse(op, sso.NotFound)
	}
	form, err := readAnswer(c)
	if err != nil {
		return login.Finished{}, err
	}
	select { // judging costs CPU and anybody may ask for it, so only so many at a time
	case s.verifying <- struct{}{}:
		defer func() { <-s.verifying }()
	default:
		return login.Finished{}, sso.Refuse(op, sso.Overloaded)
	}
	flow := s.flow(c, t, form.relayState)
	if flow != nil {
		s.dropCookie(c, flowCookie+flow.ID, crossPost) // good for one answer
	}
	return s.o.Login.Finish(c.Request().Context(), login.Answer{
		Tenant: t, SAMLResponse: form.samlResponse, Flow: flow, RequestID: requestID(c),
		TileRecently: s.cookie(c, tileCookie) != "", LoggedOut: s.loggedOut(c, t),
	})
}

func (s *Server) acsByGet(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderAllow, http.MethodPost)
	return sso.Refuse("web.acs", sso.ACSMethod)
}

// metadata is our side as an identity provider reads it (SAML Metadata 4.1.1 names the media type).
func (s *Server) metadata(c echo.Context) error {
	t := tenantOf(c)
	if !t.Valid() {
		return sso.Refuse("web.metadata", sso.NotFound)
	}
	doc, err := s.o.SAML.ServiceProviderMetadata(c.Request().Context(), t)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/samlmetadata+xml", doc)
}

// slo refuses: a logout that the provider starts is not taken yet, and to answer otherwise would be to pretend a session had ended.
func (s *Server) slo(echo.Context) error {
	return sso.Refuse("web.slo", sso.BadRequest, "detail", "single logout is not offered here")
}
