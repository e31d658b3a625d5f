package web

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

// maxRelayState is how long a provider's RelayState may be (SAML Bindings 3.4.3, 3.5.3). It goes back as it came.
const maxRelayState = 80

// slo is the single logout service: the provider asks us to end its person's sessions, or answers what we asked.
func (s *Server) slo(c echo.Context) error {
	const op = "web.slo"
	t := tenantOf(c)
	if !t.Valid() {
		return sso.Refuse(op, sso.NotFound)
	}
	ours := func(id string) bool { return s.logoutFlow(c, t, id) != nil }
	if wait := s.spent(c, s.logouts); wait > 0 && !s.due(c, logoutCookie, s.logouts, ours) {
		return mustWait(c, wait)
	}
	message, relayState, answer, err := readLogout(c)
	flow, underWay := s.logoutFlow(c, t, relayState), ""
	if answer && flow != nil {
		underWay = flow.ID
	}
	accepted, tooMany := s.answered(c, s.logouts, underWay)
	if err = cmp.Or(tooMany, err); err != nil {
		return err
	}
	leave, ok := enter(c.Request().Context(), s.parting)
	if !ok {
		return sso.Refuse(op, sso.Overloaded)
	}
	defer leave()
	if answer {
		err = s.loggedOutElsewhere(c, t, message, flow)
	} else {
		err = s.logOutHere(c, t, message, relayState)
	}
	if err == nil {
		accepted()
	}
	return err
}

// logOutHere ends the sessions that the provider names, and sends it our answer.
func (s *Server) logOutHere(c echo.Context, t sso.TenantID, m login.LogoutMessage, relayState string) error {
	if len(relayState) > maxRelayState {
		return sso.Refuse("web.slo", sso.SLOMalformed)
	}
	ended, response, err := s.o.Login.LogoutAsked(c.Request().Context(), t, m, relayState)
	s.forgetEnded(c, t, ended)
	if err != nil {
		return err
	}
	return s.toProvider(c, response)
}

// forgetEnded treats a browser whose own session the provider ended as if its person had logged out here.
func (s *Server) forgetEnded(c echo.Context, t sso.TenantID, ended []sso.Session) {
	for _, held := range s.held(c, login.Held{}) {
		if held.Tenant == t && slices.ContainsFunc(ended, func(e sso.Session) bool { return e.Hash == held.Hash }) {
			s.forgetSession(c)
			s.setCookie(c, outCookie+string(t), "1", outFor, crossPost)
			return
		}
	}
}

// What the sign-in page is told about a logout, as signed_out.
const (
	signedOut           = "1"          // there was nothing to do elsewhere
	signedOutEverywhere = "everywhere" // the provider says so
	signedOutHere       = "here"       // the provider could not be told, or could not do it
)

// loggedOutElsewhere ends a logout that this browser has under way. Our own session ended before the provider was asked.
func (s *Server) loggedOutElsewhere(c echo.Context, t sso.TenantID, m login.LogoutMessage, flow *login.LogoutFlow) error {
	confirmed, err := s.o.Login.LogoutAnswered(c.Request().Context(), t, m, flow)
	if err != nil {
		return err
	}
	s.dropCookie(c, logoutCookie+flow.ID, crossPost)
	outcome := signedOutEverywhere
	if !confirmed {
		outcome = signedOutHere
	}
	return c.Redirect(http.StatusSeeOther, "/login?signed_out="+outcome)
}

const logoutPurpose = "logout"

// logoutFlow is the logout under way that RelayState names, nil when this browser has none of that tenant.
func (s *Server) logoutFlow(c echo.Context, t sso.TenantID, id string) *login.LogoutFlow {
	if !flowID.MatchString(id) {
		return nil
	}
	var f login.LogoutFlow
	if !s.openFlow(logoutPurpose, t, id, s.cookie(c, logoutCookie+id), &f) || f.ID != id {
		return nil
	}
	return &f
}

// logoutAtProvider makes the message that goes on with a logout that is done here; nil where the provider takes none.
func (s *Server) logoutAtProvider(c echo.Context, ended sso.Session) (*login.Request, error) {
	started, ok, err := s.o.Login.LogoutElsewhere(c.Request().Context(), ended)
	if err != nil || !ok {
		return nil, err
	}
	sealed, err := s.sealFlow(logoutPurpose, started.Flow.Tenant, started.Flow.ID, started.Flow)
	if err != nil {
		return nil, err
	}
	s.setCookie(c, logoutCookie+started.Flow.ID, sealed, login.FlowTTL, crossPost)
	return &started.Request, nil
}

// noteFailedLogout logs what kept a logout from going on at the provider. The person is told that they are signed out here.
func (s *Server) noteFailedLogout(c echo.Context, err error) {
	s.o.Logger.LogAttrs(c.Request().Context(), slog.LevelWarn, "logout not told to the provider",
		slog.String("code", string(sso.CodeOf(err))), slog.String(requestIDKey, requestID(c)), slog.String("error", err.Error()))
}

// toProvider sends the browser to the provider with a message.
func (s *Server) toProvider(c echo.Context, r login.Request) error {
	if r.Form != nil {
		return s.postPage(c, r)
	}
	return c.Redirect(redirectStatus(c), r.URL)
}

// parameter is a plainly named parameter of a raw query. Whether there is one of each, and whether it is signed, is for who verifies the message.
func parameter(query, name string) (value string, given bool) {
	for pair := range strings.SplitSeq(query, "&") {
		if raw, found := strings.CutPrefix(pair, name+"="); found {
			value, err := url.QueryUnescape(raw)
			return value, err == nil
		}
	}
	return "", false
}

// readLogout reads the parameters of either binding. A redirect's query stays raw: its signature is over its very octets.
func readLogout(c echo.Context) (m login.LogoutMessage, relayState string, answer bool, err error) {
	const op = "web.slo"
	if c.Request().Method != http.MethodPost {
		query := c.Request().URL.RawQuery
		state, _ := parameter(query, "RelayState")
		_, asked := parameter(query, "SAMLRequest")
		_, answered := parameter(query, "SAMLResponse")
		if asked && answered {
			return m, "", false, sso.Refuse(op, sso.SLOMalformed)
		}
		return login.LogoutMessage{Binding: sso.BindingRedirect, Query: query}, state, answered, nil
	}
	form, err := readLogoutForm(c)
	if err != nil {
		return m, "", false, err
	}
	request, response := form["SAMLRequest"], form["SAMLResponse"]
	if (request == "") == (response == "") {
		return m, "", false, sso.Refuse(op, sso.SLOMalformed)
	}
	return login.LogoutMessage{Binding: sso.BindingPOST, Request: request, Response: response}, form["RelayState"], response != "", nil
}
