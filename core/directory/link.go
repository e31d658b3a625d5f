package directory

import (
	"context"
	"strconv"
	"unicode/utf8"

	"github.com/idplug/idplug/core/sso"
)

// LinkAnswer is what a person enters on a one-time link's page.
type LinkAnswer struct {
	Email    string // FirstAdministrator without an address
	Name     string // FirstAdministrator; "" takes the address
	Password string
}

// Bounds of a password, in characters. Length is what makes it strong; rules of composition do not (NIST SP 800-63B 3.1.1.2).
const (
	MinPassword = 12
	MaxPassword = 128
)

// InviteAdministrator makes a one-time link for a tenant's first administrator (operator); the token is returned this once. With an empty
// address the person enters it. [sso.PasswordRefused] while SSO is on: such a link leads to a password.
func (s *Service) InviteAdministrator(ctx context.Context, by sso.Actor, t sso.TenantID, email string) (token string, err error) {
	const op = "directory.invite_administrator"
	if err := by.MayOperate(op); err != nil {
		return "", err
	}
	link := Link{Tenant: t, Purpose: FirstAdministrator}
	if email != "" {
		e, ok := sso.ParseEmail(email)
		if !ok {
			var ps sso.Problems
			ps.Add(sso.Failure, "email", sso.EmailInvalid)
			return "", refuse(op, ps)
		}
		link.Email = e
	}
	return s.newLink(ctx, by, op, link, target(t), func(Tx) error { return nil })
}

// InviteToPassword makes a one-time link with which an existing user sets a password; the token is returned this once. Errors:
// [sso.PasswordRefused] while SSO is on, [sso.UserDeactivated].
func (s *Service) InviteToPassword(ctx context.Context, by sso.Actor, t sso.TenantID, id sso.UserID) (token string, err error) {
	const op = "directory.invite_to_password"
	if err := by.MayAdminister(op, t); err != nil {
		return "", err
	}
	return s.newLink(ctx, by, op, Link{Tenant: t, Purpose: SetPassword, User: id}, person(id), func(tx Tx) error {
		u, err := tx.User(id)
		if err == nil && !u.CanSignIn() {
			err = sso.Refuse(op, sso.UserDeactivated)
		}
		return err
	})
}

func (s *Service) newLink(ctx context.Context, by sso.Actor, op string, l Link, about string, check func(Tx) error) (token string, err error) {
	token = s.NewToken()
	l.Hash, l.Expires = sso.HashToken(token), s.Now().Add(LinkTTL)
	err = s.Store.InTx(ctx, l.Tenant, func(tx Tx) error {
		if err := passwordsAllowed(op, tx); err != nil {
			return err
		}
		if err := check(tx); err != nil {
			return err
		}
		if err := tx.CreateLink(l); err != nil {
			return err
		}
		return tx.Audit(s.entry(by, l.Tenant, "link.create", about).Changing(nil, sso.Fields{"purpose": l.Purpose, "email": l.Email}))
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

func passwordsAllowed(op string, tx Tx) error {
	set, err := tx.Settings()
	if err == nil && set.UseSSO {
		err = sso.Refuse(op, sso.PasswordRefused)
	}
	return err
}

// OpenLink looks at a link without spending it (mail scanners open links); [sso.LinkInvalid], for a tenant that does not exist as well.
func (s *Service) OpenLink(ctx context.Context, t sso.TenantID, token string) (Link, error) {
	link, err := s.Store.Link(ctx, t, sso.HashToken(token), s.Now())
	if sso.CodeOf(err) == sso.NotFound {
		err = sso.Refuse("directory.open_link", sso.LinkInvalid).Because(err)
	}
	return link, err
}

// SpendLink spends a link: sets the password, creating the first administrator where the link says so, and ends the person's other
// sessions. The user is returned, active. A refusal leaves the link unspent. Errors: [sso.PasswordRefused] while SSO is on,
// [sso.PasswordWeak], [sso.LinkInvalid], [sso.EmailTaken], [sso.UserDeactivated], [sso.TenantDisabled], [sso.Invalid] with problems at email
// and name.
func (s *Service) SpendLink(ctx context.Context, t sso.TenantID, token string, a LinkAnswer) (sso.User, error) {
	const op = "directory.spend_link"
	link, err := s.OpenLink(ctx, t, token)
	if err != nil {
		return sso.User{}, err
	}
	if err := s.spendable(ctx, op, link, a); err != nil {
		return sso.User{}, err
	}
	hash, err := s.Passwords.Hash(ctx, a.Password) // slow, so only for who has a link that works, and outside the transaction
	if err != nil {
		return sso.User{}, err
	}
	fresh := sso.UserID(s.NewID("u_"))
	var u sso.User
	err = s.Store.InTx(ctx, t, func(tx Tx) error {
		if err := passwordsAllowed(op, tx); err != nil {
			return err
		}
		if _, err := tx.SpendLink(link.Hash, s.Now()); err != nil {
			return err
		}
		if link.Purpose == FirstAdministrator {
			u, err = s.firstAdministrator(tx, op, link, a, fresh, hash)
		} else {
			u, err = s.setPassword(tx, op, link, hash)
		}
		return err
	})
	if err != nil {
		return sso.User{}, err
	}
	return u, nil
}

// spendable judges what can be judged before the slow hash.
func (s *Service) spendable(ctx context.Context, op string, l Link, a LinkAnswer) error {
	tenant, err := s.Store.Tenant(ctx, l.Tenant)
	switch n := utf8.RuneCountInString(a.Password); {
	case err != nil:
		return err
	case tenant.Disabled:
		return sso.Refuse(op, sso.TenantDisabled)
	case n < MinPassword || n > MaxPassword:
		return sso.Refuse(op, sso.PasswordWeak, "min", strconv.Itoa(MinPassword), "max", strconv.Itoa(MaxPassword))
	}
	return nil
}

func (s *Service) firstAdministrator(tx Tx, op string, l Link, a LinkAnswer, id sso.UserID, hash string) (sso.User, error) {
	c, err := tx.Catalogues()
	if err != nil {
		return sso.User{}, err
	}
	email := string(l.Email)
	if email == "" {
		email = a.Email
	}
	u := sso.User{Tenant: l.Tenant, ID: id, Status: sso.Active, PasswordHash: hash, CreatedAt: s.Now()}
	u, ps := UserPatch{Email: &email, Name: &a.Name, Roles: &[]sso.Key{sso.Administrator}}.apply(u, c)
	if err := refuse(op, ps); err != nil {
		return sso.User{}, err
	}
	if err := tx.CreateUser(u); err != nil {
		return sso.User{}, err
	}
	return u, tx.Audit(s.entry(self(u), l.Tenant, "user.create", person(id)).Changing(nil, userFields(u)))
}

func (s *Service) setPassword(tx Tx, op string, l Link, hash string) (sso.User, error) {
	u, err := tx.User(l.User)
	if err != nil {
		return sso.User{}, err
	}
	if !u.CanSignIn() {
		return sso.User{}, sso.Refuse(op, sso.UserDeactivated)
	}
	before := userFields(u)
	u.PasswordHash, u.Status = hash, sso.Active
	if err := tx.UpdateUser(u); err != nil {
		return sso.User{}, err
	}
	if err := tx.EndSessions(u.ID); err != nil {
		return sso.User{}, err
	}
	return u, tx.Audit(s.entry(self(u), l.Tenant, "user.password", person(u.ID)).Changing(before, userFields(u)))
}

// self is the actor of what a person does with a link.
func self(u sso.User) sso.Actor {
	return sso.Actor{Kind: sso.Person, ID: string(u.ID), Tenant: u.Tenant}
}
