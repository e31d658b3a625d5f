package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/store"
)

func keepsSPKeys(t *testing.T, dsn string) {
	s := open(t, store.Options{DSN: dsn})
	_, err := s.Migrate(t.Context())
	require.NoError(t, err)
	createTenant(t, s, "acme")
	createTenant(t, s, "globex")
	first := sso.SealedKey{Tenant: "acme", ID: "k1", Sealed: []byte{0, 1, 255}, Certificate: []byte{48}, CreatedAt: now, RetiredAt: now.Add(time.Hour)}
	second := sso.SealedKey{Tenant: "acme", ID: "k2", Sealed: []byte{2}, Certificate: []byte{3}, CreatedAt: now.Add(1)}
	require.NoError(t, s.Keys().AddSPKey(t.Context(), first))
	require.NoError(t, s.Keys().AddSPKey(t.Context(), second))
	late := first
	late.Sealed = []byte("another node's")
	require.Equal(t, sso.Duplicate, sso.CodeOf(s.Keys().AddSPKey(t.Context(), late)), "the first wins")
	late.Tenant = "nobody"
	require.Equal(t, sso.NotFound, sso.CodeOf(s.Keys().AddSPKey(t.Context(), late)))

	keys, err := s.Keys().SPKeys(t.Context(), "acme")
	require.NoError(t, err)
	require.Empty(t, cmp.Diff([]sso.SealedKey{first, second}, keys), "oldest first: it is the one that signs")
	keys, err = s.Keys().SPKeys(t.Context(), "globex")
	require.NoError(t, err)
	require.Empty(t, keys)
	_, err = s.Keys().SPKeys(t.Context(), "nobody")
	require.Equal(t, sso.NotFound, sso.CodeOf(err), "%v", err)
}
