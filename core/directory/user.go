package directory

import (
	"context"
	"slices"
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// NewUser is what an administrator sends.
type NewUser struct {
	Email   string
	Name    string // "" takes the address
	Roles   []sso.Key
	Inboxes []sso.Key
}

// UserPatch changes what is not nil.
type UserPatch struct {
	Email   *string
	Name    *string
	Roles   *[]sso.Key
	Inboxes *[]sso.Key
	Status  *sso.Status // active or deactivated; who was deactivated before they ever signed in becomes invited again instead of active
	// Expect is the [Revision] that the change is made to; "" changes whatever there is.
	Expect string
}

// Users lists people; next is "" on the last part.
func (s *Service) Users(ctx context.Context, by sso.Actor, t sso.TenantID, q UserQuery) (part []Person, next string, err error) {
	const op = "directory.users"
	if err := by.MayAdminister(op, t); err != nil {
		return nil, "", err
	}
	if !q.Order.Valid() {
		return nil, "", sso.Refuse(op, sso.BadRequest, "detail", "people cannot be listed in this order")
	}
	q.Page, q.Search = q.bounded(), strings.TrimSpace(q.Search)
	return s.Store.Users(ctx, t, q)
}

// User reads one person.
func (s *Service) User(ctx context.Context, by sso.Actor, t sso.TenantID, id sso.UserID) (Person, error) {
	if err := by.MayAdminister("directory.user", t); err != nil {
		return Person{}, err
	}
	return s.Store.User(ctx, t, id)
}

// CreateUser adds a person and sends an invitation; where none can be sent, the person's NotInvited says why. Errors: [sso.Invalid] with
// problems at email, name, roles and inboxes; [sso.EmailTaken].
func (s *Service) CreateUser(ctx context.Context, by sso.Actor, t sso.TenantID, n NewUser) (Person, error) {
	const op = "directory.create_user"
	if err := by.MayAdminister(op, t); err != nil {
		return Person{}, err
	}
	notReady, err := s.notReady(ctx, t)
	if err != nil {
		return Person{}, err
	}
	u := sso.User{Tenant: t, ID: sso.UserID(s.NewID("u_")), Status: sso.Invited, CreatedAt: s.Now()}
	err = s.Store.InTx(ctx, t, func(tx Tx) error {
		c, err := tx.Catalogues()
		if err != nil {
			return err
		}
		var ps sso.Problems
		u, ps = UserPatch{Email: &n.Email, Name: &n.Name, Roles: &n.Roles, Inboxes: &n.Inboxes}.apply(u, c)
		if err := refuse(op, ps); err != nil {
			return err
		}
		return s.add(tx, by, u, notReady == "")
	})
	if err != nil {
		return Person{}, err
	}
	p, err := s.Store.User(ctx, t, u.ID)
	p.NotInvited = notReady
	return p, err
}

// add writes a person who was judged: everything that adding somebody brings with it, for one and for many. The mail is queued in the same
// transaction: there is no person without it, and no mail without the person.
func (s *Service) add(tx Tx, by sso.Actor, u sso.User, invite bool) error {
	if err := tx.CreateUser(u); err != nil {
		return err
	}
	if invite && u.Status == sso.Invited {
		if err := tx.QueueMail(s.newMail(u, InvitationMail, by.Language)); err != nil {
			return err
		}
	}
	return tx.Audit(s.entry(by, u.Tenant, "user.create", person(u.ID)).Changing(nil, userFields(u)))
}

// UpdateUser changes a person. Deactivating one ends their sessions (rule 7). Errors: as for CreateUser, problems at status,
// [sso.VersionConflict] when the person is not as the patch expects, and [sso.LastAdministrator] for a change that leaves the tenant without
// an active administrator (rule 11), whoever asks.
func (s *Service) UpdateUser(ctx context.Context, by sso.Actor, t sso.TenantID, id sso.UserID, p UserPatch) (Person, error) {
	const op = "directory.update_user"
	if err := by.MayAdminister(op, t); err != nil {
		return Person{}, err
	}
	err := s.Store.InTx(ctx, t, func(tx Tx) error {
		c, err := tx.Catalogues()
		if err != nil {
			return err
		}
		before, err := tx.User(id)
		if err != nil {
			return err
		}
		if err := expected(op, p.Expect, Revision(before)); err != nil {
			return err
		}
		u, ps := p.apply(before, c)
		if err := refuse(op, ps); err != nil {
			return err
		}
		if before.Status == sso.Deactivated && u.Status == sso.Active && neverCame(u) {
			u.Status = sso.Invited // as they were
		}
		if err := keepAdministrator(op, tx, before, u); err != nil {
			return err
		}
		if err := tx.UpdateUser(u); err != nil {
			return err
		}
		gone := u.Status == sso.Deactivated && before.Status != sso.Deactivated
		if gone || u.Email != before.Email { // a link in another's mailbox must not let them in
			if err := s.endInvitation(tx, id); err != nil {
				return err
			}
		}
		if gone {
			if err := tx.EndSessions(id); err != nil {
				return err
			}
		}
		return tx.Audit(s.entry(by, t, "user.update", person(id)).Changing(userFields(before), userFields(u)))
	})
	if err != nil {
		return Person{}, err
	}
	return s.Store.User(ctx, t, id)
}

// neverCame reports whether a person has not signed in and could not have: there is no password either.
func neverCame(u sso.User) bool { return u.LastLoginAt.IsZero() && u.PasswordHash == "" }

// DeleteUser deletes a person with their sessions, identities and links; [sso.LastAdministrator] as for UpdateUser.
func (s *Service) DeleteUser(ctx context.Context, by sso.Actor, t sso.TenantID, id sso.UserID) error {
	const op = "directory.delete_user"
	if err := by.MayAdminister(op, t); err != nil {
		return err
	}
	return s.Store.InTx(ctx, t, func(tx Tx) error {
		before, err := tx.User(id)
		if err != nil {
			return err
		}
		if err := keepAdministrator(op, tx, before, sso.User{}); err != nil {
			return err
		}
		if err := tx.DeleteUser(id); err != nil {
			return err
		}
		return tx.Audit(s.entry(by, t, "user.delete", person(id)).Changing(userFields(before), nil))
	})
}

// DeleteIdentities unlinks a person from all providers and ends their sessions, so that the next sign-in links anew by e-mail: the cure for
// identity_conflict, and for a wrong link.
func (s *Service) DeleteIdentities(ctx context.Context, by sso.Actor, t sso.TenantID, id sso.UserID) error {
	const op = "directory.delete_identities"
	if err := by.MayAdminister(op, t); err != nil {
		return err
	}
	return s.Store.InTx(ctx, t, func(tx Tx) error {
		if _, err := tx.User(id); err != nil {
			return err
		}
		n, err := tx.DeleteIdentities(id)
		if err != nil {
			return err
		}
		if err := tx.EndSessions(id); err != nil { // whoever was linked wrongly may still be signed in
			return err
		}
		return tx.Audit(s.entry(by, t, "user.unlink", person(id)).Changing(sso.Fields{"identities": n}, sso.Fields{"identities": 0}))
	})
}

// keepAdministrator refuses a change that takes the last active administrator away.
func keepAdministrator(op string, tx Tx, before, after sso.User) error {
	if !administers(before) || administers(after) {
		return nil
	}
	others, err := tx.ActiveAdministrators(before.ID)
	if err == nil && others == 0 {
		err = sso.Refuse(op, sso.LastAdministrator)
	}
	return err
}

func administers(u sso.User) bool { return u.Status == sso.Active && u.IsAdministrator() }

// apply is u with the patch, judged against the catalogues.
func (p UserPatch) apply(u sso.User, c sso.Catalogues) (sso.User, sso.Problems) {
	var ps sso.Problems
	if p.Email != nil {
		e, ok := sso.ParseEmail(*p.Email)
		if !ok {
			ps.Add(sso.Failure, "email", sso.EmailInvalid)
		}
		u.Email = e
	}
	if p.Name != nil {
		u.Name = strings.TrimSpace(*p.Name)
		if u.Name == "" {
			u.Name = nameOf(u.Email)
		} else {
			ps = append(ps, checkName(u.Name)...)
		}
	}
	if p.Roles != nil {
		if len(*p.Roles) == 0 {
			ps.Add(sso.Failure, "roles", sso.RoleRequired)
		}
		ps = append(ps, sso.CheckGrant("roles", *p.Roles, c.Roles)...)
		u.Roles = c.Roles.Order(*p.Roles)
	}
	if p.Inboxes != nil {
		ps = append(ps, sso.CheckGrant("inboxes", *p.Inboxes, c.Inboxes)...)
		u.Inboxes = c.Inboxes.Order(*p.Inboxes)
	}
	if p.Status != nil && *p.Status != u.Status {
		if !slices.Contains([]sso.Status{sso.Active, sso.Deactivated}, *p.Status) {
			ps.Add(sso.Failure, "status", sso.StatusInvalid, "value", string(*p.Status))
		}
		u.Status = *p.Status
	}
	return u, ps
}

// nameOf is the name of somebody of whom only the address is known; an address may be longer than a name.
func nameOf(e sso.Email) string { return string(e[:min(len(e), sso.MaxName)]) }

func person(id sso.UserID) string { return "user:" + string(id) }

func userFields(u sso.User) sso.Fields {
	return sso.Fields{
		"email": u.Email, "name": u.Name, "roles": append([]sso.Key{}, u.Roles...), "inboxes": append([]sso.Key{}, u.Inboxes...),
		"status": u.Status,
	}
}
