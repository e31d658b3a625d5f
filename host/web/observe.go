package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"

	"github.com/idplug/idplug/host/telemetry"
)

// headAsGet lets HEAD take the road of GET. The copy keeps net/http, which looks at the request it made, from sending a body.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			get := *r
			get.Method = http.MethodGet
			r = &get
		}
		next.ServeHTTP(w, r)
	})
}

const requestIDKey = "request_id"

// requestID names the request in its answer, in the log and in the trace of a login. It is always ours: one from outside could be anything.
func requestID(c echo.Context) string {
	id, _ := c.Get(requestIDKey).(string)
	return id
}

// observe gives the request its id, turns errors and panics into answers, and writes one access line: no query, no body, nobody's name.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := s.o.Now()
		c.Set(requestIDKey, rand.Text())
		c.Response().Header().Set(echo.HeaderXRequestID, requestID(c))
		call := telemetry.Call{RequestID: requestID(c), Traceparent: telemetry.Traceparent(c.Request().Header.Get("Traceparent"))}
		c.SetRequest(c.Request().WithContext(telemetry.WithCall(c.Request().Context(), call)))
		if err := recovered(next, c); err != nil {
			c.Error(err)
		}
		took := s.o.Now().Sub(start)
		route := c.Path()
		s.o.Metrics.Request(c.Request().Method, route, c.Response().Status, took)
		s.o.Logger.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
			slog.String("method", c.Request().Method), slog.String("route", route), slog.Int("status", c.Response().Status),
			slog.Duration("took", took), slog.Int64("bytes", c.Response().Size), slog.String(requestIDKey, requestID(c)),
			slog.String("trace_id", call.TraceID()), slog.String("tenant", string(knownTenant(c))))
		return nil
	}
}

// panicked is a panic on its way to the log.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

func recovered(next echo.HandlerFunc, c echo.Context) (err error) {
	defer func() {
		value := recover()
		if value == nil {
			return
		}
		if e, ok := value.(error); ok && errors.Is(e, http.ErrAbortHandler) {
			panic(value)
		}
		err = &panicked{value, debug.Stack()}
	}()
	return next(c)
}

// aside does work that may outlive its request. Its panic ends neither the process nor anything else. outcome is its error, nil while it is at work;
// what goes wrong after that was asked is logged.
func (s *Server) aside(c echo.Context, work func(context.Context) error) (outcome func() error) {
	ctx, id, route := context.WithoutCancel(c.Request().Context()), requestID(c), c.Path() // echo uses c again for others
	done, over := make(chan error), make(chan struct{})
	go func() {
		ctx, cancel := context.WithTimeout(ctx, writeTimeout)
		defer cancel()
		err := contained(ctx, work)
		select {
		case done <- err:
			return
		case <-over:
		}
		if err != nil {
			s.o.Logger.LogAttrs(ctx, slog.LevelError, "work after the answer failed", slog.String(requestIDKey, id), slog.String("route", route),
				slog.String("error", err.Error()), stackOf(err))
		}
	}()
	return func() error {
		defer close(over)
		select {
		case err := <-done:
			return err
		default:
			return nil
		}
	}
}

func contained(ctx context.Context, work func(context.Context) error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicked{value, debug.Stack()}
		}
	}()
	return work(ctx)
}

// stackOf is where a panic came from, nothing for another error.
func stackOf(err error) slog.Attr {
	if panicking, ok := errors.AsType[*panicked](err); ok {
		return slog.String("stack", string(panicking.stack))
	}
	return slog.Attr{}
}

// headers are right for every answer; pages bring their own Content-Security-Policy.
func (s *Server) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

func (s *Server) ready(c echo.Context) error {
	if err := s.o.Health.Ready(c.Request().Context()); err != nil {
		s.o.Logger.LogAttrs(c.Request().Context(), slog.LevelWarn, "not ready", slog.String("error", err.Error()))
		return c.String(http.StatusServiceUnavailable, "not ready\n")
	}
	return c.String(http.StatusOK, "ready\n")
}
