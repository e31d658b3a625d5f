package login

import (
	"context"
	"slices"

	"github.com/idplug/idplug/core/sso"
)

// Sessions lists the open sessions of the person that own belongs to, the one used last first.
func (s *Service) Sessions(ctx context.Context, own sso.Session) ([]sso.Session, error) {
	var open []sso.Session
	now := s.Now()
	err := s.Store.InTx(ctx, own.Tenant, func(tx Tx) error {
		user, err := tx.User(own.User)
		if err != nil {
			return err
		}
		all, err := tx.Sessions(own.User)
		open = slices.DeleteFunc(all, func(other sso.Session) bool { return !s.isOpen(other, user, now) })
		return err
	})
	return open, err
}

// EndOwn ends one other session of the person that own belongs to, by its hash; [sso.NotFound] for what is not theirs, or no more. For rule 8 it is a
// log-out: who ends a session from afar does not want it to come back in silence.
func (s *Service) EndOwn(ctx context.Context, own sso.Session, hash string) error {
	return s.endOwn(ctx, own, func(other sso.Session) bool { return other.Hash == hash }, true)
}

// EndOthers ends all sessions of the person but own.
func (s *Service) EndOthers(ctx context.Context, own sso.Session) error {
	return s.endOwn(ctx, own, func(other sso.Session) bool { return other.Hash != own.Hash }, false)
}

func (s *Service) endOwn(ctx context.Context, own sso.Session, which func(sso.Session) bool, must bool) error {
	return s.Store.InTx(ctx, own.Tenant, func(tx Tx) error {
		all, err := tx.Sessions(own.User)
		if err != nil {
			return err
		}
		found := false
		for _, other := range all {
			if !which(other) {
				continue
			}
			ended, ok, err := tx.EndSession(other.Hash)
			if err != nil {
				return err
			}
			if !ok { // another transaction was faster
				continue
			}
			found = true
			if err := s.noteLogout(tx, ended); err != nil {
				return err
			}
		}
		if must && !found {
			return sso.Refuse("login.end_own", sso.NotFound)
		}
		return nil
	})
}
