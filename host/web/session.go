package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

// session is the open session of the browser; [sso.Unauthorized] without one.
func (s *Server) session(c echo.Context) (sso.Session, sso.User, error) {
	t, token, ok := s.sessionToken(c)
	if !ok {
		return sso.Session{}, sso.User{}, sso.Refuse("web.session", sso.Unauthorized)
	}
	return s.o.Login.Resume(c.Request().Context(), t, token)
}

// open gives the browser its new session in the place of any that it held, here or in another tenant: a session that somebody knew or planted
// before the sign-in is worth nothing after it. It also drops the marks of an earlier log-out.
func (s *Server) open(c echo.Context, in login.SignedIn) error {
	t := in.Session.Tenant
	for _, old := range s.held(c, in.Held) {
		if err := s.o.Login.Replace(c.Request().Context(), old); err != nil {
			return err
		}
	}
	s.o.Metrics.Login(sso.SignedIn, "")
	s.setCookie(c, sessionCookie, string(t)+"."+in.Token, in.Session.ExpiresAt.Sub(s.o.Now()), lax)
	s.setCookie(c, heldCookie, string(t)+"."+in.Session.Hash, in.Session.ExpiresAt.Sub(s.o.Now()), crossPost)
	s.remember(c, t)
	if in.Session.Method == sso.ByPassword {
		if err := s.knowBrowser(c, string(in.User.Email)); err != nil {
			return err
		}
	}
	if s.loggedOut(c, t) {
		s.dropCookie(c, outCookie+string(t), crossPost)
	}
	return nil
}

// held are the sessions that the browser holds: the one it has a cookie of, where that cookie came along, the one it held when the login was
// started, and the one it got last, which is another when several tabs sign in at once.
func (s *Server) held(c echo.Context, started login.Held) []login.Held {
	var held []login.Held
	add := func(h login.Held) {
		if h.Tenant.Valid() && h.Hash != "" && len(h.Hash) <= maxToken && !slices.Contains(held, h) {
			held = append(held, h)
		}
	}
	add(started)
	if t, token, ok := s.sessionToken(c); ok {
		add(login.HeldBy(t, token))
	}
	tenant, hash, _ := strings.Cut(s.cookie(c, heldCookie), ".")
	add(login.Held{Tenant: sso.TenantID(tenant), Hash: hash})
	return held
}

// logout ends the session on purpose, then goes on at the provider where that takes logouts. Whatever happens there, it is done here.
func (s *Server) logout(c echo.Context) error {
	outcome := signedOut
	if t, token, ok := s.sessionToken(c); ok {
		session, ended, err := s.o.Login.Logout(c.Request().Context(), t, token)
		if err != nil && sso.CodeOf(err) != sso.NotFound {
			return err
		}
		s.forgetSession(c)
		if ended {
			s.setCookie(c, outCookie+string(t), "1", outFor, crossPost)
			if !wantsJSON(c) { // a script cannot follow to the provider
				message, err := s.logoutAtProvider(c, session)
				if message != nil {
					return s.toProvider(c, *message)
				}
				if err != nil {
					outcome = signedOutHere
					s.noteFailedLogout(c, err)
				}
			}
		}
	}
	if wantsJSON(c) {
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, "/login?signed_out="+outcome)
}

// forgetSession takes the session's cookies away from the browser.
func (s *Server) forgetSession(c echo.Context) {
	s.dropCookie(c, sessionCookie, lax)
	if s.cookie(c, heldCookie) != "" {
		s.dropCookie(c, heldCookie, crossPost)
	}
}

// sessionUser is the user of GET /session.
type sessionUser struct {
	ID      sso.UserID `json:"id"`
	Email   sso.Email  `json:"email"`
	Name    string     `json:"name"`
	Roles   []string   `json:"roles"`
	Inboxes []string   `json:"inboxes"`
}

// sessionAnswer is GET /session.
type sessionAnswer struct {
	Tenant    sso.TenantID    `json:"tenant"`
	User      sessionUser     `json:"user"`
	Provider  sso.ProviderKey `json:"provider"` // "" after a sign-in by password
	ExpiresAt time.Time       `json:"expires_at"`
}

func (s *Server) sessionDocument(c echo.Context) error {
	session, user, err := s.session(c)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, echo.MIMEApplicationJSON, sessionAnswer{
		Tenant: session.Tenant, Provider: session.Provider, ExpiresAt: session.ExpiresAt.UTC(),
		User: sessionUser{ID: user.ID, Email: user.Email, Name: user.Name, Roles: texts(user.Roles), Inboxes: texts(user.Inboxes)},
	})
}

// Where reverse proxies ask: nginx, which acts on a 401 itself, and those that hand every refusal on to the browser. Envoy appends the path of
// the request that it holds back.
const (
	verifyPath   = "/auth/verify"
	redirectPath = "/auth/redirect"
)

// verify tells a reverse proxy whose request it holds back. The values are ASCII by their own rules; header keeps it so. A browser without a
// session may be sent to Location: few proxies can escape a path for a query, so it is done here.
func (s *Server) verify(c echo.Context) error {
	session, user, err := s.session(c)
	if sso.CodeOf(err) == sso.Unauthorized {
		c.Response().Header().Set(echo.HeaderLocation, withReturn("/login", returnPath(heldBack(c.Request()))))
	}
	if err != nil {
		return err
	}
	if !askedAbout(c.Request(), session.Tenant) {
		return sso.Refuse("web.verify", sso.OtherTenant)
	}
	h := c.Response().Header()
	h.Set("X-Idplug-Tenant", header(string(session.Tenant)))
	h.Set("X-Idplug-User", header(string(user.ID)))
	h.Set("X-Idplug-Email", header(string(user.Email)))
	h.Set("X-Idplug-Roles", header(strings.Join(texts(user.Roles), ",")))
	h.Set("X-Idplug-Inboxes", header(strings.Join(texts(user.Inboxes), ",")))
	return c.NoContent(http.StatusOK)
}

// verifyOrRedirect sends a browser that opens a page to the sign-in page; a script's request is answered as verify answers it.
func (s *Server) verifyOrRedirect(c echo.Context) error {
	err := s.verify(c)
	if sso.CodeOf(err) == sso.Unauthorized && opensPage(c.Request()) {
		return c.Redirect(http.StatusSeeOther, c.Response().Header().Get(echo.HeaderLocation))
	}
	return err
}

// askedAbout tells whether the session's tenant is the one that the proxy asks for, where it asks for one. An empty name, as of a variable that nobody
// set, is nobody's. Behind an appended path the query is that of the request held back, and what a client writes there is no question of the proxy's.
func askedAbout(r *http.Request, session sso.TenantID) bool {
	if r.URL.Path != verifyPath && r.URL.Path != redirectPath {
		return true
	}
	for _, wanted := range r.URL.Query()["tenant"] {
		if sso.TenantID(wanted) != session {
			return false
		}
	}
	return true
}

// heldBack is the path and query that the proxy was asked for. Anybody may send it; it leads no further than returnPath lets it.
func heldBack(r *http.Request) string {
	for _, asked := range []string{verifyPath, redirectPath} {
		if rest, ok := strings.CutPrefix(r.URL.RequestURI(), asked); ok && strings.HasPrefix(rest, "/") {
			return rest
		}
	}
	return r.Header.Get("X-Forwarded-Uri")
}

// header leaves out what would not survive in a header field (RFC 9110 5.5).
func header(value string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, value)
}
