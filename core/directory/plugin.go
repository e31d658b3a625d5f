package directory

import (
	"context"

	"github.com/idplug/idplug/core/sso"
)

// NotePlugin writes into the deployment's audit what an operator did to a plugin. What a plugin is, the host knows; that somebody changed it is
// kept with the other changes.
func (s *Service) NotePlugin(ctx context.Context, by sso.Actor, key sso.ProviderKey, action string, before, after sso.Fields) error {
	if err := by.MayOperate("directory.note_plugin"); err != nil {
		return err
	}
	return s.Store.InTx(ctx, "", func(tx Tx) error {
		return tx.Audit(s.entry(by, "", action, "plugin:"+string(key)).Changing(before, after))
	})
}
