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
	if other := finished.Other; other != nil {
		s.o.Metrics.Login(sso.Refused, string(sso.CorrOtherSession))
		if wantsJSON(c) {
			return sso.Refuse("web.acs", sso.CorrOtherSession)
		}
		return s.otherPage(c, *other)
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
	if wait := s.spent(c, s.answers); wait > 0 && !s.answerDue(c, t) {
		return login.Finished{}, mustWait(c, wait)
	}
	form, err := readAnswer(c)
	flow := s.flow(c, t, form.relayState)
	underWay, started := "", login.Held{}
	if flow != nil {
		underWay, started = flow.ID, flow.Held
	}
	accepted, tooMany := s.answered(c, s.answers, underWay)
	if err = cmp.Or(tooMany, err); err != nil {
		return login.Finished{}, err
	}
	leave, ok := enter(c.Request().Context(), s.judging)
	if !ok {
		return login.Finished{}, sso.Refuse(op, sso.Overloaded)
	}
	defer leave()
	if flow != nil {
		s.dropCookie(c, flowCookie+flow.ID, crossPost) // good for one answer
	}
	finished, err := s.o.Login.Finish(c.Request().Context(), login.Answer{
		Tenant: t, SAMLResponse: form.samlResponse, Flow: flow, RequestID: requestID(c),
		TileRecently: s.cookie(c, tileCookie) != "", LoggedOut: s.loggedOut(c, t), Holds: s.held(c, started),
	})
	if err == nil {
		accepted()
	}
	return finished, err
}

// answered counts a provider's message as if it were refused; accepted takes that back. underWay is the ID of the login or logout of this browser that
// it belongs to, "" for none. The first message to each is judged in any case, so that nobody else's, and be they from the same network, keep it from its
// end; a browser gives no second one.
func (s *Server) answered(c echo.Context, l limits, underWay string) (accepted func(), err error) {
	if underWay != "" && l.account.take(underWay) == 0 {
		return func() {}, nil
	}
	return s.countFrom(c, l)
}

// Bounds of judging messages, which costs memory and CPU and which anybody may ask for.
const (
	judgingPerCore = 32              // sign-in answers at once; most of the time of a first sign-in is waiting for its plugin
	partingPerCore = 8               // logout messages at once; nothing of them waits
	judgingWait    = 3 * time.Second // for a place; beyond it a person would try again, and the queue would only grow
)

// enter waits for a place; ok is false when none came free in time.
func enter(ctx context.Context, places chan struct{}) (leave func(), ok bool) {
	ctx, cancel := context.WithTimeout(ctx, judgingWait)
	defer cancel()
	select {
	case places <- struct{}{}:
		return func() { <-places }, true
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
