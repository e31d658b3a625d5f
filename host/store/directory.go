package store

import (
	"context"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// directoryStore implements directory.Store; its methods are in the files of their nouns.
type directoryStore struct{ *Store }

// directoryTx implements directory.Tx.
type directoryTx struct{ *tx }

// InTx implements directory.Store. The tenant is locked when it exists; creating one needs none.
func (s directoryStore) InTx(ctx context.Context, t sso.TenantID, do func(directory.Tx) error) error {
	return s.inTx(ctx, t, func(x *tx) error {
		if _, err := x.lockTenant("store.in_tx", alone); err != nil && sso.CodeOf(err) != sso.NotFound {
			return err
		}
		return do(directoryTx{x})
	})
}
