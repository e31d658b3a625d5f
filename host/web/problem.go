package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/web/api"
)

const problemJSON = "application/problem+json"

// problemType is the type of RFC 9457: a name, not an address, so that it holds wherever the service runs.
const problemType = "urn:idplug:problem:"

// fail answers with what err means, as a page or as a problem document. It is the one place where an error is logged.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		s.logFailure(c, err, sso.Internal, http.StatusInternalServerError)
		return
	}
	refusal := refusalOf(err)
	text := sso.TextOf(refusal.Code)
	s.logFailure(c, err, refusal.Code, text.Status)
	s.failureHeaders(c, text.Status)
	var written error
	if wantsJSON(c) {
		written = writeJSON(c, text.Status, problemJSON, problemOf(refusal, text, requestID(c)))
	} else {
		written = s.refusalPage(c, refusal, text)
	}
	if written != nil && !errors.Is(written, context.Canceled) {
		s.o.Logger.LogAttrs(c.Request().Context(), slog.LevelWarn, "answer not written", slog.String("error", written.Error()))
	}
}

// refusalOf finds the refusal in err; whatever has none is internal.
func refusalOf(err error) *sso.Error {
	const op = "web"
	var refusal *sso.Error
	var fromEcho *echo.HTTPError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.As(err, &tooLarge):
		return sso.Refuse(op, sso.TooLarge, "limit", bytesText(tooLarge.Limit))
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return sso.Refuse(op, sso.Overloaded)
	case !errors.As(err, &fromEcho):
		return sso.Refuse(op, sso.Internal)
	}
	switch fromEcho.Code {
	case http.StatusNotFound:
		return sso.Refuse(op, sso.NotFound)
	case http.StatusMethodNotAllowed:
		return sso.Refuse(op, sso.MethodNotAllowed)
	case http.StatusBadRequest: // a parameter that the generated code could not read
		return sso.Refuse(op, sso.BadRequest, "detail", "a parameter has the wrong form")
	}
	return sso.Refuse(op, sso.Internal)
}

// logFailure writes refusals with their code and operation only; the cause of an internal error is written whole.
func (s *Server) logFailure(c echo.Context, err error, code sso.Code, status int) {
	attrs := []slog.Attr{slog.String("code", string(code)), slog.String(requestIDKey, requestID(c)), slog.String("route", c.Path())}
	if refusal, ok := errors.AsType[*sso.Error](err); ok {
		attrs = append(attrs, slog.String("op", refusal.Op))
		if len(refusal.Problems) > 0 {
			attrs = append(attrs, slog.String("fields", refusal.Problems.String()))
		}
	}
	level := slog.LevelInfo
	if cause := ours(err, status); cause != nil && !errors.Is(err, context.Canceled) {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", cause.Error()))
	}
	attrs = append(attrs, stackOf(err))
	s.o.Logger.LogAttrs(c.Request().Context(), level, "refused", attrs...)
}

// ours is what in err is not the caller's doing: all of a failure of ours, or what went wrong beside a refusal, such as a trace that could not
// be written.
func ours(err error, status int) error {
	if status >= http.StatusInternalServerError {
		return err
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	for _, part := range joined.Unwrap() {
		if sso.CodeOf(part) == sso.Internal {
			return part
		}
	}
	return nil
}

func (s *Server) failureHeaders(c echo.Context, status int) {
	h := c.Response().Header()
	switch status {
	case http.StatusUnauthorized:
		h.Set(echo.HeaderWWWAuthenticate, "Bearer")
	case http.StatusTooManyRequests:
		if h.Get("Retry-After") == "" {
			h.Set("Retry-After", "60")
		}
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "5")
	}
}

// problemOf is the refusal as a document of RFC 9457.
func problemOf(refusal *sso.Error, text sso.Text, id string) api.Problem {
	p := api.Problem{
		Type: problemType + string(refusal.Code), Code: string(refusal.Code), Status: text.Status, RequestID: id,
		Title: sso.Fill(text.Summary, refusal.Params),
	}
	if fix := sso.Fill(text.Fix, refusal.Params); fix != "" {
		p.Detail = &fix
	}
	if len(refusal.Problems) > 0 {
		errs := fieldErrors(refusal.Problems)
		p.Errors = &errs
	}
	return p
}

func fieldErrors(ps sso.Problems) []api.FieldError {
	out := make([]api.FieldError, len(ps))
	for i, p := range ps {
		summary, fix := p.Words()
		out[i] = api.FieldError{Field: p.Field, Code: string(p.Code), Summary: summary, Fix: fix}
	}
	return out
}

// wantsJSON reports whether the client reads problem documents: everybody at the API, elsewhere who asks for JSON and not for HTML.
func wantsJSON(c echo.Context) bool {
	if strings.HasPrefix(c.Request().URL.Path, "/api/") {
		return true
	}
	if c.Path() == "/session" || strings.HasPrefix(c.Path(), "/auth/") {
		return true
	}
	accept := c.Request().Header.Get(echo.HeaderAccept)
	return strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}
