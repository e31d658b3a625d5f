package storetest

import (
	"strconv"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

// listIsolationTests are about what a caller may say when he asks for a list: each word of it is one more condition, and none may take the
// place of the tenant. A cursor is not bound to a tenant, so one that another tenant's list gave must be worth nothing.
var listIsolationTests = []test{
	{"no search, filter, order or cursor reaches people of another tenant", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		for _, name := range []string{"ada", "bob", "mid"} {
			f.user(acme, name)
		}
		f.user(globex, "gus")
		asked := 0
		for _, q := range userQueries() {
			q.Limit = 1
			first, next, err := f.Directory().Users(f.Context(), acme, q)
			require.NoError(f, err)
			require.Len(f, first, 1, "the twin: %+v finds somebody at home", q)
			require.NotEmpty(f, next)
			for _, cursor := range []string{"", next} {
				q.Cursor, q.Limit = cursor, 10
				found, _, err := f.Directory().Users(f.Context(), globex, q)
				require.NoError(f, err)
				for _, p := range found {
					require.Equal(f, sso.UserID("u_gus"), p.ID, "%+v", q)
				}
				asked += len(found)
			}
		}
		require.NotZero(f, asked, "the twin: the own one was found")
	}},
	{"no filter or cursor reaches traces of another tenant", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		for i, t := range []sso.TenantID{globex, acme, acme, acme} { // the other's lies before, where a cursor of acme goes on
			f.login(t, func(tx login.Tx) error {
				r := refusal(t, now)
				r.RequestID = string(t) + strconv.Itoa(i)
				return tx.RecordLogin(r)
			})
			f.dir(t, func(tx directory.Tx) error {
				return tx.Audit(sso.AuditEntry{Tenant: t, At: now, Actor: "user:u_1", Action: "x", Target: string(t)})
			})
		}
		for _, q := range []directory.LoginQuery{{}, {Outcome: sso.Refused}, {Code: sso.SigDigest}, {Outcome: sso.Refused, Code: sso.SigDigest}} {
			q.Limit = 1
			first, next, err := f.Directory().Logins(f.Context(), acme, q)
			require.NoError(f, err)
			require.Equal(f, "acme3", first[0].RequestID)
			for _, cursor := range []string{"", next} {
				q.Cursor, q.Limit = cursor, 10
				found, _, err := f.Directory().Logins(f.Context(), globex, q)
				require.NoError(f, err)
				require.Len(f, found, 1, "%+v", q)
				require.Equal(f, "globex0", found[0].RequestID)
			}
		}
		for _, q := range []directory.AuditQuery{{}, {Action: "x"}, {Actor: "user:u_1"}, {Action: "x", Actor: "user:u_1"}} {
			q.Limit = 1
			first, next, err := f.Directory().Audit(f.Context(), acme, q)
			require.NoError(f, err)
			require.Equal(f, "acme", first[0].Target)
			for _, cursor := range []string{"", next} {
				q.Cursor, q.Limit = cursor, 10
				found, _, err := f.Directory().Audit(f.Context(), globex, q)
				require.NoError(f, err)
				require.Len(f, found, 1, "%+v", q)
				require.Equal(f, "globex", found[0].Target)
			}
		}
	}},
}

// userQueries are one of each thing that can be asked of a list of people, and all at once; acme's people fit each.
func userQueries() []directory.UserQuery {
	qs := []directory.UserQuery{
		{Search: "example.com"}, {Role: "agent"}, {Status: sso.Active}, {Search: "example.com", Role: "agent", Status: sso.Active, Order: directory.ByName},
	}
	for _, order := range []directory.UserOrder{"", directory.ByEmail, directory.ByName, directory.ByCreation, directory.ByLastLogin} {
		qs = append(qs, directory.UserQuery{Order: order}, directory.UserQuery{Order: order, Descending: true})
	}
	return qs
}
