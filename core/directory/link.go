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

// Spent is what a spent link led to.
type Spent struct {
	User sso.User
	SSO  bool // the person goes on to the provider; else they have the password now
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

// OpenedLink is a link that works. SSO says that it leads to the provider, as invitations do while SSO is on.
type OpenedLink struct {
	Link
	SSO bool
}

// OpenLink looks at a link without spending it (mail scanners open links); [sso.LinkInvalid], for a tenant that does not exist as well.
func (s *Service) OpenLink(ctx context.Context, t sso.TenantID, token string) (OpenedLink, error) {
	link, err := s.Store.Link(ctx, t, sso.HashToken(token), s.Now())
	if sso.CodeOf(err) == sso.NotFound {
		err = sso.Refuse("directory.open_link", sso.LinkInvalid).Because(err)
	}
	if err != nil || link.Purpose != Invitation {
		return OpenedLink{Link: link}, err
	}
	on, err := s.Store.UsesSSO(ctx, t)
	return OpenedLink{Link: link, SSO: on}, err
}

// SpendLink spends a link: sets the password, creating the first administrator where the link says so, and ends the person's other sessions and
// links. An invitation while SSO is on sets nothing and leads to the provider. A refusal leaves the link unspent. Errors:
// [sso.PasswordRefused] while SSO is on, [sso.PasswordWeak], [sso.LinkInvalid], [sso.EmailTaken], [sso.UserDeactivated],
// [sso.TenantDisabled], [sso.Invalid] with problems at email and name.
func (s *Service) SpendLink(ctx context.Context, t sso.TenantID, token string, a LinkAnswer) (Spent, error) {
	const op = "directory.spend_link"
	link, err := s.OpenLink(ctx, t, token)
	if err != nil {
		return Spent{}, err
	}
	tenant, err := s.Store.Tenant(ctx, t)
	switch {
	case err != nil:
		return Spent{}, err
	case tenant.Disabled:
		return Spent{}, sso.Refuse(op, sso.TenantDisabled)
	}
	hash := ""
	if !link.SSO {
		if hash, err = s.hash(ctx, op, a.Password); err != nil {
			return Spent{}, err
		}
	}
	fresh := sso.UserID(s.NewID("u_"))
	var out Spent
	err = s.Store.InTx(ctx, t, func(tx Tx) error {
		out, err = s.spend(tx, op, link.Link, a, fresh, hash)
		return err
	})
	if err != nil {
		return Spent{}, err
	}
	return out, nil
}

// spend is the transaction of SpendLink; hash is "" when SSO was on before it.
func (s *Service) spend(tx Tx, op string, l Link, a LinkAnswer, fresh sso.UserID, hash string) (Spent, error) {
	set, err := tx.Settings()
	if err != nil {
		return Spent{}, err
	}
	switch toSSO := set.UseSSO && l.Purpose == Invitation; {
	case set.UseSSO && !toSSO:
		return Spent{}, sso.Refuse(op, sso.PasswordRefused)
	case !set.UseSSO && hash == "": // turned off this very moment
		return Spent{}, sso.Refuse(op, sso.PasswordWeak, "min", strconv.Itoa(MinPassword), "max", strconv.Itoa(MaxPassword))
	}
	if _, err := tx.SpendLink(l.Hash, s.Now()); err != nil {
		return Spent{}, err
	}
	switch {
	case l.Purpose == FirstAdministrator:
		u, err := s.firstAdministrator(tx, op, l, a, fresh, hash)
		return Spent{User: u}, err
	case set.UseSSO:
		u, err := tx.User(l.User)
		if err == nil && !u.CanSignIn() {
			err = sso.Refuse(op, sso.UserDeactivated)
		}
		return Spent{User: u, SSO: true}, err
	}
	u, err := s.setPassword(tx, op, l, hash)
	return Spent{User: u}, err
}

// hash judges a password before it does the slow work, which is only for who has a link that works, and outside the transaction.
func (s *Service) hash(ctx context.Context, op, password string) (string, error) {
	if n := utf8.RuneCountInString(password); n < MinPassword || n > MaxPassword {
		return "", sso.Refuse(op, sso.PasswordWeak, "min", strconv.Itoa(MinPassword), "max", strconv.Itoa(MaxPassword))
	}
	return s.Passwords.Hash(ctx, password)
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
	if err := tx.EndLinks(u.ID, "", s.Now()); err != nil {
		return sso.User{}, err
	}
	return u, tx.Audit(s.entry(self(u), l.Tenant, "user.password", person(u.ID)).Changing(before, userFields(u)))
}

// self is the actor of what a person does with a link.
func self(u sso.User) sso.Actor {
	return sso.Actor{Kind: sso.Person, ID: string(u.ID), Tenant: u.Tenant}
}
