package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/sso"
)

// Names of cookies, each with the __Host- prefix on https (RFC 6265bis 4.1.3.2: Secure, no Domain, Path /).
const (
	sessionCookie = "idplug_session" // "<tenant>.<token>"
	flowCookie    = "idplug_flow_"   // + flow ID: a login under way, sealed
	logoutCookie  = "idplug_slo_"    // + flow ID: a logout at the provider under way, sealed
	outCookie     = "idplug_out_"    // + tenant: this browser logged out on purpose (behaviour rule 8)
	knownCookie   = "idplug_tenant"  // where this browser signed in, "<tenant>.<tenant>…", the last first
	heldCookie    = "idplug_held"    // "<tenant>.<hash of the token>": the session of this browser, for a sign-in that comes from another site to end
	browserCookie = "idplug_browser" // sealed: this browser has signed in to an account by password
	tileCookie    = "idplug_tile"    // an unsolicited answer was turned into a login a moment ago
)

// How long the markers stay. They carry no authority: losing one costs a click.
const (
	outFor   = 30 * 24 * time.Hour
	knownFor = 180 * 24 * time.Hour
	tileFor  = time.Minute
)

// reach says with which requests of other sites a cookie comes along.
type reach int

const (
	// lax: with links only.
	lax reach = iota
	// crossPost: also with the form that a provider posts to us. Only https knows such cookies; without SameSite, browsers treat a cookie so
	// for its first two minutes, which is what plain http on loopback has to do with.
	crossPost
)

func (s *Server) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

func (s *Server) setCookie(c echo.Context, name, value string, age time.Duration, r reach) {
	cookie := &http.Cookie{ //nolint:gosec // Secure on https only, and SameSite by reach: see above
		Name: s.cookieName(name), Value: value, Path: "/", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(age / time.Second),
	}
	if age <= 0 {
		cookie.MaxAge = -1
	}
	if r == crossPost {
		cookie.SameSite = http.SameSiteDefaultMode
		if s.secure {
			cookie.SameSite = http.SameSiteNoneMode
		}
	}
	c.SetCookie(cookie)
}

func (s *Server) dropCookie(c echo.Context, name string, r reach) { s.setCookie(c, name, "", 0, r) }

// cookie is the value of a cookie, "" when there is none.
func (s *Server) cookie(c echo.Context, name string) string {
	cookie, err := c.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// sessionToken reads tenant and token of the session cookie.
func (s *Server) sessionToken(c echo.Context) (t sso.TenantID, token string, ok bool) {
	tenant, token, ok := strings.Cut(s.cookie(c, sessionCookie), ".")
	t = sso.TenantID(tenant)
	return t, token, ok && t.Valid() && token != "" && len(token) <= maxToken
}

func (s *Server) loggedOut(c echo.Context, t sso.TenantID) bool {
	return s.cookie(c, outCookie+string(t)) != ""
}

// maxKnown is how many organisations a browser remembers.
const maxKnown = 5

// known are the tenants in which this browser signed in, the last first.
func (s *Server) known(c echo.Context) (all []sso.TenantID) {
	for slug := range strings.SplitSeq(s.cookie(c, knownCookie), ".") {
		if t := sso.TenantID(slug); t.Valid() && !slices.Contains(all, t) && len(all) < maxKnown {
			all = append(all, t)
		}
	}
	return all
}

// knownFrom is the tenant in which this browser signed in last, "" when it never did.
func (s *Server) knownFrom(c echo.Context) sso.TenantID {
	if all := s.known(c); len(all) > 0 {
		return all[0]
	}
	return ""
}

// remember puts a tenant in front of those that the browser knows.
func (s *Server) remember(c echo.Context, t sso.TenantID) {
	slugs := []string{string(t)}
	for _, other := range s.known(c) {
		if other != t && len(slugs) < maxKnown {
			slugs = append(slugs, string(other))
		}
	}
	s.setCookie(c, knownCookie, strings.Join(slugs, "."), knownFor, lax)
}
