package web

import (
	"context"
	"encoding/base64"
	"net/url"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

const ticketPurpose = "test"

// TestConnection gives the address at which a test begins.
func (s *apiServer) TestConnection(ctx context.Context, r api.TestConnectionRequestObject) (api.TestConnectionResponseObject, error) {
	ticket, err := s.o.Login.Test(ctx, actorOf(ctx), sso.TenantID(r.Tenant), sso.ProviderKey(or(r.Body.Provider)))
	if err != nil {
		return nil, err
	}
	address, err := s.ticketURL(ticket)
	if err != nil {
		return nil, err
	}
	return api.TestConnection200JSONResponse{URL: address, ExpiresAt: ticket.Expires.UTC()}, nil
}

func (s *Server) ticketURL(k login.Ticket) (string, error) {
	plain, err := json.Marshal(k)
	if err != nil {
		return "", err
	}
	sealed, err := s.o.Seal.Seal(ticketPurpose, []byte(k.Tenant), plain)
	if err != nil {
		return "", err
	}
	query := url.Values{"ticket": {base64.RawURLEncoding.EncodeToString(sealed)}}
	return s.o.Origin + "/login/" + string(k.Tenant) + "/test?" + query.Encode(), nil
}

// maxTicket is longer than any ticket of ours.
const maxTicket = 2048

// openTicket begins a test: the one thing that a ticket is good for.
func (s *Server) openTicket(c echo.Context) error {
	const op = "web.ticket"
	t, text := tenantOf(c), c.QueryParam("ticket")
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || !t.Valid() || len(sealed) == 0 || len(text) > maxTicket {
		return sso.Refuse(op, sso.LinkInvalid)
	}
	plain, err := s.o.Seal.Open(ticketPurpose, []byte(t), sealed)
	if err != nil {
		return sso.Refuse(op, sso.LinkInvalid)
	}
	var k login.Ticket
	if err := json.Unmarshal(plain, &k); err != nil || k.Tenant != t {
		return sso.Refuse(op, sso.LinkInvalid)
	}
	return s.startTest(c, k)
}

func (s *Server) startTest(c echo.Context, k login.Ticket) error {
	own := ""
	if t, token, ok := s.sessionToken(c); ok && t == k.Tenant {
		own = sso.HashToken(token)
	}
	started, err := s.o.Login.StartTest(c.Request().Context(), k, own)
	if err != nil {
		return err
	}
	return s.send(c, started)
}
