// Package memstore is the store of the tests: settings.Store, login.Store and directory.Store over one set of maps, with the transactions and
// unique constraints that the ports promise. It passes the same contract suite as the real store. Any test may enter.
package memstore

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// Store holds tenants in memory. Transactions run one after the other, each on a copy that replaces the original when it commits; whoever
// reads meanwhile sees what was committed.
type Store struct {
	writing sync.Mutex // held by the one transaction
	mu      sync.Mutex // guards everything below
	data
	twice  bool
	fail   error
	broken error // what accesses fail with when none is left
	left   int
}

// data is everything the store holds.
type data struct {
	tenants map[sso.TenantID]*tenant
	audit   []sso.AuditEntry // of the deployment itself
	lastID  int64            // of logins and audit entries
}

// New makes an empty store.
func New() *Store { return &Store{data: data{tenants: map[sso.TenantID]*tenant{}}} }

// RunTwice makes every transaction throw its first run away and run again, which the ports allow any store to do: what a transaction does
// besides writing then shows.
func (s *Store) RunTwice() { s.twice = true }

// Fail makes every later commit fail with err, after the transaction ran: nothing may be left of it. nil ends that.
func (s *Store) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// Break makes the store go away after so many more accesses, reads as well: each later one fails with err. nil ends that.
func (s *Store) Break(after int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left, s.broken = after, err
}

// reach counts an access, and tells what keeps it from the data. The lock is held.
func (s *Store) reach(ctx context.Context) error {
	if s.left--; s.broken != nil && s.left < 0 {
		return s.broken
	}
	return ctx.Err()
}

// Rows is all that each tenant has, written down, but for the traces of logins: two equal ones mean that nothing was written in between.
func (s *Store) Rows() map[sso.TenantID]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := map[sso.TenantID]string{}
	for id, own := range s.tenants {
		seen := own.clone()
		seen.logins = nil
		rows[id] = fmt.Sprintf("%+v", *seen)
	}
	return rows
}

// Settings is the store as core/settings sees it.
func (s *Store) Settings() settings.Store { return settingsStore{s} }

// Login is the store as core/login sees it.
func (s *Store) Login() login.Store { return loginStore{s} }

// Directory is the store as core/directory sees it.
func (s *Store) Directory() directory.Store { return directoryStore{s} }

// inTx runs do on a copy of the data and keeps the copy when do returns nil.
func (s *Store) inTx(ctx context.Context, t sso.TenantID, do func(*tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.twice {
		_ = do(s.begin(t))
	}
	s.mu.Lock()
	err := s.reach(ctx)
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("memstore: begin: %w", err)
	}
	x := s.begin(t)
	if err := do(x); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail == nil {
		s.data = x.data
	}
	return s.fail
}

func (s *Store) begin(t sso.TenantID) *tx {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &tx{data: s.copyFor(t), id: t}
}

// copyFor copies the data as deep as a transaction of one tenant may write.
func (d data) copyFor(t sso.TenantID) data {
	d.tenants = maps.Clone(d.tenants)
	if own := d.tenants[t]; own != nil {
		d.tenants[t] = own.clone()
	}
	d.audit = slices.Clip(d.audit)
	return d
}

// read runs do on a tenant; [sso.NotFound] when there is none.
func (s *Store) read(ctx context.Context, t sso.TenantID, do func(*tenant) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reach(ctx); err != nil {
		return fmt.Errorf("memstore: read: %w", err)
	}
	own := s.tenants[t]
	if own == nil {
		return sso.Refuse("memstore.tenant", sso.NotFound)
	}
	return do(own)
}

// tx is a transaction of one tenant; it implements the Tx of login and of directory.
type tx struct {
	data
	id sso.TenantID
}

// own is the transaction's tenant; [sso.NotFound] when there is none.
func (x *tx) own() (*tenant, error) {
	if t := x.tenants[x.id]; t != nil {
		return t, nil
	}
	return nil, sso.Refuse("memstore.tenant", sso.NotFound)
}

func (x *tx) nextID() int64 {
	x.lastID++
	return x.lastID
}

// copyOf gives what a database would give back: an equal value that shares nothing with the one that was put in.
func copyOf[T any](v T) T {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a noun that cannot be written down: a mistake in core/sso
	}
	var out T
	if err := json.Unmarshal(b, &out); err != nil {
		panic(err)
	}
	return out
}
