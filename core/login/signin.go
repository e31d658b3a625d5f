package login

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// errAskPlugin asks signIn to get the profile and run the transaction again: nobody is linked to the identity.
var errAskPlugin = errors.New("login: nobody is linked, the profile is needed")

// signIn is steps 9 and 10: one-time use, the sign-in table, session and trace, in one transaction. A plugin is asked only for somebody who
// is not linked, or when roles are synced; and never inside the transaction.
func (s *Service) signIn(ctx context.Context, a *attempt) (SignedIn, error) {
	a.identify()
	if err := s.prepare(ctx, a); err != nil {
		return SignedIn{}, err
	}
	in, err := s.commit(ctx, a)
	if errors.Is(err, errAskPlugin) { // the link was removed since prepare looked
		if err = s.askPlugin(ctx, a); err == nil {
			in, err = s.commit(ctx, a)
		}
	}
	return in, err
}

// prepare asks the plugin where it is needed. For a linked person a plugin that is down skips the role sync, never the login.
func (s *Service) prepare(ctx context.Context, a *attempt) error {
	if a.subject.identity == (sso.Identity{}) {
		return s.askPlugin(ctx, a)
	}
	user, linked, err := s.Store.UserByIdentity(ctx, a.subject.identity)
	if err != nil {
		return err
	}
	if !linked {
		return s.askPlugin(ctx, a)
	}
	a.user = user
	if a.target.Settings.RoleSync != sso.SyncEveryLogin {
		return nil
	}
	if err := s.askPlugin(ctx, a); err != nil {
		a.step("role_sync", sso.CodeOf(err), "skipped")
		if s.Report != nil {
			s.Report(ctx, err)
		}
	}
	return nil
}

func (s *Service) commit(ctx context.Context, a *attempt) (SignedIn, error) {
	steps := a.steps
	var in SignedIn
	err := s.Store.InTx(ctx, a.Tenant, func(tx Tx) error {
		a.steps, a.grants = slices.Clip(steps), "" // the transaction may run again
		var err error
		in, err = s.inTx(tx, a)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

func (s *Service) inTx(tx Tx, a *attempt) (SignedIn, error) {
	const op = "login.signin"
	if on, provider, err := tx.Active(); err != nil {
		return SignedIn{}, err
	} else if !on || provider != a.target.Settings.Provider {
		return SignedIn{}, sso.Refuse(op, sso.SSOInactive)
	}
	if issuer, err := tx.Issuer(a.target.Settings.Provider); err != nil {
		return SignedIn{}, err
	} else if issuer != a.assertion.IDPEntityID {
		return SignedIn{}, sso.Refuse(op, sso.SSOInactive)
	}
	if err := tx.UseOnce(a.assertion.IDPEntityID, a.assertion.ID, a.assertion.InResponseTo, a.assertion.NotOnOrAfter); err != nil {
		return SignedIn{}, err
	}
	a.step("once", "", "")
	in, err := s.person(tx, a)
	if in.User.Email != "" {
		a.user = in.User
	}
	if err == nil {
		err = a.replacesNobodyElse(in.User)
	}
	if err != nil {
		if in.Created {
			a.user.ID = "" // nobody will have it
		}
		return SignedIn{}, err
	}
	a.step("identity", "", howFound(in))
	if err := s.requireFreshSignIn(a, in.User); err != nil {
		return SignedIn{}, err
	}
	if !in.Created {
		if err := s.syncRoles(tx, a, &in.User); err != nil {
			return SignedIn{}, err
		}
	}
	in.Token, in.Session = s.newSession(a.Tenant, in.User.ID, a.now)
	in.Session.Method, in.Session.Provider = sso.BySSO, a.target.Settings.Provider
	in.Session.IDPEntityID, in.Session.NameID = a.assertion.IDPEntityID, a.assertion.NameID
	in.Session.SessionIndex, in.Session.AuthnInstant = a.assertion.SessionIndex, a.assertion.AuthnInstant
	if end := a.assertion.SessionNotOnOrAfter; !end.IsZero() && end.Before(in.Session.ExpiresAt) {
		in.Session.ExpiresAt = end
	}
	in.User = admitted(in.User, a.now)
	return in, s.open(tx, in, a.record(sso.SignedIn, ""))
}

func howFound(in SignedIn) string {
	switch {
	case in.Created:
		return "created"
	case in.Linked:
		return "linked by e-mail"
	}
	return "linked"
}

// open writes what every successful sign-in writes: the user as they now stand, the session, the trace.
func (s *Service) open(tx Tx, in SignedIn, r sso.LoginRecord) error {
	if err := tx.UpdateUser(in.User); err != nil {
		return err
	}
	if err := tx.CreateSession(in.Session); err != nil {
		return err
	}
	return tx.RecordLogin(r)
}

// admitted is the user after a sign-in: active, and with no log-out left to answer for.
func admitted(u sso.User, now time.Time) sso.User {
	u.Status, u.LastLoginAt, u.Logout = sso.Active, now, sso.Logout{}
	return u
}

// requireFreshSignIn is rule 8: who logged out on purpose must have signed in at the provider since. A provider may ignore ForceAuthn, so the
// answer itself is judged: its AuthnInstant is strictly later than the ended session's (one clock, the provider's) and not before the
// log-out (two clocks, hence the skew).
func (s *Service) requireFreshSignIn(a *attempt, u sso.User) error {
	if !a.target.Settings.ForceReauthentication || u.Logout.At.IsZero() {
		return nil
	}
	at := a.assertion.AuthnInstant
	if at.After(u.Logout.AuthnInstant) && !at.Before(u.Logout.At.Add(-s.Options.ClockSkew)) {
		a.step("reauthentication", "", "")
		return nil
	}
	if a.Flow.Attempt == 0 {
		return errReauthenticate
	}
	return sso.Refuse("login.reauthentication", sso.ReauthenticationRequired)
}
