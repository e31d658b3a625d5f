package web

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/score"
)

// byHand are the routes that are not of the OpenAPI file, each with its row of the table: "* /path" stands for every method.
func byHand(t *testing.T, routes []*echo.Route) map[string]string {
	t.Helper()
	described := map[string]bool{}
	for _, name := range specRoutes(t) {
		described[name] = true
	}
	all := map[string]string{}
	for _, r := range routes {
		name := r.Method + " " + r.Path
		if path, ok := strings.CutPrefix(r.Path, apiBase); ok && described[r.Method+" "+braced(path)] {
			continue // testing/security asks those
		}
		all[name] = name
		if _, ok := gates["* "+r.Path]; ok {
			all[name] = "* " + r.Path
		}
	}
	return all
}

// braced is a path as the OpenAPI file writes it.
func braced(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

// TestEveryHandWrittenRouteSaysWhoseItIs keeps the table complete, from the router's own list.
func TestEveryHandWrittenRouteSaysWhoseItIs(t *testing.T) {
	rows := map[string]bool{}
	for _, row := range byHand(t, newWorld(t).echo.Routes()) {
		rows[row] = true
	}
	require.Equal(t, slices.Sorted(maps.Keys(rows)), slices.Sorted(maps.Keys(gates)), "a route is added to host/web/routes_test.go with whom it is for")
}

// TestTheMatrixOfHandWrittenRoutesAndCallers makes a sound request at each route as everybody there is. Whoever is refused has changed no row and sees
// nobody; whom the route is for gets what it gives, and has changed rows where it changes any.
func TestTheMatrixOfHandWrittenRoutesAndCallers(t *testing.T) {
	cells := 0
	shared := map[bool]*stage{false: newStage(t, false), true: newStage(t, true)}
	require.Contains(t, shared[false].as("administrator", http.MethodGet, asked{path: usersPath}).Body.String(), hidden, "who may see them does")
	routes := byHand(t, shared[false].echo.Routes())
	for _, name := range slices.Sorted(maps.Keys(routes)) {
		t.Run(name, func(t *testing.T) {
			on := slices.Contains(withSSO, name)
			s := shared[on]
			if gates[routes[name]].ends {
				s = newStage(t, on)
			}
			s.t = t
			method, path, _ := strings.Cut(name, " ")
			m := matrix{s, gates[routes[name]], method, path}
			if routes[name] != name && method != http.MethodGet && method != http.MethodPost {
				m.few = true // they differ in nothing else
			}
			cells += m.otherSites() + m.wrongSecrets() + m.callers()
		})
	}
	score.Report(t, "cells of the matrix of hand-written routes", float64(cells), ">= 1000")
}

// matrix are the requests at one route.
type matrix struct {
	*stage
	gate
	method, path string
}

func (m matrix) sound() asked {
	if m.ask == nil {
		return asked{path: m.path}
	}
	return m.ask(m.stage)
}

// refused tells whether the route is not for a caller, and gives what that one gets.
func (m matrix) refused(caller string) (status int, to string, yes bool) {
	foreign := strings.HasPrefix(caller, "other ")
	switch {
	case m.who == everybody:
		return m.status, m.to, false
	case m.who == one && caller != "administrator":
		return m.stranger, "", true
	case m.who == one:
		return m.status, m.to, false
	case !signedIn(caller) && m.stranger != 0:
		return m.stranger, m.strangerTo, true
	case !signedIn(caller) && m.method == http.MethodGet:
		return 302, "/login?return_to=", true
	case !signedIn(caller):
		return 401, "", true
	case m.who == administrators && !administers(caller):
		return 403, "", true
	case foreign && m.foreign != 0:
		return m.foreign, "", true
	}
	return m.status, m.to, false
}

// callers asks as everybody, first those who change nothing.
func (m matrix) callers() (cells int) {
	var changing []string
	sound, before := m.sound(), m.store.Rows()
	for _, caller := range callers {
		if m.few && caller != "nobody" && caller != "administrator" {
			continue
		}
		status, to, no := m.refused(caller)
		if !no && m.writes {
			changing = append(changing, caller)
			continue
		}
		m.judge(caller, m.as(caller, m.method, sound), status, to)
		if cells++; m.method == http.MethodGet && !m.writes {
			m.judge(caller, m.as(caller, http.MethodHead, sound), status, to)
			cells++
		}
	}
	require.Equal(m.t, before, m.store.Rows(), "somebody who may not, or who reads, changed rows")
	for _, caller := range changing {
		sound, before := m.sound(), m.store.Rows()
		m.judge(caller, m.as(caller, m.method, sound), m.status, m.to)
		cells++
		own := sso.TenantID("acme")
		if after := m.store.Rows(); m.who != everybody && strings.HasPrefix(caller, "other ") {
			require.Equal(m.t, before[own], after[own], "%s changed rows of acme", caller)
			own = "other"
		}
		require.NotEqual(m.t, before[own], m.store.Rows()[own], "%s changed no row", caller)
	}
	return cells
}

func (m matrix) judge(caller string, got *httptest.ResponseRecorder, status int, to string) {
	m.t.Helper()
	require.Equal(m.t, status, got.Code, "%s: %s", caller, got.Body)
	require.True(m.t, strings.HasPrefix(got.Header().Get("Location"), to), "%s is led to %s", caller, got.Header().Get("Location"))
	if caller != "administrator" {
		require.NotContains(m.t, got.Body.String(), hidden, caller)
	}
}

// otherSites asks as a page of another site makes a browser ask.
func (m matrix) otherSites() (cells int) {
	safe := slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, m.method)
	if safe || m.elsewhere {
		return 0
	}
	sound, before := m.sound(), m.store.Rows()
	for label, headers := range map[string][]string{
		"cross-site":      {"Sec-Fetch-Site", "cross-site"},
		"same-site":       {"Sec-Fetch-Site", "same-site", "Origin", "https://evil.app.test"},
		"old browser":     {"Sec-Fetch-Site", "", "Origin", "https://evil.test"},
		"sandboxed frame": {"Sec-Fetch-Site", "", "Origin", "null"},
		"another scheme":  {"Sec-Fetch-Site", "", "Origin", "http://app.test"},
	} {
		for _, caller := range []string{"nobody", "administrator"} {
			got := m.as(caller, m.method, sound, append([]string{"Accept", "application/json"}, headers...)...)
			refused(m.t, got, 403, sso.CSRFRefused)
			require.Empty(m.t, got.Header().Values("Set-Cookie"), label)
			cells++
		}
	}
	require.Equal(m.t, before, m.store.Rows(), "another site changed rows")
	return cells
}

// wrongSecrets asks as everybody with another secret than the route goes by.
func (m matrix) wrongSecrets() (cells int) {
	if m.wrong == nil {
		return 0
	}
	wrong, before := m.wrong(m.stage), m.store.Rows()
	for _, caller := range callers {
		m.judge(caller, m.as(caller, m.method, wrong), m.no, "")
		cells++
	}
	require.Equal(m.t, before, m.store.Rows(), "a wrong secret changed rows")
	return cells
}

// TestOtherMethodsAreNoRoutes asks each path by the methods that it does not have, as an administrator.
func TestOtherMethodsAreNoRoutes(t *testing.T) {
	s := newStage(t, false)
	served := map[string][]string{}
	for name := range byHand(t, s.echo.Routes()) {
		method, path, _ := strings.Cut(name, " ")
		served[path] = append(served[path], method)
	}
	tried, before := 0, s.store.Rows()
	for path, methods := range served {
		concrete := strings.NewReplacer(":tenant", "acme", ":id", "nobody", ":token", "x", ":name", "style.css", "*", "x").Replace(path)
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
			if slices.Contains(methods, method) {
				continue
			}
			got := s.as("administrator", method, asked{path: concrete})
			require.Contains(t, []int{204, 404, 405}, got.Code, "%s %s: %s", method, path, got.Body)
			tried++
		}
	}
	require.Equal(t, before, s.store.Rows())
	require.GreaterOrEqual(t, tried, 200)
}

// TestOperationsAreServedWhereTheyBelong: the address of operators has these routes and no other; the main one has none of the profiles, and neither
// metrics nor readiness once operations have an address of their own.
func TestOperationsAreServedWhereTheyBelong(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.OpsElsewhere = true })
	ops, ok := w.OpsHandler().(*echo.Echo)
	require.True(t, ok)
	var paths []string
	for _, r := range ops.Routes() {
		require.Equal(t, http.MethodGet, r.Method)
		paths = append(paths, r.Path)
	}
	require.ElementsMatch(t, []string{"/healthz", "/readyz", "/metrics", "/debug/pprof/*", "/debug/pprof/profile", "/debug/pprof/trace"}, paths)
	for _, path := range paths {
		concrete := strings.Replace(path, "*", "heap", 1)
		want := 404
		if path == "/healthz" {
			want = 200
		}
		require.Equal(t, want, w.browser().do(http.MethodGet, concrete, nil).Code, path)
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/debug/pprof/heap"} {
		a := httptest.NewRecorder()
		ops.ServeHTTP(a, httptest.NewRequest(http.MethodGet, path, nil))
		require.Equal(t, 200, a.Code, path)
	}
}
