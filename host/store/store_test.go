package store_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/store"
	"github.com/idplug/idplug/testing/storetest"
)

func open(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func sqlite(t *testing.T) *store.Store {
	t.Helper()
	s := open(t, store.Options{DSN: filepath.Join(t.TempDir(), "idplug.db")})
	_, err := s.Migrate(t.Context())
	require.NoError(t, err)
	return s
}

func TestSQLiteKeepsTheContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store { return sqlite(t) })
}
