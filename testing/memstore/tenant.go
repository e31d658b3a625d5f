package memstore

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// tenant is everything one tenant has. Values in its maps are replaced, never changed.
type tenant struct {
	row         sso.Tenant
	catalogues  sso.Catalogues
	settings    sso.Settings
	connections map[sso.ProviderKey]sso.Connection
	users       map[sso.UserID]sso.User
	identities  map[sso.Identity]linked
	sessions    map[string]sso.Session
	assertions  map[assertion]time.Time
	requests    map[string]time.Time
	tokens      map[string]directory.Token // by ID
	links       map[string]link            // by hash
	mails       map[mailKey]directory.Mail
	logins      []sso.LoginRecord
	audit       []sso.AuditEntry
	spKeys      []sso.SealedKey // oldest first
}

type linked struct {
	user sso.UserID
	at   time.Time
}

type assertion struct{ issuer, id string }

type link struct {
	directory.Link
	spent bool
}

func newTenant(row sso.Tenant, c sso.Catalogues) *tenant {
	return &tenant{
		row: copyOf(row), catalogues: copyOf(c), settings: sso.NewSettings(row.ID),
		connections: map[sso.ProviderKey]sso.Connection{},
		users:       map[sso.UserID]sso.User{},
		identities:  map[sso.Identity]linked{},
		sessions:    map[string]sso.Session{},
		assertions:  map[assertion]time.Time{},
		requests:    map[string]time.Time{},
		tokens:      map[string]directory.Token{},
		links:       map[string]link{},
		mails:       map[mailKey]directory.Mail{},
	}
}

func (t *tenant) clone() *tenant {
	c := *t
	c.connections, c.users, c.identities = maps.Clone(t.connections), maps.Clone(t.users), maps.Clone(t.identities)
	c.sessions, c.assertions, c.requests = maps.Clone(t.sessions), maps.Clone(t.assertions), maps.Clone(t.requests)
	c.tokens, c.links, c.mails = maps.Clone(t.tokens), maps.Clone(t.links), maps.Clone(t.mails)
	c.logins, c.audit = slices.Clip(t.logins), slices.Clip(t.audit)
	c.spKeys = slices.Clone(t.spKeys)
	return &c
}

func (t *tenant) connection(p sso.ProviderKey) sso.Connection {
	if c, ok := t.connections[p]; ok {
		return copyOf(c)
	}
	return sso.Connection{Tenant: t.row.ID, Provider: p}
}

func (t *tenant) userByEmail(e sso.Email) (sso.User, bool) {
	for _, u := range t.users {
		if u.Email == e {
			return copyOf(u), true
		}
	}
	return sso.User{}, false
}

func (t *tenant) userByIdentity(id sso.Identity) (sso.User, bool) {
	l, ok := t.identities[id]
	if !ok {
		return sso.User{}, false
	}
	return copyOf(t.users[l.user]), true
}

func (t *tenant) person(u sso.User) directory.Person {
	p := directory.Person{User: copyOf(u)}
	if m, ok := t.mails[mailKey{u.ID, directory.InvitationMail}]; ok {
		m = copyOf(m)
		p.Mail = &m
	}
	for id, l := range t.identities {
		if l.user == u.ID {
			p.Identities = append(p.Identities, directory.LinkedIdentity{Identity: id, LinkedAt: l.at})
		}
	}
	slices.SortFunc(p.Identities, func(a, b directory.LinkedIdentity) int {
		return strings.Compare(a.IDPEntityID+" "+a.Value, b.IDPEntityID+" "+b.Value)
	})
	return p
}

// endSessions deletes the sessions that end says.
func (t *tenant) endSessions(end func(sso.Session) bool) {
	maps.DeleteFunc(t.sessions, func(_ string, s sso.Session) bool { return end(s) })
}

// activeAdministrators counts active users with the administrator role, but for one.
func (t *tenant) activeAdministrators(except sso.UserID) int {
	n := 0
	for _, u := range t.users {
		if u.ID != except && u.Status == sso.Active && u.IsAdministrator() {
			n++
		}
	}
	return n
}
