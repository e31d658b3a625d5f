package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/sso"
)

const apiBase = "/api/v1"

// tenantOf is the tenant that the route names, as it came.
func tenantOf(c echo.Context) sso.TenantID { return sso.TenantID(c.Param("tenant")) }

// knownTenant is the tenant of the route for the log: "" for what cannot be a slug.
func knownTenant(c echo.Context) sso.TenantID {
	if t := tenantOf(c); t.Valid() {
		return t
	}
	return ""
}

type actorKey struct{}

// actorOf is who asks; authenticate put it there. The generated handlers get a context and nothing else of the request.
func actorOf(ctx context.Context) sso.Actor {
	by, _ := ctx.Value(actorKey{}).(sso.Actor)
	return by
}

// authenticate finds out who asks at the API: a bearer token, else the session of a page of ours.
func (s *Server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		by, err := s.actor(c)
		if err != nil {
			return err
		}
		by.Language = s.accepted(c.Request())
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), actorKey{}, by)))
		return next(c)
	}
}

func (s *Server) actor(c echo.Context) (sso.Actor, error) {
	if header := c.Request().Header.Get(echo.HeaderAuthorization); header != "" {
		return s.bearer(c.Request().Context(), header)
	}
	session, user, err := s.session(c)
	if err != nil {
		return sso.Actor{}, err
	}
	// A session's cookie comes along with requests that other sites make, so those must be ours.
	if err := s.crossSite.Check(c.Request()); err != nil {
		return sso.Actor{}, sso.Refuse("web.actor", sso.CSRFRefused).Because(err)
	}
	return personActor(session, user), nil
}

func personActor(session sso.Session, user sso.User) sso.Actor {
	return sso.Actor{
		Kind: sso.Person, ID: string(user.ID), Tenant: user.Tenant, Admin: user.IsAdministrator(), Session: session.Hash,
	}
}

// maxToken bounds what is hashed and looked up as a token.
const maxToken = 256

func (s *Server) bearer(ctx context.Context, header string) (sso.Actor, error) {
	scheme, token, ok := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > maxToken {
		return sso.Actor{}, sso.Refuse("web.bearer", sso.Unauthorized)
	}
	if s.o.OperatorToken != "" && sameSecret(token, s.o.OperatorToken) {
		return sso.Actor{Kind: sso.Operator, ID: "token"}, nil
	}
	return s.o.Directory.Authenticate(ctx, token)
}

// sameSecret compares in a time that tells neither content nor length.
func sameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// authorize refuses who has no business at the route, before any body is read. The use cases judge again, and finer.
func (s *Server) authorize(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		const op = "web.authorize"
		by := actorOf(c.Request().Context())
		route := strings.TrimPrefix(c.Path(), apiBase)
		switch {
		case strings.HasPrefix(route, "/tenants/:tenant"):
			if !tenantOf(c).Valid() {
				return sso.Refuse(op, sso.NotFound)
			}
			if err := by.MayAdminister(op, tenantOf(c)); err != nil {
				return err
			}
		case strings.HasPrefix(route, "/providers"):
			if err := by.MayAdminister(op, by.Tenant); err != nil {
				return err
			}
		default:
			if err := by.MayOperate(op); err != nil {
				return err
			}
		}
		return next(c)
	}
}

// sameSite refuses unsafe requests that another site made the browser send.
func (s *Server) sameSite(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.crossSite.Check(c.Request()); err != nil {
			return sso.Refuse("web.same_site", sso.CSRFRefused).Because(err)
		}
		return next(c)
	}
}
