package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/store"
	"github.com/idplug/idplug/testing/integration"
	"github.com/idplug/idplug/testing/storetest"
)

func postgres(t *testing.T, server *integration.Postgres) *store.Store {
	t.Helper()
	s := open(t, store.Options{DSN: server.Database(t)})
	_, err := s.Migrate(t.Context())
	require.NoError(t, err)
	return s
}

func TestPostgresKeepsTheContract(t *testing.T) {
	server := integration.StartPostgres(t)
	storetest.Run(t, func(t *testing.T) storetest.Store { return postgres(t, server) })
}
