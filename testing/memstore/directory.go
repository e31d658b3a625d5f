package memstore

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

type directoryStore struct{ *Store }

// InTx implements directory.Store.
func (s directoryStore) InTx(ctx context.Context, t sso.TenantID, do func(directory.Tx) error) error {
	return s.inTx(ctx, t, func(x *tx) error { return do(x) })
}

// Tenant implements directory.Store.
func (s directoryStore) Tenant(ctx context.Context, t sso.TenantID) (row sso.Tenant, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		row = copyOf(own.row)
		return nil
	})
	return row, err
}

// Tenants implements directory.Store.
func (s directoryStore) Tenants(ctx context.Context, p directory.Page) ([]sso.Tenant, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reach(ctx); err != nil {
		return nil, "", err
	}
	var all []sso.Tenant
	for _, t := range s.tenants {
		all = append(all, copyOf(t.row))
	}
	part, next := byName(all, p, func(t sso.Tenant) string { return string(t.ID) })
	return part, next, nil
}

// Catalogues implements directory.Store.
func (s directoryStore) Catalogues(ctx context.Context, t sso.TenantID) (c sso.Catalogues, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		c = copyOf(own.catalogues)
		return nil
	})
	return c, err
}

// User implements directory.Store.
func (s directoryStore) User(ctx context.Context, t sso.TenantID, id sso.UserID) (p directory.Person, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		u, ok := own.users[id]
		if !ok {
			return sso.Refuse("memstore.user", sso.NotFound)
		}
		p = own.person(u)
		return nil
	})
	return p, err
}

// Users implements directory.Store.
func (s directoryStore) Users(ctx context.Context, t sso.TenantID, q directory.UserQuery) (out []directory.Person, next string, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		var all []directory.Person
		search := strings.ToLower(q.Search)
		for _, u := range own.users {
			named := strings.Contains(strings.ToLower(u.Name), search) || strings.Contains(string(u.Email), search)
			if named && (q.Status == "" || q.Status == u.Status) && (q.Role == "" || slices.Contains(u.Roles, q.Role)) {
				all = append(all, own.person(u))
			}
		}
		out, next, err = inOrder(all, q)
		return err
	})
	return out, next, err
}

// Tokens implements directory.Store.
func (s directoryStore) Tokens(ctx context.Context, t sso.TenantID) (out []directory.Token, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		for _, token := range own.tokens {
			out = append(out, copyOf(token))
		}
		slices.SortFunc(out, func(a, b directory.Token) int { return strings.Compare(a.ID, b.ID) })
		return nil
	})
	return out, err
}

// TokenByHash implements directory.Store.
func (s directoryStore) TokenByHash(ctx context.Context, hash string) (directory.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reach(ctx); err != nil {
		return directory.Token{}, err
	}
	for _, own := range s.tenants {
		for _, token := range own.tokens {
			if token.Hash == hash && own.counts(token) {
				return copyOf(token), nil
			}
		}
	}
	return directory.Token{}, sso.Refuse("memstore.token", sso.NotFound)
}

// counts reports whether a token's maker, where it is one of the tenant's people, is an active administrator.
func (t *tenant) counts(token directory.Token) bool {
	id, person := strings.CutPrefix(token.CreatedBy, string(sso.Person)+":")
	maker := t.users[sso.UserID(id)]
	return !person || (maker.Status == sso.Active && maker.IsAdministrator())
}

// Link implements directory.Store.
func (s directoryStore) Link(ctx context.Context, t sso.TenantID, hash string, now time.Time) (l directory.Link, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		l, err = own.link(hash, now)
		return err
	})
	return l, err
}

// link finds a link that still works; [sso.LinkInvalid].
func (t *tenant) link(hash string, now time.Time) (directory.Link, error) {
	l, ok := t.links[hash]
	if !ok || l.spent || !now.Before(l.Expires) {
		return directory.Link{}, sso.Refuse("memstore.link", sso.LinkInvalid)
	}
	return copyOf(l.Link), nil
}

// TenantsByEmail implements directory.Store.
func (s directoryStore) TenantsByEmail(ctx context.Context, e sso.Email) ([]sso.TenantID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reach(ctx); err != nil {
		return nil, err
	}
	var out []sso.TenantID
	for id, own := range s.tenants {
		if slices.Contains(own.row.EmailDomains, e.Domain()) {
			return []sso.TenantID{id}, nil
		}
		if _, known := own.userByEmail(e); known {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out[:min(len(out), 10)], nil
}

// TenantOfDomain implements directory.Store.
func (s directoryStore) TenantOfDomain(ctx context.Context, domain string) (sso.TenantID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reach(ctx); err != nil {
		return "", err
	}
	var with []sso.TenantID
	for id, own := range s.tenants {
		if slices.Contains(own.row.EmailDomains, domain) {
			return id, nil
		}
		for _, u := range own.users {
			if u.Email.Domain() == domain && !slices.Contains(with, id) {
				with = append(with, id)
			}
		}
	}
	if len(with) != 1 {
		return "", nil
	}
	return with[0], nil
}

// Logins implements directory.Store.
func (s directoryStore) Logins(ctx context.Context, t sso.TenantID, q directory.LoginQuery) (out []sso.LoginRecord, next string, err error) {
	err = s.read(ctx, t, func(own *tenant) error {
		out, next, err = newestFirst(own.logins, q.Page, func(r sso.LoginRecord) int64 { return r.ID }, func(r sso.LoginRecord) bool {
			return (q.Outcome == "" || q.Outcome == r.Outcome) && (q.Code == "" || q.Code == r.Code)
		})
		return err
	})
	return out, next, err
}

// Audit implements directory.Store.
func (s directoryStore) Audit(ctx context.Context, t sso.TenantID, q directory.AuditQuery) (out []sso.AuditEntry, next string, err error) {
	id := func(e sso.AuditEntry) int64 { return e.ID }
	wanted := func(e sso.AuditEntry) bool {
		return (q.Action == "" || q.Action == e.Action) && (q.Actor == "" || q.Actor == e.Actor)
	}
	if t == "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		return newestFirst(s.audit, q.Page, id, wanted)
	}
	err = s.read(ctx, t, func(own *tenant) error {
		out, next, err = newestFirst(own.audit, q.Page, id, wanted)
		return err
	})
	return out, next, err
}

// inOrder is the part of all that q asks for. The cursor is the place of the last one given.
func inOrder(all []directory.Person, q directory.UserQuery) (part []directory.Person, next string, err error) {
	place := func(p directory.Person) string {
		switch q.Order {
		case directory.ByName:
			return strings.ToLower(p.Name) + "\n" + string(p.Email)
		case directory.ByCreation:
			return moment(p.CreatedAt) + string(p.Email)
		case directory.ByLastLogin:
			return moment(p.LastLoginAt) + string(p.Email)
		case directory.ByEmail:
		}
		return string(p.Email)
	}
	if timed := q.Order == directory.ByCreation || q.Order == directory.ByLastLogin; timed && q.Cursor != "" && len(q.Cursor) <= len(moment(time.Time{})) {
		return nil, "", sso.Refuse("memstore.users", sso.BadRequest, "detail", "no such cursor")
	}
	if !q.Descending {
		part, next = byName(all, q.Page, place)
		return part, next, nil
	}
	slices.SortFunc(all, func(a, b directory.Person) int { return strings.Compare(place(b), place(a)) })
	for _, p := range all {
		if q.Cursor != "" && place(p) >= q.Cursor {
			continue
		}
		if len(part) == q.Limit {
			return part, place(part[len(part)-1]), nil
		}
		part = append(part, p)
	}
	return part, "", nil
}

// moment is a time as text that sorts as times do; the zero time is first.
func moment(t time.Time) string {
	if t.IsZero() {
		return strings.Repeat("0", len(sortable))
	}
	return t.UTC().Format(sortable)
}

const sortable = "2006-01-02T15:04:05.000000000"
