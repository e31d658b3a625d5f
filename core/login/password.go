package login

import (
	"context"

	"github.com/idplug/idplug/core/sso"
)

// Password signs in by password; refused with [sso.PasswordRefused] while SSO is on, whoever asks (rule 6). An unknown address, a person
// without a password and a wrong password are one answer and take one time.
func (s *Service) Password(ctx context.Context, t sso.TenantID, email, password, requestID string) (SignedIn, error) {
	const op = "login.password"
	target, err := s.Store.Target(ctx, t)
	switch {
	case err != nil:
		return SignedIn{}, err
	case target.Tenant.Disabled:
		return SignedIn{}, sso.Refuse(op, sso.TenantDisabled)
	case target.Settings.UseSSO:
		return SignedIn{}, sso.Refuse(op, sso.PasswordRefused)
	}
	var user sso.User
	if e, ok := sso.ParseEmail(email); ok {
		if user, _, err = s.Store.UserByEmail(ctx, t, e); err != nil {
			return SignedIn{}, err
		}
	}
	right, err := s.Passwords.Verify(ctx, user.PasswordHash, password)
	switch {
	case err != nil:
		return SignedIn{}, err
	case !right || user.PasswordHash == "":
		return SignedIn{}, sso.Refuse(op, sso.PasswordWrong)
	case !user.CanSignIn():
		return SignedIn{}, sso.Refuse(op, sso.UserDeactivated)
	}
	return s.openByPassword(ctx, user, requestID)
}

// openByPassword looks once more, inside the transaction, whether SSO was turned on meanwhile and whether the user still has that password.
func (s *Service) openByPassword(ctx context.Context, known sso.User, requestID string) (SignedIn, error) {
	const op = "login.password"
	now := s.Now()
	var in SignedIn
	err := s.Store.InTx(ctx, known.Tenant, func(tx Tx) error {
		if on, _, err := tx.Active(); err != nil {
			return err
		} else if on {
			return sso.Refuse(op, sso.PasswordRefused)
		}
		user, err := tx.User(known.ID)
		if err != nil {
			return err
		}
		if user.PasswordHash != known.PasswordHash || !user.CanSignIn() {
			return sso.Refuse(op, sso.PasswordWrong)
		}
		in = SignedIn{User: admitted(user, now), ReturnTo: "/"}
		in.Token, in.Session = s.newSession(user.Tenant, user.ID, now)
		in.Session.Method = sso.ByPassword
		return s.open(tx, in, sso.LoginRecord{
			Tenant: user.Tenant, At: now, RequestID: requestID, User: user.ID, Email: user.Email, Outcome: sso.SignedIn,
			Steps: []sso.Step{{Name: "password"}},
		})
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}
