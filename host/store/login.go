package store

import (
	"context"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

// loginStore implements login.Store; its methods are in the files of their nouns.
type loginStore struct{ *Store }

// loginTx implements login.Tx.
type loginTx struct {
	*tx
	locked
}

// InTx implements login.Store. It runs do again, too, when a parallel login created the same user or link first.
func (s loginStore) InTx(ctx context.Context, t sso.TenantID, do func(login.Tx) error) error {
	return s.inTx(ctx, t, func(x *tx) error {
		row, err := x.lockTenant("store.in_tx", sideBySide)
		if err != nil {
			return err
		}
		return do(loginTx{x, row})
	})
}

// Active implements login.Tx. A tenant that was disabled is refused with [sso.TenantDisabled]: the caller's copy of it may be some seconds
// old, and nobody would end the session again.
func (x loginTx) Active() (useSSO bool, p sso.ProviderKey, err error) {
	if x.Disabled {
		return false, "", sso.Refuse("store.active", sso.TenantDisabled)
	}
	return x.UseSSO, sso.ProviderKey(x.Provider), nil
}
