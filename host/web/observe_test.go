package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/telemetry"
)

func TestUnknownRoutesAndMethods(t *testing.T) {
	w := newWorld(t)
	refused(t, w.api("GET", "/nothing", operatorToken, ""), 404, sso.NotFound)
	refused(t, w.api("GET", "/nothing", "", ""), 404, sso.NotFound)
	refused(t, w.api("GET", "/tenants/acme/nothing", "", ""), 404, sso.NotFound)
	a := w.api("DELETE", "/tenants/acme/sso", operatorToken, "")
	refused(t, a, 405, sso.MethodNotAllowed)
	for _, method := range []string{"GET", "PUT", "PATCH"} {
		require.Contains(t, a.Header().Get("Allow"), method)
	}
	page := w.browser().do("GET", "/nothing", nil)
	require.Equal(t, 404, page.Code)
	require.Contains(t, page.Body.String(), "not_found")
	require.Equal(t, 405, w.browser().do("DELETE", "/login", nil).Code)
	server := httptest.NewServer(w.Handler())
	defer server.Close()
	head, err := server.Client().Head(server.URL + "/login")
	require.NoError(t, err)
	defer head.Body.Close()
	require.Equal(t, 200, head.StatusCode)
	body, err := io.ReadAll(head.Body)
	require.NoError(t, err)
	require.Empty(t, body)
}

func TestAPanicIsA500WithoutItsStack(t *testing.T) {
	w := newWorld(t)
	w.echo.GET("/api/panic", func(echo.Context) error { panic(errBroken) })
	w.echo.GET("/api/broken", func(echo.Context) error { return errBroken })
	for _, path := range []string{"/api/panic", "/api/broken"} {
		w.log.Reset()
		a := w.browser().do("GET", path, nil)
		refused(t, a, 500, sso.Internal)
		require.NotContains(t, a.Body.String(), "secret detail")
		require.NotContains(t, a.Body.String(), "goroutine")
		require.Contains(t, w.log.String(), "secret detail", "whoever runs the service reads the cause")
		require.Contains(t, w.log.String(), a.Header().Get("X-Request-Id"))
	}
	w.echo.GET("/api/abort", func(echo.Context) error { panic(http.ErrAbortHandler) })
	require.Panics(t, func() { w.browser().do("GET", "/api/abort", nil) }, "net/http's own signal is let through")
	w.echo.GET("/api/gone", func(echo.Context) error { return context.Canceled })
	require.Equal(t, 503, w.browser().do("GET", "/api/gone", nil).Code)
}

func TestATraceFromOutsideGoesOn(t *testing.T) {
	w := newWorld(t)
	var got telemetry.Call
	w.echo.GET("/api/traced", func(c echo.Context) error { got = telemetry.CallOf(c.Request().Context()); return nil })
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	a := w.browser().do("GET", "/api/traced", nil, "Traceparent", parent)
	require.Equal(t, telemetry.Call{RequestID: a.Header().Get("X-Request-Id"), Traceparent: parent}, got)
	require.Contains(t, w.log.String(), "4bf92f3577b34da6a3ce929d0e0e4736")
	w.browser().do("GET", "/api/traced", nil, "Traceparent", "ada@example.com")
	require.Empty(t, got.Traceparent)
	require.NotEmpty(t, got.RequestID)
}

func TestAccessLinesNameNobody(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme")
	b := w.browser()
	b.do("GET", "/login/acme?return_to=/private-path", nil)
	relay, answer := w.saml.last.RelayState, w.saml.answer("ada@acme.test")
	w.log.Reset()
	require.Equal(t, 303, b.post("acme", answer).Code)
	b.do("GET", "/no/such/secret-path?q=secret-query", nil, "X-Request-Id", "forged")
	b.do("POST", "/logout", url.Values{})
	for _, secret := range []string{
		"ada@", relay, "InResponseTo", "private-path", "secret", "forged", strings.TrimPrefix(b.cookies["__Host-idplug_out_acme"].Value, "acme."),
	} {
		if len(secret) > 2 {
			require.NotContains(t, w.log.String(), secret)
		}
	}
	var line map[string]any
	require.NoError(t, json.Unmarshal(bytes.SplitN(w.log.Bytes(), []byte("\n"), 2)[0], &line))
	for _, field := range []string{"method", "route", "status", "took", "bytes", "request_id", "tenant"} {
		require.Contains(t, line, field)
	}
	require.Equal(t, "/saml/:tenant/acs", line["route"])
	require.Equal(t, "acme", line["tenant"])
}

func TestMetricsCountLoginsByCodeAndRequestsByRoute(t *testing.T) {
	w := newWorld(t)
	w.person("acme", "ada@acme.test", "agent")
	w.ssoOn("acme")
	b := w.browser()
	b.signIn("acme", "ada@acme.test")
	b.post("acme", "junk")
	b.do("GET", "/unknown/path", nil)
	page := b.do("GET", "/metrics", nil).Body.String()
	require.Contains(t, page, `idplug_logins_total{code="",outcome="signed_in"} 1`)
	require.Contains(t, page, `idplug_logins_total{code="xml.malformed",outcome="refused"} 1`)
	require.Contains(t, page, `route="/saml/:tenant/acs",status="303"`)
	require.NotContains(t, page, "/unknown/path")
}

func TestHealthAndOperationsAddress(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, 200, w.browser().do("GET", "/healthz", nil).Code)
	require.Equal(t, 200, w.browser().do("GET", "/readyz", nil).Code)
	w.plugins.down = errBroken
	a := w.browser().do("GET", "/readyz", nil)
	require.Equal(t, 503, a.Code)
	require.NotContains(t, a.Body.String(), "secret detail")

	apart := newWorld(t, func(o *Options) { o.OpsElsewhere = true })
	for _, path := range []string{"/readyz", "/metrics", "/debug/pprof/"} {
		require.Equal(t, 404, apart.browser().do("GET", path, nil).Code, path)
		a := httptest.NewRecorder()
		apart.OpsHandler().ServeHTTP(a, httptest.NewRequest(http.MethodGet, path, nil))
		require.Equal(t, 200, a.Code, path)
	}
	const allocated = "\ngo_memstats_alloc_bytes_total "
	require.NotContains(t, w.browser().do("GET", "/metrics", nil).Body.String(), allocated, "what tells strangers how far their request got")
	a = httptest.NewRecorder()
	apart.OpsHandler().ServeHTTP(a, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Contains(t, a.Body.String(), allocated)
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/", "/login", "/login/acme", "/nothing", "/session", "/api/docs", "/api/v1/tenants", "/assets/style.css", "/saml/acme/acs", "/healthz"} {
		a := w.browser().do("GET", path, nil)
		h := a.Header()
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"))
		require.Equal(t, "same-origin", h.Get("Cross-Origin-Opener-Policy"))
		require.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'")
		require.Contains(t, h.Get("Content-Security-Policy"), "frame-ancestors 'none'")
		require.NotContains(t, h.Get("Content-Security-Policy"), "unsafe")
		require.NotEmpty(t, h.Get("Strict-Transport-Security"))
		require.NotEmpty(t, h.Get("X-Request-Id"))
		if path != "/assets/style.css" {
			require.Equal(t, "no-store", h.Get("Cache-Control"), path)
		}
		if strings.Contains(h.Get("Content-Type"), "html") {
			require.Contains(t, a.Body.String(), `<html lang="en">`)
			require.NotContains(t, a.Body.String(), " style=")
			require.NotRegexp(t, ` on[a-z]+="`, a.Body.String())
		}
	}
}

// TestBrowsersFindAnIcon: they ask for one beside every document, and would note a missing file each time.
func TestBrowsersFindAnIcon(t *testing.T) {
	a := newWorld(t).browser().do("GET", "/favicon.ico", nil)
	require.Equal(t, 200, a.Code)
	require.Equal(t, "image/svg+xml", a.Header().Get("Content-Type"))
	require.Contains(t, a.Body.String(), "<svg ")
}

func TestServerHasLimits(t *testing.T) {
	s := HTTPServer("127.0.0.1:0", http.NotFoundHandler())
	for _, limit := range []int64{
		int64(s.ReadHeaderTimeout), int64(s.ReadTimeout), int64(s.WriteTimeout), int64(s.IdleTimeout), int64(s.MaxHeaderBytes),
	} {
		require.Positive(t, limit)
	}
}

func TestEveryPageIsParsedAndEscapes(t *testing.T) {
	w := newWorld(t)
	entries, err := files.ReadDir("pages")
	require.NoError(t, err)
	around := len([]string{layout, consoleLayout, parts})
	for tag := range w.pages.words {
		require.Len(t, entries, len(w.pages.in[tag])+around)
	}
	a := w.browser().do("POST", "/login", url.Values{"email": {`"><script>alert(1)</script>`}})
	require.Equal(t, 422, a.Code)
	require.NotContains(t, a.Body.String(), "<script>")
	require.NoError(t, fstest.TestFS(files, "openapi.yaml", "assets/style.css"))
}

// FuzzAnonymousRequests: whatever nobody in particular sends, the service is not the one that fails.
func FuzzAnonymousRequests(f *testing.F) {
	for _, seed := range [][4]string{
		{"GET", "/", "", ""},
		{"POST", "/login", formType, "email=a@b.test&password=x"},
		{"POST", "/login/acme", formType, "email=%zz"},
		{"POST", "/saml/acme/acs", formType, "SAMLResponse=x"},
		{"GET", "/saml/%00/metadata", "", ""},
		{"GET", "/login/acme?return_to=//x", "", ""},
		{"GET", "/invitation/acme/x%2fy", "", ""},
		{"PUT", "/api/v1/tenants/acme/sso", "application/json", "{"},
		{"OPTIONS", "*", "", ""},
		{"POST", "/logout", "multipart/form-data", "--"},
		{"GET", "/console/x", "", ""},
		{"BREW", "/auth/verify", "", ""},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], "idplug_session=acme.x")
	}
	var w *world
	f.Fuzz(func(t *testing.T, method, target, contentType, body, cookie string) {
		if w == nil {
			w = newWorld(t)
		}
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		r := &http.Request{
			Method: method, URL: u, RequestURI: target, Host: "app.test", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, RemoteAddr: "192.0.2.1:1",
			Header: http.Header{"Content-Type": {contentType}, "Cookie": {cookie}}, Body: http.NoBody,
		}
		if body != "" {
			r.Body = http.MaxBytesReader(nil, nopCloser{strings.NewReader(body)}, 1<<20)
		}
		a := w.serve(r.WithContext(t.Context()))
		require.Less(t, a.Code, 500, a.Body.String())
	})
}

type nopCloser struct{ *strings.Reader }

func (nopCloser) Close() error { return nil }

func TestATraceThatCannotBeWrittenIsLoggedBesideTheRefusal(t *testing.T) {
	w := newWorld(t)
	w.echo.GET("/api/both", func(echo.Context) error { return errors.Join(sso.Refuse("test", sso.UserUnknown), errBroken) })
	w.log.Reset()
	refused(t, w.browser().do("GET", "/api/both", nil), 403, sso.UserUnknown)
	require.Contains(t, w.log.String(), "secret detail")
	require.Contains(t, w.log.String(), "user_unknown")
}
