package storetest

import (
	"fmt"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

func refusal(t sso.TenantID, at time.Time) sso.LoginRecord {
	return sso.LoginRecord{Tenant: t, At: at, RequestID: "req", Outcome: sso.Refused, Code: sso.SigDigest, Provider: "okta"}
}

// logins lists all traces, newest first.
func (f fixture) logins(t sso.TenantID) (all []sso.LoginRecord) {
	f.Helper()
	p := directory.Page{Limit: directory.MaxPage}
	for {
		part, next, err := f.Directory().Logins(f.Context(), t, directory.LoginQuery{Page: p})
		require.NoError(f, err)
		all = append(all, part...)
		if next == "" {
			return all
		}
		p.Cursor = next
	}
}

var traceTests = []test{
	{"of logins come back as they were", func(f fixture) {
		f.tenant(acme)
		want := sso.LoginRecord{
			Tenant: acme, At: now, RequestID: "req-1", User: "u_1", Email: "ada@example.com", Provider: "okta", Outcome: sso.SignedIn,
			Steps:  []sso.Step{{Name: "form"}, {Name: "signature", Code: sso.SigDigest, Expected: "a", Got: "b"}},
			Grants: `{"roles":[1]}`, Attributes: []byte{1, 0, 255},
		}
		f.login(acme, func(tx login.Tx) error { return tx.RecordLogin(want) })
		got := f.logins(acme)
		require.Len(f, got, 1)
		require.NotZero(f, got[0].ID)
		want.ID = got[0].ID
		f.same(want, got[0])
		require.NoError(f, f.Login().RecordLogin(f.Context(), refusal(acme, now)))
		got = f.logins(acme)
		require.Len(f, got, 2)
		require.Equal(f, sso.SigDigest, got[0].Code)
		require.Greater(f, got[0].ID, got[1].ID)
		tried := refusal(acme, now)
		tried.Outcome, tried.Code = sso.Tried, ""
		f.login(acme, func(tx login.Tx) error { return tx.RecordLogin(tried) })
		require.Equal(f, sso.Tried, f.logins(acme)[0].Outcome)
	}},
	{"of refusals are at most 120 a minute", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		minute := now.Truncate(time.Minute)
		for i := range 150 {
			r := refusal(acme, minute.Add(time.Duration(i)*time.Second/10))
			r.RequestID = strconv.Itoa(i)
			require.NoError(f, f.Login().RecordLogin(f.Context(), r))
		}
		got := f.logins(acme)
		require.Len(f, got, 120)
		require.Equal(f, "0", got[119].RequestID)

		f.login(acme, func(tx login.Tx) error {
			r := refusal(acme, minute)
			r.Outcome, r.Code = sso.SignedIn, ""
			return tx.RecordLogin(r)
		})
		require.Len(f, f.logins(acme), 121, "a success is always written")
		require.NoError(f, f.Login().RecordLogin(f.Context(), refusal(globex, minute)))
		require.Len(f, f.logins(globex), 1)
		require.NoError(f, f.Login().RecordLogin(f.Context(), refusal(acme, minute.Add(time.Minute))))
		require.Len(f, f.logins(acme), 122)
	}},
	{"of changes come back, newest first, page by page", func(f fixture) {
		f.tenant(acme)
		write := func(i int) {
			f.dir(acme, func(tx directory.Tx) error {
				return tx.Audit(sso.AuditEntry{Tenant: acme, At: now, Actor: "user:u_1", Action: fmt.Sprintf("a%d", i), Target: "sso", Before: `{"a":1}`, After: `{"a":2}`})
			})
		}
		for i := range 5 {
			write(i)
		}
		part, next, err := f.Directory().Audit(f.Context(), acme, directory.AuditQuery{Page: directory.Page{Limit: 2}})
		require.NoError(f, err)
		require.Equal(f, []string{"a4", "a3"}, actions(part))
		want := sso.AuditEntry{Tenant: acme, ID: part[0].ID, At: now, Actor: "user:u_1", Action: "a4", Target: "sso", Before: `{"a":1}`, After: `{"a":2}`}
		f.same(want, part[0])
		write(5) // does not shift what follows
		part, next, err = f.Directory().Audit(f.Context(), acme, directory.AuditQuery{Page: directory.Page{Limit: 2, Cursor: next}})
		require.NoError(f, err)
		require.Equal(f, []string{"a2", "a1"}, actions(part))
		part, next, err = f.Directory().Audit(f.Context(), acme, directory.AuditQuery{Page: directory.Page{Limit: 2, Cursor: next}})
		require.NoError(f, err)
		require.Equal(f, []string{"a0"}, actions(part))
		require.Empty(f, next)
	}},
	{"are found by what they are", func(f fixture) {
		f.tenant(acme)
		f.login(acme, func(tx login.Tx) error {
			for i, code := range []sso.Code{sso.SigDigest, sso.UserUnknown, sso.SigDigest, ""} {
				r := refusal(acme, now)
				if r.Code, r.RequestID = code, strconv.Itoa(i); code == "" {
					r.Outcome = sso.SignedIn
				}
				if err := tx.RecordLogin(r); err != nil {
					return err
				}
			}
			for _, e := range []sso.AuditEntry{{Action: "a", Actor: "x"}, {Action: "b", Actor: "x"}, {Action: "a", Actor: "y"}} {
				e.Tenant, e.At, e.Target = acme, now, "sso"
				if err := tx.Audit(e); err != nil {
					return err
				}
			}
			return nil
		})
		found := func(q directory.LoginQuery) (ids []string, next string) {
			part, next, err := f.Directory().Logins(f.Context(), acme, q)
			require.NoError(f, err)
			for _, r := range part {
				ids = append(ids, r.RequestID)
			}
			return ids, next
		}
		q := directory.LoginQuery{Page: directory.Page{Limit: 1}, Code: sso.SigDigest}
		ids, next := found(q)
		require.Equal(f, []string{"2"}, ids)
		q.Cursor = next
		ids, next = found(q)
		require.Equal(f, []string{"0"}, ids)
		require.Empty(f, next)
		ids, _ = found(directory.LoginQuery{Page: directory.Page{Limit: 9}, Outcome: sso.SignedIn})
		require.Equal(f, []string{"3"}, ids)
		ids, _ = found(directory.LoginQuery{Page: directory.Page{Limit: 9}, Outcome: sso.SignedIn, Code: sso.SigDigest})
		require.Empty(f, ids)
		rows, _, err := f.Directory().Audit(f.Context(), acme, directory.AuditQuery{Page: directory.Page{Limit: 9}, Action: "a", Actor: "x"})
		require.NoError(f, err)
		require.Len(f, rows, 1)
		rows, _, err = f.Directory().Audit(f.Context(), acme, directory.AuditQuery{Page: directory.Page{Limit: 9}, Actor: "x"})
		require.NoError(f, err)
		require.Equal(f, []string{"b", "a"}, actions(rows))
	}},
	{"know no cursor but their own", func(f fixture) {
		f.tenant(acme)
		for _, cursor := range []string{"?", "!!!", "né"} {
			_, _, err := f.Directory().Audit(f.Context(), acme, directory.AuditQuery{Page: directory.Page{Limit: 2, Cursor: cursor}})
			f.refused(sso.BadRequest, err)
			_, _, err = f.Directory().Logins(f.Context(), acme, directory.LoginQuery{Page: directory.Page{Limit: 2, Cursor: cursor}})
			f.refused(sso.BadRequest, err)
		}
	}},
}

func actions(es []sso.AuditEntry) (out []string) {
	for _, e := range es {
		out = append(out, e.Action)
	}
	return out
}
