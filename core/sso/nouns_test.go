package sso_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestErrors(t *testing.T) {
	cause := errors.New("disk full")
	var ps sso.Problems
	ps.Add(sso.Failure, "email", sso.EmailInvalid, "value", "secret@example.com")
	err := fmt.Errorf("web: %w", sso.Refuse("settings.save", sso.Invalid, "a", "1").With(ps).Because(cause))
	require.Equal(t, "web: settings.save: invalid (email: email_invalid): disk full", err.Error(), "no value of a field")
	require.Equal(t, sso.Invalid, sso.CodeOf(err))
	require.ErrorIs(t, err, cause)
	require.Equal(t, sso.Internal, sso.CodeOf(cause))
	require.Empty(t, sso.CodeOf(nil))
}

func TestProblems(t *testing.T) {
	var ps sso.Problems
	ps.Add(sso.Failure, "a", sso.Required)
	ps.Add(sso.Warning, "b", sso.Required)
	ps.Add(sso.Info, "c", sso.Required)
	require.Equal(t, []string{"a: required"}, list(ps.Failures()))
	require.Equal(t, []string{"b: required", "c: required"}, list(ps.Warnings()))
	require.Empty(t, ps.Demoted().Failures())
	require.Equal(t, sso.Info, ps.Demoted()[2].Severity)
	require.Equal(t, sso.Failure, ps[0].Severity, "a copy")
	require.True(t, ps[0].Same(sso.Problem{Severity: sso.Warning, Field: "a", Code: sso.Required}))
	require.False(t, ps[0].Same(ps[1]))
}

func TestAnAuditEntrySaysWhatChanged(t *testing.T) {
	var e sso.AuditEntry
	before, after := sso.Fields{"a": 1, "b": "x", "gone": true}, sso.Fields{"a": 1, "b": "y", "new": []string{}}
	changed := e.Changing(before, after)
	require.JSONEq(t, `{"b":"x","gone":true}`, changed.Before)
	require.JSONEq(t, `{"b":"y","new":[]}`, changed.After)
	require.Empty(t, e.Changing(nil, after).Before)
	require.JSONEq(t, `{"a":1,"b":"x","gone":true}`, e.Changing(before, nil).Before)
	require.Empty(t, e.Changing(before, nil).After)
}

func TestRule05_ConnectionWarnings(t *testing.T) {
	cert := func(from, to time.Time) sso.Certificate {
		return sso.Certificate{Subject: "CN=x", NotBefore: from, NotAfter: to}
	}
	year := 365 * 24 * time.Hour
	for name, c := range map[string]struct {
		connection sso.Connection
		want       []string
	}{
		"quiet":         {sso.Connection{IdP: sso.IdentityProvider{Certificates: []sso.Certificate{cert(noon.Add(-year), noon.Add(year))}}}, nil},
		"expired":       {sso.Connection{IdP: sso.IdentityProvider{Certificates: []sso.Certificate{cert(noon.Add(-year), noon.Add(-time.Hour))}}}, []string{"metadata_xml: certificate_expired"}},
		"expires soon":  {sso.Connection{IdP: sso.IdentityProvider{Certificates: []sso.Certificate{cert(noon.Add(-year), noon.Add(29*24*time.Hour))}}}, []string{"metadata_xml: certificate_expiring"}},
		"not yet valid": {sso.Connection{IdP: sso.IdentityProvider{Certificates: []sso.Certificate{cert(noon.Add(time.Hour), noon.Add(year))}}}, []string{"metadata_xml: certificate_not_yet_valid"}},
		"old document":  {sso.Connection{IdP: sso.IdentityProvider{ValidUntil: noon.Add(-time.Hour)}}, []string{"metadata_xml: md.expired"}},
		"SHA-1":         {sso.Connection{AllowSHA1: true}, []string{"allow_sha1: sha1_allowed"}},
		"notes and a fetch": {sso.Connection{
			Notes:        sso.Problems{{Severity: sso.Failure, Field: "metadata_xml", Code: sso.MetadataWeakKey}},
			FetchProblem: &sso.Problem{Severity: sso.Warning, Field: "metadata_url", Code: sso.MetadataFetchFailed},
		}, []string{"metadata_xml: md.weak_key", "metadata_url: metadata_fetch_failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.connection.Warnings(noon)
			require.Equal(t, c.want, list(got))
			require.Empty(t, got.Failures())
		})
	}
}

func TestRule05_WhatAConnectionMisses(t *testing.T) {
	var c sso.Connection
	require.Equal(t, []string{"metadata_xml: metadata_missing"}, list(c.Missing()))
	c.IdP.EntityID = "idp"
	require.Equal(t, []string{"metadata_xml: metadata_no_endpoint", "metadata_xml: metadata_no_key"}, list(c.Missing()))
	c.IdP.SSO, c.IdP.Certificates = []sso.Endpoint{{Binding: sso.BindingPOST}}, []sso.Certificate{{}}
	require.Empty(t, c.Missing())
}

func TestSameContent(t *testing.T) {
	base := func() sso.Connection {
		return sso.Connection{
			MetadataURL: "u", MetadataXML: "x", ChosenEntityID: "e", SignRequests: sso.SignAuto,
			IdP: sso.IdentityProvider{
				EntityID: "e", SSO: []sso.Endpoint{{Binding: sso.BindingPOST, URL: "s"}}, SLO: []sso.Endpoint{{URL: "l"}},
				Certificates: []sso.Certificate{{SHA256: "1"}}, ValidUntil: noon, NameIDFormats: []string{"f"},
			},
			Request: sso.RequestHints{NameIDFormat: "f", AuthnContexts: []string{"c"}},
		}
	}
	for name, change := range map[string]func(*sso.Connection){
		"URL":         func(c *sso.Connection) { c.MetadataURL = "" },
		"XML":         func(c *sso.Connection) { c.MetadataXML = "" },
		"choice":      func(c *sso.Connection) { c.ChosenEntityID = "" },
		"signing":     func(c *sso.Connection) { c.SignRequests = sso.SignAlways },
		"SHA-1":       func(c *sso.Connection) { c.AllowSHA1 = true },
		"entity":      func(c *sso.Connection) { c.IdP.EntityID = "f" },
		"SSO":         func(c *sso.Connection) { c.IdP.SSO = nil },
		"SLO":         func(c *sso.Connection) { c.IdP.SLO[0].URL = "m" },
		"key":         func(c *sso.Connection) { c.IdP.Certificates[0].SHA256 = "2" },
		"validity":    func(c *sso.Connection) { c.IdP.ValidUntil = noon.Add(1) },
		"wants":       func(c *sso.Connection) { c.IdP.WantAuthnRequestsSigned = true },
		"formats":     func(c *sso.Connection) { c.IdP.NameIDFormats = nil },
		"hint":        func(c *sso.Connection) { c.Request.NameIDFormat = "" },
		"hint of ctx": func(c *sso.Connection) { c.Request.AuthnContexts = nil },
		"hint sign":   func(c *sso.Connection) { c.Request.Sign = true },
	} {
		c := base()
		change(&c)
		require.False(t, c.SameContent(base()), name)
		require.False(t, base().SameContent(c), name)
	}
	for name, change := range map[string]func(*sso.Connection){
		"fetched later":   func(c *sso.Connection) { c.FetchedAt = noon },
		"revision":        func(c *sso.Connection) { c.Revision, c.TestedRevision = 7, 7 },
		"learnt":          func(c *sso.Connection) { c.SubjectAttribute = "oid" },
		"a note":          func(c *sso.Connection) { c.Notes = sso.Problems{{}} },
		"auto by default": func(c *sso.Connection) { c.SignRequests = "" },
		"another zone":    func(c *sso.Connection) { c.IdP.ValidUntil = noon.In(time.FixedZone("x", 3600)) },
	} {
		c := base()
		change(&c)
		require.True(t, c.SameContent(base()), name)
	}
}

func TestUsesOfAKey(t *testing.T) {
	m := sso.Mapping{Defaults: []sso.Key{"a"}, Rows: []sso.Row{{Grant: []sso.Key{"b"}}, {Grant: []sso.Key{"b", "a"}}}}
	require.Equal(t, []string{"default_roles", "role_mappings[1]"}, m.Uses(sso.RoleFields, "a"))
	require.Equal(t, []string{"inbox_mappings[0]", "inbox_mappings[1]"}, m.Uses(sso.InboxFields, "b"))
	require.Empty(t, m.Uses(sso.RoleFields, "c"))
}

func TestHashToken(t *testing.T) { // sha256 of "abc", FIPS 180-2 B.1
	require.Equal(t, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", sso.HashToken("abc"))
}

func TestTheDefaultRolesAreTheSeeds(t *testing.T) {
	c := sso.DefaultRoles()
	require.Empty(t, c.Check("roles"))
	var keys, exclusive []sso.Key
	for _, e := range c {
		keys = append(keys, e.Key)
		if e.Exclusive {
			exclusive = append(exclusive, e.Key)
		}
	}
	require.Equal(t, []sso.Key{
		"compliance_administrator", "administrator", "team_manager", "agent_plus", "agent", "analyst", "task_user", "answers_administrator",
		"api_user", "developer", "liveboards_only",
	}, keys)
	require.Equal(t, []sso.Key{"task_user", "liveboards_only"}, exclusive)
}
