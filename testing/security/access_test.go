package security

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/score"
)

// expected is the status that a caller gets: what the route gives to those it is for, or why it gives nothing.
func expected(caller, name string) int {
	r := routes[name]
	ofTenant := strings.Contains(name, "{tenant}")
	switch {
	case caller == "anonymous" || caller == "bad token":
		return 401
	case caller == "operator":
		return r.status
	case strings.HasPrefix(caller, "other ") && ofTenant:
		return 404 // not even that the tenant exists
	case strings.HasSuffix(caller, "user"):
		return 403
	case r.who == operators:
		return 403
	}
	return r.status
}

// TestTheMatrixOfRoutesAndCallers makes every call of the API as everybody there is, with a body that works. Whoever is refused has changed nothing.
func TestTheMatrixOfRoutesAndCallers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cells, wrong := 0, 0
	for _, name := range described(t) {
		s := w.scene()
		var allowed []string
		c := s.call(name, "")
		before := s.state()
		for _, caller := range callers {
			if expected(caller, name) < 300 {
				allowed = append(allowed, caller)
				continue
			}
			cells++
			if a := s.as(caller, c); a.status != expected(caller, name) {
				wrong++
				t.Errorf("%s as %s: %d, not %d: %s", name, caller, a.status, expected(caller, name), a.body)
			}
		}
		require.Equal(t, before, s.state(), "%s: somebody who was refused changed something", name)
		for _, caller := range allowed {
			s := w.scene()
			cells++
			if a := s.as(caller, s.call(name, "")); a.status != expected(caller, name) {
				wrong++
				t.Errorf("%s as %s: %d, not %d: %s", name, caller, a.status, expected(caller, name), a.body)
			}
		}
	}
	score.Report(t, "cells of the access matrix that are wrong", float64(wrong), "= 0")
	score.Report(t, "cells of the access matrix", float64(cells), ">= 300")
}

// TestIDsOfAnotherTenantNameNothing puts one tenant's IDs into paths of another, asked by somebody who administers that other tenant.
func TestIDsOfAnotherTenantNameNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tried := 0
	for _, name := range described(t) {
		if routes[name].id == nil {
			continue
		}
		s := w.scene()
		id := routes[name].id(s)
		foreign := s.call(name, id)
		foreign.path = strings.Replace(foreign.path, string(s.acme), string(s.other), 1)
		before := s.state()
		for _, caller := range []string{"other administrator", "other token", "operator"} {
			a := s.as(caller, foreign)
			require.Equal(t, 404, a.status, "%s as %s: %s", name, caller, a.body)
			require.Equal(t, sso.NotFound, a.code())
			tried++
		}
		require.Equal(t, before, s.state(), name)
		require.Equal(t, routes[name].status, s.as("administrator", s.call(name, id)).status, "at home it names something")
	}
	require.GreaterOrEqual(t, tried, 15)
}

// more are members that no body has: what a mass assignment would try.
var more = map[string]any{
	"tenant_id": "other", "id": "u_1", "created_at": "2026-01-01T00:00:00Z", "is_platform_admin": true, "operator": true, "admin": true,
	"role": "administrator", "Roles": []string{"administrator"}, "ROLES": []string{"administrator"}, "password": "correct horse battery",
	"password_hash": "x", "identities": []any{}, "plugin_path": "/bin/sh", "__proto__": map[string]any{"admin": true}, "roles\u0000": []string{"administrator"},
}

// TestBodiesTakeNoMemberMore adds to each JSON object that a call takes what it does not have, and a second copy of what it has.
func TestBodiesTakeNoMemberMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tried := 0
	for _, name := range described(t) {
		s := w.scene()
		c := s.call(name, "")
		if !strings.HasPrefix(c.body, "{") {
			continue
		}
		before := s.state()
		for member, value := range more {
			changed := c
			changed.body = withMember(t, c.body, member, value)
			a := s.as("operator", changed)
			require.Equal(t, 422, a.status, "%s with %q: %s", name, member, a.body)
			require.Contains(t, string(a.body), string(sso.UnknownField))
			tried++
		}
		if member, _, ok := strings.Cut(strings.TrimPrefix(c.body, `{"`), `"`); ok {
			changed := c
			changed.body = withMember(t, c.body, member, "again")
			require.Equal(t, sso.BadJSON, s.as("operator", changed).code(), "%s with two %q", name, member)
		}
		require.Equal(t, before, s.state(), name)
	}
	require.GreaterOrEqual(t, tried, 120)
}

// TestReadOnlyMembersMoveNothing: the settings document may come back with what only the host writes.
func TestReadOnlyMembersMoveNothing(t *testing.T) {
	t.Parallel()
	s := newWorld(t).scene()
	a := s.api("PUT", "/tenants/"+string(s.acme)+"/sso", operatorToken,
		`{"version":0,"default_roles":["agent"],"tenant":"`+string(s.other)+`","status":"active","updated_by":"operator:cli","service_provider":{"entity_id":"x"}}`)
	require.Equal(t, 200, a.status, "%s", a.body)
	require.Contains(t, string(a.body), `"tenant":"`+string(s.acme)+`"`)
	require.NotContains(t, string(a.body), "operator:cli")
	require.Contains(t, string(s.api("GET", "/tenants/"+string(s.other)+"/sso", operatorToken, "").body), `"version":0`)
}

// TestOtherSitesChangeNothing makes every changing call with an administrator's cookie as a page of another site would. The twin is the same call
// from a page of ours, in the matrix.
func TestOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tried := 0
	for _, name := range described(t) {
		if strings.HasPrefix(name, "GET ") || expected("administrator", name) >= 300 {
			continue
		}
		s := w.scene()
		c := s.call(name, "")
		before := s.state()
		for label, headers := range map[string][]string{
			"cross-site":      {"Sec-Fetch-Site", "cross-site"},
			"same-site":       {"Sec-Fetch-Site", "same-site", "Origin", "http://evil.127.0.0.1"},
			"old browser":     {"Sec-Fetch-Site", "", "Origin", "https://evil.test"},
			"sandboxed frame": {"Sec-Fetch-Site", "", "Origin", "null"},
			"form":            {"Sec-Fetch-Site", "cross-site", "Content-Type", "application/x-www-form-urlencoded"},
			"plain text":      {"Sec-Fetch-Site", "cross-site", "Content-Type", "text/plain"},
		} {
			a := s.as("administrator", c, headers...)
			require.Equal(t, sso.CSRFRefused, a.code(), "%s: %s: %s", label, name, a.body)
			tried++
		}
		for _, header := range []string{"X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"} {
			get := c
			get.method, get.body = "GET", ""
			s.as("administrator", get, header, c.method, "Sec-Fetch-Site", "cross-site")
		}
		require.Equal(t, before, s.state(), name)
	}
	require.GreaterOrEqual(t, tried, 80)
}

// TestAnswersAreForNoOtherSite: nothing lets a page of another site read an answer, as a script or otherwise.
func TestAnswersAreForNoOtherSite(t *testing.T) {
	t.Parallel()
	s := newWorld(t).scene()
	for _, path := range []string{"/users", "/sso", "/audit"} {
		a := s.as("administrator", call{method: "GET", path: "/tenants/" + string(s.acme) + path + "?callback=steal"}, "Origin", "https://evil.test", "Sec-Fetch-Site", "cross-site")
		for header := range a.header {
			require.False(t, strings.HasPrefix(header, "Access-Control-"), header)
		}
		require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
		require.True(t, a.code() != "" || slices.Contains([]string{"application/json", "application/json; charset=UTF-8"}, a.header.Get("Content-Type")), a.header.Get("Content-Type"))
		require.NotContains(t, string(a.body), "steal")
	}
}
