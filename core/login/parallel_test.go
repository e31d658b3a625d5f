package login_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

// lateStore looks for identities as they were before a parallel login linked them: outside of transactions, and the first time inside each.
type lateStore struct{ login.Store }

func (s lateStore) UserByIdentity(context.Context, sso.Identity) (sso.User, bool, error) {
	return sso.User{}, false, nil
}

func (s lateStore) InTx(ctx context.Context, t sso.TenantID, do func(login.Tx) error) error {
	return s.Store.InTx(ctx, t, func(tx login.Tx) error { return do(&lateTx{Tx: tx}) })
}

type lateTx struct {
	login.Tx
	looked bool
}

func (x *lateTx) UserByIdentity(id sso.Identity) (sso.User, bool, error) {
	if !x.looked {
		x.looked = true
		return sso.User{}, false, nil
	}
	return x.Tx.UserByIdentity(id)
}

func TestParallelFirstLoginsOfOnePersonAreNoConflict(t *testing.T) {
	w := newWorld(t)
	known := w.add("ada@acme.test")
	first, err := w.signIn(ada())
	require.NoError(t, err)
	require.True(t, first.Linked)

	w.service.Store = lateStore{w.service.Store}
	again, err := w.signIn(ada())
	require.NoError(t, err)
	require.Equal(t, known.ID, again.User.ID)
	require.False(t, again.Linked, "the other login did that")
	require.Len(t, w.user(known.ID).Identities, 1)

	other := ada()
	other.NameID.Value = "somebody-else"
	w.refused(other, sso.IdentityConflict)
}
