package login

import (
	"slices"

	"github.com/idplug/idplug/core/sso"
)

// person is the sign-in table: it finds, links or creates the user, or refuses. The user is returned with a refusal too, for its trace.
func (s *Service) person(tx Tx, a *attempt) (SignedIn, error) {
	const op = "login.person"
	user, found, err := tx.UserByIdentity(a.subject.identity)
	switch {
	case err != nil:
		return SignedIn{}, err
	case found && !user.CanSignIn():
		return SignedIn{User: user}, sso.Refuse(op, sso.UserDeactivated)
	case found:
		return SignedIn{User: user}, s.learn(tx, a)
	case a.subject.profile == nil:
		return SignedIn{}, errAskPlugin
	}
	email, err := a.email()
	if err != nil {
		return SignedIn{}, err
	}
	user, found, err = tx.UserByEmail(email)
	switch {
	case err != nil:
		return SignedIn{}, err
	case found:
		return s.link(tx, a, user)
	}
	return s.create(tx, a, email)
}

// email is the address of the profile, judged.
func (a *attempt) email() (sso.Email, error) {
	const op = "login.email"
	text := a.subject.profile.Email.Text
	if text == "" {
		return "", sso.Refuse(op, sso.EmailMissing, "attribute", a.emailAttribute())
	}
	email, ok := sso.ParseEmail(text)
	if !ok {
		return "", sso.Refuse(op, sso.EmailUnusable)
	}
	if !a.target.Tenant.AllowsEmail(email) {
		return "", sso.Refuse(op, sso.EmailDomain)
	}
	return email, nil
}

// link ties an existing user to the identity, once: a user who is somebody else at this provider already is never linked anew in silence.
func (s *Service) link(tx Tx, a *attempt, user sso.User) (SignedIn, error) {
	const op = "login.link"
	in := SignedIn{User: user, Linked: true}
	if !user.CanSignIn() {
		return in, sso.Refuse(op, sso.UserDeactivated)
	}
	taken, err := tx.HasIdentity(user.ID, a.assertion.IDPEntityID)
	if err != nil {
		return in, err
	}
	if !taken {
		if err := s.tie(tx, a, user.ID); err != nil {
			return in, err
		}
		return in, tx.Audit(linked(a, user))
	}
	// It may be this very identity: a parallel login of the same person can have linked it since the transaction looked.
	same, _, err := tx.UserByIdentity(a.subject.identity)
	if err != nil {
		return in, err
	}
	if same.ID != user.ID {
		return in, sso.Refuse(op, sso.IdentityConflict)
	}
	return SignedIn{User: user}, s.learn(tx, a)
}

// create makes the user that Create new user on first login promises.
func (s *Service) create(tx Tx, a *attempt, email sso.Email) (SignedIn, error) {
	const op = "login.create"
	if !a.target.Settings.JIT || !a.subject.plugin.Capabilities.JIT { // it may have been replaced since the settings were saved
		return SignedIn{User: sso.User{Email: email}}, sso.Refuse(op, sso.UserUnknown)
	}
	evidence := a.evidence()
	roles := a.target.Settings.Roles.Resolve(evidence, a.target.Catalogues.Roles)
	inboxes := a.target.Settings.Inboxes.Resolve(evidence, a.target.Catalogues.Inboxes)
	user := sso.User{
		Tenant: a.Tenant, ID: sso.UserID(s.NewID("u_")), Email: email, Name: a.subject.profile.Name(),
		Roles: roles.Keys, Inboxes: inboxes.Keys, Status: sso.Active, CreatedAt: a.now,
	}
	in := SignedIn{User: user, Created: true}
	a.grants = explain(sso.RoleFields, roles.Keys, roles) + "; " + explain(sso.InboxFields, inboxes.Keys, inboxes)
	if len(roles.Keys) == 0 {
		return in, sso.Refuse(op, sso.NoRole)
	}
	if err := tx.CreateUser(user); err != nil {
		return in, err
	}
	if err := s.tie(tx, a, user.ID); err != nil {
		return in, err
	}
	return in, tx.Audit(created(a, user, roles, inboxes))
}

func (s *Service) tie(tx Tx, a *attempt, user sso.UserID) error {
	if err := tx.Link(a.subject.identity, user, a.now); err != nil {
		return err
	}
	return s.learn(tx, a)
}

// learn remembers which attribute names people, so that later logins need no plugin.
func (s *Service) learn(tx Tx, a *attempt) error {
	if a.subject.learnt == "" {
		return nil
	}
	return tx.LearnSubjectAttribute(a.target.Settings.Provider, a.subject.learnt)
}

// syncRoles is role_sync "every_login". The last active administrator keeps that role whatever the provider says.
func (s *Service) syncRoles(tx Tx, a *attempt, u *sso.User) error {
	if a.target.Settings.RoleSync != sso.SyncEveryLogin || a.subject.profile == nil || a.subject.profile.GroupsUnknown {
		return nil
	}
	evidence := a.evidence()
	roles := a.target.Settings.Roles.Sync(u.Roles, evidence, a.target.Catalogues.Roles)
	inboxes := a.target.Settings.Inboxes.Sync(u.Inboxes, evidence, a.target.Catalogues.Inboxes)
	if len(roles) == 0 {
		roles = u.Roles // a user has at least one
	}
	if u.IsAdministrator() && !slices.Contains(roles, sso.Administrator) {
		others, err := tx.ActiveAdministrators(u.ID)
		if err != nil {
			return err
		}
		if others == 0 {
			a.step("role_sync", sso.LastAdministrator, "roles kept")
			roles = u.Roles
		}
	}
	a.grants = explain(sso.RoleFields, roles, a.target.Settings.Roles.Resolve(evidence, a.target.Catalogues.Roles)) + "; " +
		explain(sso.InboxFields, inboxes, a.target.Settings.Inboxes.Resolve(evidence, a.target.Catalogues.Inboxes))
	if slices.Equal(roles, u.Roles) && slices.Equal(inboxes, u.Inboxes) {
		return nil
	}
	before := grants{Roles: u.Roles, Inboxes: u.Inboxes}
	u.Roles, u.Inboxes = roles, inboxes
	return tx.Audit(sso.AuditEntry{
		Tenant: a.Tenant, At: a.now, Actor: bySignIn, Action: "user.role_sync", Target: "user:" + string(u.ID),
		Before: before.json(), After: grants{Roles: roles, Inboxes: inboxes}.json(),
	})
}

// bySignIn is the actor of changes that a sign-in makes.
const bySignIn = string(sso.System) + ":sign-in"
