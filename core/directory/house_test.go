package directory_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/memstore"
)

const tenant = sso.TenantID("acme")

var (
	start    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	operator = sso.Actor{Kind: sso.Operator, ID: "cli"}
	admin    = sso.Actor{Kind: sso.Person, ID: "u_admin", Tenant: tenant, Admin: true}
)

// house is a directory over a store that runs every transaction twice.
type house struct {
	*directory.Service
	store *memstore.Store
	now   time.Time
	made  int // tokens and IDs so far
}

// hashes is the fake of password hashing.
type hashes struct{}

func (hashes) Hash(_ context.Context, password string) (string, error) {
	return "hashed " + password, nil
}

// newHouse has the tenant acme with the inboxes general and emea and nobody in it.
func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{store: memstore.New(), now: start}
	h.store.RunTwice()
	count := func() string {
		h.made++
		return fmt.Sprintf("%03d", h.made)
	}
	h.Service = &directory.Service{
		Store: h.store.Directory(), Passwords: hashes{}, Now: func() time.Time { return h.now },
		NewID: func(prefix string) string { return prefix + count() }, NewToken: count,
	}
	h.tenant(t, tenant)
	require.NoError(t, h.SaveInboxes(t.Context(), operator, tenant, sso.Catalogue{{Key: "general", Name: "General"}, {Key: "emea", Name: "EMEA"}}))
	return h
}

func (h *house) tenant(t *testing.T, slug sso.TenantID, domains ...string) {
	t.Helper()
	_, err := h.CreateTenant(t.Context(), operator, directory.NewTenant{Slug: slug, EmailDomains: domains})
	require.NoError(t, err)
}

// user adds somebody with roles, active.
func (h *house) user(t *testing.T, email string, roles ...sso.Key) sso.UserID {
	t.Helper()
	p, err := h.CreateUser(t.Context(), operator, tenant, directory.NewUser{Email: email, Name: "Somebody", Roles: roles})
	require.NoError(t, err)
	_, err = h.UpdateUser(t.Context(), operator, tenant, p.ID, directory.UserPatch{Status: new(sso.Active)})
	require.NoError(t, err)
	return p.ID
}

// session opens a session of the user.
func (h *house) session(t *testing.T, u sso.UserID, hash string) {
	t.Helper()
	require.NoError(t, h.store.Login().InTx(t.Context(), tenant, func(tx login.Tx) error {
		return tx.CreateSession(sso.Session{Tenant: tenant, Hash: hash, User: u, Method: sso.ByPassword})
	}))
}

func (h *house) open(t *testing.T, hash string) bool {
	t.Helper()
	_, _, err := h.store.Login().Session(t.Context(), tenant, hash)
	return err == nil
}

// settings stores settings as they are, without the judgement of a save.
func (h *house) settings(t *testing.T, change func(*sso.Settings)) {
	t.Helper()
	set, _, err := h.store.Settings().State(t.Context(), tenant)
	require.NoError(t, err)
	expect := set.Version
	change(&set)
	set.Version++
	require.NoError(t, h.store.Settings().Save(t.Context(), settings.Change{
		Tenant: tenant, Settings: &set, ExpectVersion: expect, Audit: sso.AuditEntry{Tenant: tenant},
	}))
}

func (h *house) ssoOn(t *testing.T) {
	t.Helper()
	h.settings(t, func(s *sso.Settings) { s.UseSSO, s.Provider = true, "okta" })
}

// audit is the newest audit row of a tenant.
func (h *house) audit(t *testing.T, of sso.TenantID) sso.AuditEntry {
	t.Helper()
	rows, _, err := h.Service.Audit(t.Context(), operator, of, directory.AuditQuery{Page: directory.Page{Limit: 1}})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	return rows[0]
}

// problems are those of a refusal with code Invalid, as "field: code".
func problems(t *testing.T, err error) []string {
	t.Helper()
	e := refusal(t, err, sso.Invalid)
	out := []string{}
	for _, p := range e.Problems {
		out = append(out, p.Field+": "+string(p.Code))
	}
	return out
}

func refusal(t *testing.T, err error, code sso.Code) *sso.Error {
	t.Helper()
	require.Equal(t, code, sso.CodeOf(err), "%v", err)
	var e *sso.Error
	require.ErrorAs(t, err, &e)
	return e
}
