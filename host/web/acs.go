package web

import (
	"cmp"
	"context"
	"net/http"
	"time"

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
	if finished.Tested != nil {
		s.o.Metrics.Login(sso.Tried, "")
		return s.testedPage(c, *finished.Tested)
	}
	if err := s.open(c, *finished.SignedIn); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, returnPath(finished.SignedIn.ReturnTo))
}

func (s *Server) answer(c echo.Context) (login.Finished, error) {
	const op = "web.acs"
	t := tenantOf(c)
	if !t.Valid() {
		return login.Finished{}, sso.Refuse(op, sso.NotFound)
	}
	form, err := readAnswer(c)
	flow := s.flow(c, t, form.relayState)
	accepted, tooMany := s.answered(c, flow)
	if err = cmp.Or(tooMany, err); err != nil {
		return login.Finished{}, err
	}
	leave, ok := s.enterJudging(c.Request().Context())
	if !ok {
		return login.Finished{}, sso.Refuse(op, sso.Overloaded)
	}
	defer leave()
	if flow != nil {
		s.dropCookie(c, flowCookie+flow.ID, crossPost) // good for one answer
	}
	finished, err := s.o.Login.Finish(c.Request().Context(), login.Answer{
		Tenant: t, SAMLResponse: form.samlResponse, Flow: flow, RequestID: requestID(c),
		TileRecently: s.cookie(c, tileCookie) != "", LoggedOut: s.loggedOut(c, t),
	})
	if err == nil {
		accepted()
	}
	return finished, err
}

// answered counts an answer as if it were refused; accepted takes that back. The first answer to a login that this browser started is judged in any
// case, so that nobody else's, and be they from the same network, keep it from its end; a browser gives no second one.
func (s *Server) answered(c echo.Context, flow *login.Flow) (accepted func(), err error) {
	if flow != nil && s.answers.account.take(flow.ID) == 0 {
		return func() {}, nil
	}
	from := network(s.clients.address(c.Request()))
	return func() { s.answers.network.giveBack(from) }, s.count(c, s.answers.network, from)
}

// Bounds of judging answers, which costs memory and CPU and which anybody may ask for.
const (
	judgingPerCore = 32              // at once; most of the time of a first sign-in is waiting for its plugin
	judgingWait    = 3 * time.Second // for a place; beyond it a person would try again, and the queue would only grow
)

// enterJudging waits for a place; ok is false when none came free in time.
func (s *Server) enterJudging(ctx context.Context) (leave func(), ok bool) {
	ctx, cancel := context.WithTimeout(ctx, judgingWait)
	defer cancel()
	select {
	case s.judging <- struct{}{}:
		return func() { <-s.judging }, true
	case <-ctx.Done():
		return nil, false
	}
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
