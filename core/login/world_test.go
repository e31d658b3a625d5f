package login_test

import (
	"cmp"
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/memstore"
)

const (
	acme   = sso.TenantID("acme")
	entity = "http://www.okta.com/exk1"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a tenant with SSO on at okta, JIT on, on an in-memory store; SAML and plugin are scripted.
type world struct {
	t       *testing.T
	store   *memstore.Store
	service *login.Service
	saml    *fakeSAML
	plugin  *fakePlugin
	now     time.Time
	count   atomic.Int64
}

// glass is a box that hides nothing.
type glass struct{}

func (glass) Seal(_ string, _, plain []byte) ([]byte, error)  { return plain, nil }
func (glass) Open(_ string, _, sealed []byte) ([]byte, error) { return sealed, nil }

// brought are the names of the attributes that the trace of a sign-in holds.
func (w *world) brought(r sso.LoginRecord) []string {
	w.t.Helper()
	as, err := r.OpenAttributes(glass{})
	require.NoError(w.t, err)
	return as.Names(10)
}

func newWorld(t *testing.T, change ...func(*sso.Settings)) *world {
	t.Helper()
	w := &world{t: t, store: memstore.New(), saml: &fakeSAML{}, plugin: &fakePlugin{ready: true, jit: true}, now: start}
	id := func() string { return fmt.Sprintf("t%d", w.count.Add(1)) }
	w.service = &login.Service{
		Store: w.store.Login(), SAML: w.saml, SLO: w.saml, Providers: w.plugin, Passwords: plainPasswords{}, Now: func() time.Time { return w.now },
		NewToken: id, NewID: func(p string) string { return p + id() }, Sealer: glass{},
		Options: login.Options{SessionTTL: 12 * time.Hour, SessionIdle: 2 * time.Hour, ClockSkew: 3 * time.Minute},
		Report:  func(context.Context, error) {},
	}
	w.tx(func(tx directory.Tx) error {
		return tx.CreateTenant(sso.Tenant{ID: acme, Name: "Acme", CreatedAt: start},
			sso.Catalogues{Roles: sso.DefaultRoles(), Inboxes: sso.Catalogue{{Key: "general", Name: "General"}, {Key: "emea", Name: "EMEA"}}})
	})
	s := sso.NewSettings(acme)
	s.UseSSO, s.Provider, s.JIT, s.Version = true, "okta", true, 1
	s.Roles = sso.Mapping{Defaults: []sso.Key{"agent"}, Rows: []sso.Row{{Attribute: "groupID", Value: "admins", Grant: []sso.Key{"administrator"}}}}
	s.Inboxes = sso.Mapping{Defaults: []sso.Key{"general"}, Rows: []sso.Row{{Attribute: "groupID", Value: "emea", Grant: []sso.Key{"emea"}}}}
	for _, c := range change {
		c(&s)
	}
	w.saveSettings(s, 0)
	return w
}

func (w *world) tx(do func(directory.Tx) error) {
	w.t.Helper()
	require.NoError(w.t, w.store.Directory().InTx(w.t.Context(), acme, do))
}

func (w *world) saveSettings(s sso.Settings, expect int64) {
	w.t.Helper()
	c, err := w.store.Settings().Connection(w.t.Context(), acme, s.Provider)
	require.NoError(w.t, err)
	change := settings.Change{Tenant: acme, Settings: &s, ExpectVersion: expect}
	if c.Revision == 0 {
		c = sso.Connection{Tenant: acme, Provider: s.Provider, Revision: 1, IdP: sso.IdentityProvider{EntityID: entity}}
		change.Connection = &c
	}
	require.NoError(w.t, w.store.Settings().Save(w.t.Context(), change))
}

// change saves changed settings.
func (w *world) change(do func(*sso.Settings)) {
	w.t.Helper()
	s, _, err := w.store.Settings().State(w.t.Context(), acme)
	require.NoError(w.t, err)
	expect := s.Version
	do(&s)
	s.Version++
	w.saveSettings(s, expect)
}

// add puts a user into the tenant.
func (w *world) add(email string, change ...func(*sso.User)) sso.User {
	w.t.Helper()
	u := sso.User{Tenant: acme, ID: sso.UserID("u_" + email), Email: sso.Email(email), Name: email, Roles: []sso.Key{"agent"}, Status: sso.Active, CreatedAt: start}
	for _, c := range change {
		c(&u)
	}
	w.tx(func(tx directory.Tx) error { return tx.CreateUser(u) })
	return u
}

func (w *world) user(id sso.UserID) directory.Person {
	w.t.Helper()
	p, err := w.store.Directory().User(w.t.Context(), acme, id)
	require.NoError(w.t, err)
	return p
}

// disable disables the tenant.
func (w *world) disable() {
	w.t.Helper()
	w.tx(func(tx directory.Tx) error {
		return tx.UpdateTenant(sso.Tenant{ID: acme, Name: "Acme", CreatedAt: start, Disabled: true})
	})
}

// begin starts a login.
func (w *world) begin(loggedOut bool) login.Started {
	w.t.Helper()
	s, err := w.service.Begin(w.t.Context(), login.Begin{Tenant: acme, ReturnTo: "/inbox", LoggedOut: loggedOut})
	require.NoError(w.t, err)
	return s
}

// answer has the provider answer a started login with an assertion about a person.
func (w *world) answer(s login.Started, a sso.Assertion) (login.Finished, error) {
	if w.saml.claims = s.Flow.RequestID; w.saml.silent {
		w.saml.claims = ""
	}
	w.saml.assertion = w.complete(s.Flow.RequestID, a)
	return w.service.Finish(w.t.Context(), login.Answer{Tenant: acme, SAMLResponse: "…", Flow: &s.Flow, RequestID: "req"})
}

// complete fills what every assertion has.
func (w *world) complete(request string, a sso.Assertion) sso.Assertion {
	if a.ID == "" {
		a.ID = fmt.Sprintf("_a%d", w.count.Add(1))
	}
	if a.AuthnInstant.IsZero() {
		a.AuthnInstant = w.now
	}
	a.IDPEntityID, a.InResponseTo, a.NotOnOrAfter = cmp.Or(a.IDPEntityID, entity), request, w.now.Add(5*time.Minute)
	return a
}

// signIn is a whole login.
func (w *world) signIn(a sso.Assertion) (login.SignedIn, error) {
	w.t.Helper()
	f, err := w.answer(w.begin(false), a)
	if err != nil {
		return login.SignedIn{}, err
	}
	require.NotNil(w.t, f.SignedIn, "restarted instead of signed in")
	return *f.SignedIn, nil
}

func (w *world) refused(a sso.Assertion, code sso.Code) {
	w.t.Helper()
	before := w.sessions()
	_, err := w.signIn(a)
	require.Equal(w.t, code, sso.CodeOf(err), "%v", err)
	require.Equal(w.t, before, w.sessions(), "a refused login leaves no session")
	last := w.logins()[0]
	require.Equal(w.t, sso.Refused, last.Outcome)
	require.Equal(w.t, code, last.Code)
	require.Equal(w.t, code, last.Steps[len(last.Steps)-1].Code, "the trace ends with the refused check")
}

func (w *world) logins() []sso.LoginRecord {
	w.t.Helper()
	rs, _, err := w.store.Directory().Logins(w.t.Context(), acme, directory.LoginQuery{Page: directory.Page{Limit: 100}})
	require.NoError(w.t, err)
	return rs
}

// sessions counts successful logins, each of which has made one session.
func (w *world) sessions() int {
	n := 0
	for _, r := range w.logins() {
		if r.Outcome == sso.SignedIn {
			n++
		}
	}
	return n
}

func ada(groups ...string) sso.Assertion {
	return person("ada@acme.test", groups...)
}

func person(email string, groups ...string) sso.Assertion {
	return sso.Assertion{NameID: sso.NameID{Value: email, Format: sso.FormatEmail}, Attributes: sso.Attributes{
		{Name: "email", Values: []string{email}}, {Name: "groupID", Values: groups},
	}}
}

type fakeSAML struct {
	claims    string // InResponseTo of the next response
	silent    bool   // it claims to answer nothing
	assertion sso.Assertion
	openErr   error
	verifyErr error
	requests  []login.RequestSpec
	slo       fakeSLO
}

func (f *fakeSAML) Request(_ context.Context, s login.RequestSpec) (login.Request, error) {
	f.requests = append(f.requests, s)
	return login.Request{ID: fmt.Sprintf("id-%d", len(f.requests)), URL: "https://idp.test/sso"}, nil
}

func (f *fakeSAML) Open(context.Context, login.Target, string) (login.Response, error) {
	return &fakeResponse{f: f, steps: []sso.Step{{Name: "form", Code: sso.CodeOf(f.openErr)}}}, f.openErr
}

type fakeResponse struct {
	f     *fakeSAML
	steps []sso.Step
}

func (r *fakeResponse) InResponseTo() string { return r.f.claims }
func (r *fakeResponse) Steps() []sso.Step    { return r.steps }
func (r *fakeResponse) Verify(_ context.Context, e login.Expectation) (sso.Assertion, error) {
	r.steps = append(r.steps, sso.Step{Name: "signature", Code: sso.CodeOf(r.f.verifyErr)})
	if r.f.verifyErr == nil && e.RequestID != r.f.assertion.InResponseTo {
		return sso.Assertion{}, sso.Refuse("fake", sso.CorrRequest)
	}
	return r.f.assertion, r.f.verifyErr
}

// fakePlugin reads the e-mail from "email", the stable subject from "uid" and groups from "groupID", as okta does.
type fakePlugin struct {
	ready, jit    bool
	groupsUnknown bool
	subject       string // the attribute that names people, "" for uid
	problems      sso.Problems
	err           error
	calls         atomic.Int64
	asked         atomic.Value // the sso.ProviderKey that was asked for last
}

func (p *fakePlugin) Provider(k sso.ProviderKey) (sso.Provider, error) {
	p.asked.Store(k)
	if !p.ready {
		return nil, sso.Refuse("fake", sso.ProviderUnavailable, "provider", string(k))
	}
	return p, nil
}

func (p *fakePlugin) Manifest() sso.Manifest {
	return sso.Manifest{
		Key: "okta", Capabilities: sso.Capabilities{JIT: p.jit, Profile: true},
		AttributeHints: []sso.AttributeHint{{Name: "user.email", For: "email"}},
	}
}

func (p *fakePlugin) Metadata(context.Context, sso.MetadataQuery) (sso.MetadataAdvice, error) {
	return sso.MetadataAdvice{}, nil
}

func (p *fakePlugin) Profile(_ context.Context, a sso.Assertion) (sso.Profile, error) {
	p.calls.Add(1)
	if p.err != nil {
		return sso.Profile{}, p.err
	}
	out := sso.Profile{GroupsUnknown: p.groupsUnknown, DisplayName: first(a, "name"), Email: first(a, "email"), Subject: first(a, cmp.Or(p.subject, "uid")), Problems: p.problems}
	for _, v := range a.Attributes.Values("groupList") {
		for _, g := range sso.SplitValue(v) {
			out.Groups = append(out.Groups, sso.Value{Text: g, From: "groupList", Op: sso.Split})
		}
	}
	return out, nil
}

func first(a sso.Assertion, name string) sso.Value {
	if vs := a.Attributes.Values(name); len(vs) > 0 {
		return sso.Value{Text: vs[0], From: name, Op: sso.AsIs}
	}
	return sso.Value{}
}

type plainPasswords struct{}

func (plainPasswords) Verify(_ context.Context, hash, password string) (bool, error) {
	return hash == "hash:"+password, nil
}
