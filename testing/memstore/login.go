package memstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

type loginStore struct{ *Store }

// Target implements login.Store.
func (s loginStore) Target(ctx context.Context, t sso.TenantID) (target login.Target, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		target = login.Target{Tenant: copyOf(own.row), Settings: copyOf(own.settings), Catalogues: copyOf(own.catalogues)}
		if p := own.settings.Provider; p != "" {
			target.Connection = own.connection(p)
		}
		return nil
	})
	return target, err
}

// InTx implements login.Store.
func (s loginStore) InTx(ctx context.Context, t sso.TenantID, do func(login.Tx) error) error {
	return s.inTx(ctx, t, func(x *tx) error { return do(x) })
}

// MaxRefusals is how many traces of refused logins are kept of one tenant and minute.
const MaxRefusals = 120

// RecordLogin implements login.Store.
func (s loginStore) RecordLogin(ctx context.Context, r sso.LoginRecord) error {
	return s.inTx(ctx, r.Tenant, func(x *tx) error {
		own, err := x.own()
		if err != nil {
			return err
		}
		n := 0
		for _, old := range own.logins {
			if old.Outcome != sso.SignedIn && old.At.Truncate(time.Minute).Equal(r.At.Truncate(time.Minute)) {
				n++
			}
		}
		if n >= MaxRefusals {
			return nil
		}
		return x.RecordLogin(r)
	})
}

// Session implements login.Store.
func (s loginStore) Session(ctx context.Context, t sso.TenantID, hash string) (session sso.Session, u sso.User, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		found, ok := own.sessions[hash]
		if !ok {
			return sso.Refuse("memstore.session", sso.NotFound)
		}
		session, u = copyOf(found), copyOf(own.users[found.User])
		return nil
	})
	return session, u, err
}

// Seen implements login.Store.
func (s loginStore) Seen(ctx context.Context, t sso.TenantID, hash string, at time.Time) error {
	return s.inTx(ctx, t, func(x *tx) error {
		own, err := x.own()
		if err != nil {
			return err
		}
		if session, ok := own.sessions[hash]; ok {
			session.SeenAt = at
			own.sessions[hash] = session
		}
		return nil
	})
}

// UserByIdentity implements login.Store.
func (s loginStore) UserByIdentity(ctx context.Context, id sso.Identity) (u sso.User, ok bool, err error) {
	err = s.read(ctx, id.Tenant, func(own *tenant) error {
		u, ok = own.userByIdentity(id)
		return nil
	})
	return u, ok, err
}

// UserByEmail implements login.Store.
func (s loginStore) UserByEmail(ctx context.Context, t sso.TenantID, e sso.Email) (u sso.User, ok bool, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		u, ok = own.userByEmail(e)
		return nil
	})
	return u, ok, err
}

// Active implements login.Tx.
func (x *tx) Active() (bool, sso.ProviderKey, error) {
	own, err := x.own()
	if err != nil {
		return false, "", err
	}
	if own.row.Disabled {
		return false, "", sso.Refuse("memstore.active", sso.TenantDisabled)
	}
	return own.settings.UseSSO, own.settings.Provider, nil
}

// Issuer implements login.Tx.
func (x *tx) Issuer(p sso.ProviderKey) (string, error) {
	own, err := x.own()
	if err != nil {
		return "", err
	}
	return own.connections[p].IdP.EntityID, nil
}

// UseOnce implements login.Tx.
func (x *tx) UseOnce(issuer, assertionID, requestID string, until time.Time) error {
	const op = "memstore.once"
	own, err := x.own()
	if err != nil {
		return err
	}
	if _, used := own.assertions[assertion{issuer, assertionID}]; used {
		return sso.Refuse(op, sso.ReplayAssertion)
	}
	if _, used := own.requests[requestID]; used {
		return sso.Refuse(op, sso.ReplayRequest)
	}
	own.assertions[assertion{issuer, assertionID}] = until
	own.requests[requestID] = until
	return nil
}

// UseLogout implements login.Tx.
func (x *tx) UseLogout(issuer, id string, until time.Time) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	if _, used := own.assertions[assertion{issuer, id}]; used {
		return sso.Refuse("memstore.once", sso.SLOReplay)
	}
	own.assertions[assertion{issuer, id}] = until
	return nil
}

// EndSessionsOf implements login.Tx.
func (x *tx) EndSessionsOf(r sso.LogoutRequest) (ended []sso.Session, err error) {
	own, err := x.own()
	if err != nil {
		return nil, err
	}
	for _, hash := range slices.Sorted(maps.Keys(own.sessions)) {
		if session := own.sessions[hash]; r.Concerns(session) {
			delete(own.sessions, hash)
			ended = append(ended, session)
		}
	}
	return ended, nil
}

// UserByIdentity implements login.Tx.
func (x *tx) UserByIdentity(id sso.Identity) (sso.User, bool, error) {
	own, err := x.own()
	if err != nil {
		return sso.User{}, false, err
	}
	u, ok := own.userByIdentity(id)
	return u, ok, nil
}

// UserByEmail implements login.Tx.
func (x *tx) UserByEmail(e sso.Email) (sso.User, bool, error) {
	own, err := x.own()
	if err != nil {
		return sso.User{}, false, err
	}
	u, ok := own.userByEmail(e)
	return u, ok, nil
}

// HasIdentity implements login.Tx.
func (x *tx) HasIdentity(u sso.UserID, idpEntityID string) (bool, error) {
	own, err := x.own()
	if err != nil {
		return false, err
	}
	for id, l := range own.identities {
		if l.user == u && id.IDPEntityID == idpEntityID {
			return true, nil
		}
	}
	return false, nil
}

// Link implements login.Tx.
func (x *tx) Link(id sso.Identity, u sso.UserID, at time.Time) error {
	const op = "memstore.link"
	own, err := x.own()
	if err != nil {
		return err
	}
	if _, taken := own.identities[id]; taken {
		return sso.Refuse(op, sso.IdentityConflict)
	}
	if _, ok := own.users[u]; !ok || id.Tenant != x.id {
		return sso.Refuse(op, sso.NotFound)
	}
	own.identities[id] = linked{user: u, at: at}
	return nil
}

// Connection implements login.Store.
func (s loginStore) Connection(ctx context.Context, t sso.TenantID, p sso.ProviderKey) (sso.Connection, error) {
	return settingsStore(s).Connection(ctx, t, p)
}

// MarkTested implements login.Tx.
func (x *tx) MarkTested(p sso.ProviderKey, revision int64) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	if c, ok := own.connections[p]; ok && c.Revision == revision {
		c.TestedRevision = revision
		own.connections[p] = c
	}
	return nil
}

// LearnSubjectAttribute implements login.Tx.
func (x *tx) LearnSubjectAttribute(p sso.ProviderKey, attribute string) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	if c, ok := own.connections[p]; ok {
		c.SubjectAttribute = attribute
		own.connections[p] = c
	}
	return nil
}

// CreateSession implements login.Tx.
func (x *tx) CreateSession(s sso.Session) error {
	const op = "memstore.session"
	own, err := x.own()
	if err != nil {
		return err
	}
	if _, ok := own.users[s.User]; !ok || s.Tenant != x.id {
		return sso.Refuse(op, sso.NotFound)
	}
	if _, taken := own.sessions[s.Hash]; taken {
		return sso.Refuse(op, sso.Duplicate)
	}
	own.sessions[s.Hash] = copyOf(s)
	return nil
}

// Sessions implements login.Tx.
func (x *tx) Sessions(u sso.UserID) (out []sso.Session, err error) {
	own, err := x.own()
	if err != nil {
		return nil, err
	}
	for _, s := range own.sessions {
		if s.User == u {
			out = append(out, copyOf(s))
		}
	}
	slices.SortFunc(out, func(a, b sso.Session) int { return cmp.Or(b.SeenAt.Compare(a.SeenAt), strings.Compare(a.Hash, b.Hash)) })
	return out, nil
}

// EndSession implements login.Tx.
func (x *tx) EndSession(hash string) (sso.Session, bool, error) {
	own, err := x.own()
	if err != nil {
		return sso.Session{}, false, err
	}
	s, ok := own.sessions[hash]
	delete(own.sessions, hash)
	return s, ok, nil
}

// RecordLogin implements login.Tx.
func (x *tx) RecordLogin(r sso.LoginRecord) error {
	own, err := x.own()
	if err != nil {
		return err
	}
	r.ID = x.nextID()
	own.logins = append(own.logins, copyOf(r))
	return nil
}
