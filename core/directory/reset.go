package directory

import (
	"context"
	"errors"

	"github.com/idplug/idplug/core/sso"
)

// RequestReset queues a mail with which the person of an address sets a new password, in the tenant t or, with "", in every tenant that the
// address leads to. Within five minutes there is one mail, however often it is asked for. For an address that nobody has, a deactivated person and a tenant with SSO on nothing happens: no answer may tell.
func (s *Service) RequestReset(ctx context.Context, t sso.TenantID, email, language string) error {
	e, ok := sso.ParseEmail(email)
	if !ok {
		return nil
	}
	tenants := []sso.TenantID{t}
	if t == "" {
		var err error
		if tenants, err = s.Store.TenantsByEmail(ctx, e); err != nil {
			return err
		}
	}
	var errs []error
	for _, t := range tenants {
		err := s.Store.InTx(ctx, t, func(tx Tx) error { return s.reset(tx, e, language) })
		if sso.CodeOf(err) != sso.NotFound { // of a tenant that somebody made up
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (s *Service) reset(tx Tx, e sso.Email, language string) error {
	tenant, err := tx.Tenant()
	if err != nil || tenant.Disabled {
		return err
	}
	set, err := tx.Settings()
	if err != nil || set.UseSSO {
		return err
	}
	u, found, err := tx.UserByEmail(e)
	if err != nil || !found || !u.CanSignIn() {
		return err
	}
	m, err := tx.Mail(u.ID, ResetMail)
	switch {
	case err == nil && m.State != MailFailed && s.Now().Before(m.QueuedAt.Add(resetPause)):
		return nil // it is on its way
	case err != nil && sso.CodeOf(err) != sso.NotFound:
		return err
	}
	if err := tx.QueueMail(s.newMail(u, ResetMail, language)); err != nil {
		return err
	}
	return tx.Audit(s.entry(sso.Actor{Kind: sso.System, ID: "reset"}, tenant.ID, "user.reset", person(u.ID)))
}
