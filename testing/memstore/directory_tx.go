package memstore

import (
	"maps"
	"slices"
	"time"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// CreateTenant implements directory.Tx.
func (x *tx) CreateTenant(t sso.Tenant, c sso.Catalogues) error {
	if x.tenants[t.ID] != nil {
		return sso.Refuse("memstore.tenant", sso.SlugTaken)
	}
	if err := x.domainsFree(t); err != nil {
		return err
	}
	x.tenants[t.ID] = newTenant(t, c)
	return nil
}

func (x *tx) domainsFree(t sso.Tenant) error {
	for id, other := range x.tenants {
		for _, d := range t.EmailDomains {
			if id != t.ID && slices.Contains(other.row.EmailDomains, d) {
				return sso.Refuse("memstore.tenant", sso.DomainTaken, "value", d)
			}
		}
	}
	return nil
}

// Tenant implements directory.Tx.
func (x *tx) Tenant() (sso.Tenant, error) {
	own, err := x.own()
	if err != nil {
		return sso.Tenant{}, err
	}
	return copyOf(own.row), nil
}

// UpdateTenant implements directory.Tx.
func (x *tx) UpdateTenant(t sso.Tenant) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	if err := x.domainsFree(t); err != nil {
		return err
	}
	created := own.row.CreatedAt // stays, as in the real store
	own.row = copyOf(t)
	own.row.CreatedAt = created
	return nil
}

// DeleteTenant implements directory.Tx.
func (x *tx) DeleteTenant() error {
	_, err := x.own()
	delete(x.tenants, x.id)
	return err
}

// Settings implements directory.Tx.
func (x *tx) Settings() (sso.Settings, error) {
	own, err := x.own()
	if err != nil {
		return sso.Settings{}, err
	}
	return copyOf(own.settings), nil
}

// Catalogues implements directory.Tx.
func (x *tx) Catalogues() (sso.Catalogues, error) {
	own, err := x.own()
	if err != nil {
		return sso.Catalogues{}, err
	}
	return copyOf(own.catalogues), nil
}

// SaveRoles implements directory.Tx.
func (x *tx) SaveRoles(c sso.Catalogue) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	own.catalogues.Roles = copyOf(c)
	return nil
}

// SaveInboxes implements directory.Tx.
func (x *tx) SaveInboxes(c sso.Catalogue) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	own.catalogues.Inboxes = copyOf(c)
	return nil
}

// RoleHolders implements directory.Tx.
func (x *tx) RoleHolders(k sso.Key) (int, error) {
	return x.count(func(u sso.User) bool { return slices.Contains(u.Roles, k) })
}

// InboxHolders implements directory.Tx.
func (x *tx) InboxHolders(k sso.Key) (int, error) {
	return x.count(func(u sso.User) bool { return slices.Contains(u.Inboxes, k) })
}

func (x *tx) count(is func(sso.User) bool) (int, error) {
	own, err := x.own()
	if err != nil {
		return 0, err
	}
	n := 0
	for _, u := range own.users {
		if is(u) {
			n++
		}
	}
	return n, nil
}

// User implements the Tx of login and directory.
func (x *tx) User(id sso.UserID) (sso.User, error) {
	own, err := x.own()
	if err != nil {
		return sso.User{}, err
	}
	u, ok := own.users[id]
	if !ok {
		return sso.User{}, sso.Refuse("memstore.user", sso.NotFound)
	}
	return copyOf(u), nil
}

// CreateUser implements the Tx of login and directory.
func (x *tx) CreateUser(u sso.User) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	if _, taken := own.users[u.ID]; taken {
		return sso.Refuse("memstore.user", sso.Duplicate)
	}
	return own.put(u)
}

// Taken implements directory.Tx.
func (x *tx) Taken(emails []sso.Email) (taken []sso.Email, err error) {
	own, err := x.own()
	if err != nil {
		return nil, err
	}
	for _, e := range emails {
		if _, found := own.userByEmail(e); found {
			taken = append(taken, e)
		}
	}
	return taken, nil
}

// UpdateUser implements the Tx of login and directory.
func (x *tx) UpdateUser(u sso.User) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	if _, ok := own.users[u.ID]; !ok {
		return sso.Refuse("memstore.user", sso.NotFound)
	}
	return own.put(u)
}

func (t *tenant) put(u sso.User) error {
	if u.Tenant != t.row.ID {
		return sso.Refuse("memstore.user", sso.NotFound)
	}
	if other, found := t.userByEmail(u.Email); found && other.ID != u.ID {
		return sso.Refuse("memstore.user", sso.EmailTaken)
	}
	t.users[u.ID] = copyOf(u)
	return nil
}

// DeleteUser implements directory.Tx.
func (x *tx) DeleteUser(id sso.UserID) error {
	if _, err := x.User(id); err != nil {
		return err
	}
	own := x.tenants[x.id]
	delete(own.users, id)
	maps.DeleteFunc(own.identities, func(_ sso.Identity, l linked) bool { return l.user == id })
	maps.DeleteFunc(own.links, func(_ string, l link) bool { return l.User == id })
	maps.DeleteFunc(own.mails, func(k mailKey, _ directory.Mail) bool { return k.user == id })
	own.endSessions(func(s sso.Session) bool { return s.User == id })
	return nil
}

// DeleteIdentities implements directory.Tx.
func (x *tx) DeleteIdentities(id sso.UserID) (int, error) {
	own, err := x.own()
	if err != nil {
		return 0, err
	}
	before := len(own.identities)
	maps.DeleteFunc(own.identities, func(_ sso.Identity, l linked) bool { return l.user == id })
	return before - len(own.identities), nil
}

// EndSessions implements directory.Tx.
func (x *tx) EndSessions(id sso.UserID) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	own.endSessions(func(s sso.Session) bool { return s.User == id })
	return nil
}

// EndAllSessions implements directory.Tx.
func (x *tx) EndAllSessions() error {
	own, err := x.own()
	if err != nil {
		return err
	}
	clear(own.sessions)
	return nil
}

// ActiveAdministrators implements the Tx of login and directory.
func (x *tx) ActiveAdministrators(except sso.UserID) (int, error) {
	own, err := x.own()
	if err != nil {
		return 0, err
	}
	return own.activeAdministrators(except), nil
}

// CreateToken implements directory.Tx.
func (x *tx) CreateToken(t directory.Token) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	if _, taken := own.tokens[t.ID]; taken {
		return sso.Refuse("memstore.token", sso.Duplicate)
	}
	own.tokens[t.ID] = copyOf(t)
	return nil
}

// DeleteToken implements directory.Tx.
func (x *tx) DeleteToken(id string) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	if _, ok := own.tokens[id]; !ok {
		return sso.Refuse("memstore.token", sso.NotFound)
	}
	delete(own.tokens, id)
	return nil
}

// CreateLink implements directory.Tx.
func (x *tx) CreateLink(l directory.Link) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	own.links[l.Hash] = link{Link: copyOf(l)}
	return nil
}

// SpendLink implements directory.Tx.
func (x *tx) SpendLink(hash string, at time.Time) (directory.Link, error) {
	own, err := x.own()
	if err != nil {
		return directory.Link{}, err
	}
	l, err := own.link(hash, at)
	if err != nil {
		return directory.Link{}, err
	}
	own.links[hash] = link{Link: l, spent: true}
	return l, nil
}

// Audit implements the Tx of login and directory. An entry without a tenant is the deployment's own and outlives the tenant it is about.
func (x *tx) Audit(e sso.AuditEntry) error {
	e.ID = x.nextID()
	if e.Tenant == "" {
		x.audit = append(x.audit, e)
		return nil
	}
	own, err := x.own()
	if err != nil {
		return err
	}
	own.audit = append(own.audit, e)
	return nil
}
