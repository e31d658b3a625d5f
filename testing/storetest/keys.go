package storetest

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// spKey is the nth key pair of a tenant.
func spKey(t sso.TenantID, n int) sso.SealedKey {
	return sso.SealedKey{
		Tenant: t, ID: fmt.Sprint("k", n), Sealed: []byte{0, byte(n), 255}, Certificate: []byte{48, byte(n)}, CreatedAt: now.Add(time.Duration(n)),
	}
}

// adding is the change that adds the nth while others are in use.
func adding(t sso.TenantID, n int, expect ...string) settings.KeyChange {
	return settings.KeyChange{
		Tenant: t, Add: new(spKey(t, n)), Expect: expect, Audit: sso.AuditEntry{Tenant: t, At: now, Action: "sso.key_rotate", Target: fmt.Sprint("sp_key:k", n)},
	}
}

var keyTests = []test{
	{"keys come oldest first and are retired, not deleted", func(f fixture) {
		f.tenant(acme)
		require.Empty(f, must[[]sso.SealedKey](f)(f.Settings().SPKeys(f.Context(), acme)))
		require.NoError(f, f.Settings().SaveSPKeys(f.Context(), adding(acme, 1)))
		require.NoError(f, f.Settings().SaveSPKeys(f.Context(), adding(acme, 2, "k1")))
		f.same([]sso.SealedKey{spKey(acme, 1), spKey(acme, 2)}, must[[]sso.SealedKey](f)(f.Settings().SPKeys(f.Context(), acme)))
		require.NoError(f, f.Settings().SaveSPKeys(f.Context(), settings.KeyChange{
			Tenant: acme, Retire: "k1", At: now.Add(time.Hour), Expect: []string{"k1", "k2"}, Audit: sso.AuditEntry{Tenant: acme, At: now, Action: "sso.key_retire"},
		}))
		first := spKey(acme, 1)
		first.RetiredAt = now.Add(time.Hour)
		f.same([]sso.SealedKey{first, spKey(acme, 2)}, must[[]sso.SealedKey](f)(f.Settings().SPKeys(f.Context(), acme)))
		rows, _, err := f.Directory().Audit(f.Context(), acme, directory.AuditQuery{Page: directory.Page{Limit: 10}})
		require.NoError(f, err)
		require.Len(f, rows, 3)
		require.Equal(f, "sso.key_retire", rows[0].Action)
	}},
	{"a change of keys that expects others is refused whole", func(f fixture) {
		f.tenant(acme)
		require.NoError(f, f.Settings().SaveSPKeys(f.Context(), adding(acme, 1)))
		for _, c := range []settings.KeyChange{
			adding(acme, 2), adding(acme, 2, "k2"), adding(acme, 2, "k1", "k2"),
			{Tenant: acme, Retire: "k1", At: now, Audit: sso.AuditEntry{Tenant: acme}},
		} {
			f.refused(sso.VersionConflict, f.Settings().SaveSPKeys(f.Context(), c))
		}
		f.same([]sso.SealedKey{spKey(acme, 1)}, must[[]sso.SealedKey](f)(f.Settings().SPKeys(f.Context(), acme)))
		rows, _, err := f.Directory().Audit(f.Context(), acme, directory.AuditQuery{Page: directory.Page{Limit: 10}})
		require.NoError(f, err)
		require.Len(f, rows, 1)
	}},
	{"keys of nobody", func(f fixture) {
		_, err := f.Settings().SPKeys(f.Context(), "nobody")
		f.refused(sso.NotFound, err)
		f.refused(sso.NotFound, f.Settings().SaveSPKeys(f.Context(), adding("nobody", 1)))
	}},
	{"keys of another tenant are not there", func(f fixture) {
		f.tenant(acme)
		f.tenant(globex)
		require.NoError(f, f.Settings().SaveSPKeys(f.Context(), adding(acme, 1)))
		require.Empty(f, must[[]sso.SealedKey](f)(f.Settings().SPKeys(f.Context(), globex)))
		require.NoError(f, f.Settings().SaveSPKeys(f.Context(), adding(globex, 1)))
		f.same([]sso.SealedKey{spKey(globex, 1)}, must[[]sso.SealedKey](f)(f.Settings().SPKeys(f.Context(), globex)))
	}},
	{"one of 64 rollovers begins", func(f fixture) {
		f.tenant(acme)
		require.NoError(f, f.Settings().SaveSPKeys(f.Context(), adding(acme, 0)))
		codes := f.race(func(i int) error { return f.Settings().SaveSPKeys(f.Context(), adding(acme, i+1, "k0")) })
		require.Equal(f, map[sso.Code]int{"": 1, sso.VersionConflict: many - 1}, codes)
		require.Len(f, must[[]sso.SealedKey](f)(f.Settings().SPKeys(f.Context(), acme)), 2)
	}},
}
