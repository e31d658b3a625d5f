package login_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

var operator = sso.Actor{Kind: sso.Operator, ID: "test"}

// prepare keeps a connection of another provider.
func (w *world) prepare(p sso.ProviderKey) {
	w.t.Helper()
	c := sso.Connection{Tenant: acme, Provider: p, Revision: 3, IdP: sso.IdentityProvider{
		EntityID: entity, SSO: []sso.Endpoint{{Binding: sso.BindingRedirect, URL: "https://idp.test/sso"}}, Certificates: []sso.Certificate{{SHA256: "aa", NotAfter: start.AddDate(1, 0, 0)}},
	}}
	require.NoError(w.t, w.store.Settings().Save(w.t.Context(), settings.Change{Tenant: acme, Connection: &c}))
}

func (w *world) connection(p sso.ProviderKey) sso.Connection {
	w.t.Helper()
	c, err := w.store.Settings().Connection(w.t.Context(), acme, p)
	require.NoError(w.t, err)
	return c
}

// administrator is somebody who has signed in and may test azure.
func (w *world) administrator() sso.Actor {
	w.t.Helper()
	w.prepare("azure")
	admin := w.add("boss@acme.test", func(u *sso.User) { u.Roles = []sso.Key{sso.Administrator} })
	in, err := w.signIn(person("boss@acme.test"))
	require.NoError(w.t, err)
	return sso.Actor{Kind: sso.Person, ID: string(admin.ID), Tenant: acme, Admin: true, Session: in.Session.Hash}
}

func (w *world) beginTest(by sso.Actor, p sso.ProviderKey) login.Started {
	w.t.Helper()
	ticket, err := w.service.Test(w.t.Context(), by, acme, p)
	require.NoError(w.t, err)
	started, err := w.service.StartTest(w.t.Context(), ticket, by.Session)
	require.NoError(w.t, err)
	return started
}

// tested is the outcome of a test that was answered.
func (w *world) tested(s login.Started, a sso.Assertion) login.Tested {
	w.t.Helper()
	f, err := w.answer(s, a)
	require.NoError(w.t, err)
	require.Nil(w.t, f.SignedIn)
	require.Nil(w.t, f.Restart)
	require.NotNil(w.t, f.Tested)
	return *f.Tested
}

func TestTest_ShowsWhatALoginWouldDoAndDoesNothingOfIt(t *testing.T) {
	w := newWorld(t)
	w.prepare("azure")
	got := w.tested(w.beginTest(operator, "azure"), ada("admins"))
	require.Nil(t, got.Refusal)
	require.True(t, got.Works && got.Created)
	require.Equal(t, sso.Email("ada@acme.test"), got.User.Email)
	require.Equal(t, []sso.Key{"administrator"}, got.Roles.Keys)
	require.Equal(t, []int{0}, got.Roles.Matched)
	require.True(t, got.Inboxes.Defaulted)

	require.Zero(t, w.sessions())
	_, found, err := w.store.Login().UserByEmail(t.Context(), acme, "ada@acme.test")
	require.NoError(t, err)
	require.False(t, found, "a test creates nobody")
	last := w.logins()[0]
	require.Equal(t, sso.Tried, last.Outcome)
	require.Empty(t, last.Code)
	require.Empty(t, last.User)
	require.Equal(t, sso.ProviderKey("azure"), last.Provider)
	require.Equal(t, int64(3), w.connection("azure").TestedRevision)
	require.Equal(t, []string{"email", "groupID"}, w.brought(last))
	require.Zero(t, w.connection("okta").TestedRevision)
}

func TestTest_LinksNobody(t *testing.T) {
	w := newWorld(t)
	w.prepare("azure")
	u := w.add("ada@acme.test")
	got := w.tested(w.beginTest(operator, "azure"), ada())
	require.True(t, got.Linked)
	require.Equal(t, u.ID, got.User.ID)
	require.Empty(t, w.user(u.ID).Identities)
	require.True(t, w.user(u.ID).LastLoginAt.IsZero())
}

func TestTest_WorksWhileSSOIsOff(t *testing.T) {
	w := newWorld(t, func(s *sso.Settings) { s.UseSSO = false })
	w.prepare("azure")
	require.True(t, w.tested(w.beginTest(operator, "azure"), ada()).Works)
}

func TestTest_SaysWhyALoginWouldBeRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(w *world)
		who   sso.Assertion
		code  sso.Code
		works bool
	}{
		"nobody here":       {func(w *world) { w.change(func(s *sso.Settings) { s.JIT = false }) }, ada(), sso.UserUnknown, true},
		"no e-mail address": {func(*world) {}, sso.Assertion{NameID: sso.NameID{Value: "x"}}, sso.EmailMissing, false},
		"plugin down":       {func(w *world) { w.plugin.ready = false }, ada(), sso.ProviderUnavailable, false},
		"wrong key":         {func(w *world) { w.saml.verifyErr = sso.Refuse("x", sso.SigUntrustedKey) }, ada(), sso.SigUntrustedKey, false},
		"nothing asked for": {func(w *world) { w.saml.silent = true }, ada(), sso.CorrUnsolicited, false},
		"tenant disabled":   {func(w *world) { w.disable() }, ada(), sso.TenantDisabled, false},
		"no XML":            {func(w *world) { w.saml.openErr = sso.Refuse("x", sso.XMLMalformed) }, ada(), sso.XMLMalformed, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.prepare("azure")
			begun := w.beginTest(operator, "azure")
			c.spoil(w)
			got := w.tested(begun, c.who)
			require.NotNil(t, got.Refusal)
			require.Equal(t, c.code, got.Refusal.Code)
			require.Equal(t, c.code, got.Steps[len(got.Steps)-1].Code)
			require.Equal(t, c.works, got.Works)
			require.Equal(t, c.works, w.connection("azure").TestedRevision == 3)
			require.Equal(t, sso.Tried, w.logins()[0].Outcome)
			require.Equal(t, c.code, w.logins()[0].Code)
		})
	}
}

// TestTest_AnswersAreNoLoginsAndLoginsNoTests exchanges the two: neither ever passes for the other.
func TestTest_AnswersAreNoLoginsAndLoginsNoTests(t *testing.T) {
	w := newWorld(t)
	w.prepare("okta2")
	test, begun := w.beginTest(operator, "okta2"), w.begin(false)
	finish := func(flow login.Flow, answers login.Started) (login.Finished, error) {
		w.saml.claims, w.saml.assertion = answers.Flow.RequestID, w.complete(answers.Flow.RequestID, ada())
		return w.service.Finish(t.Context(), login.Answer{Tenant: acme, Flow: &flow})
	}
	_, err := finish(begun.Flow, test)
	require.Equal(t, sso.CorrRequest, sso.CodeOf(err), "a test's answer with a login's flow")
	f, err := finish(test.Flow, begun)
	require.NoError(t, err)
	require.Nil(t, f.SignedIn, "a login's answer with a test's flow")
	require.Equal(t, sso.CorrRequest, f.Tested.Refusal.Code)
	require.False(t, f.Tested.Works)
	require.Zero(t, w.connection("okta2").TestedRevision)
	require.Zero(t, w.sessions())

	require.True(t, w.tested(test, ada()).Works, "each with its own is taken")
	in, err := w.answer(begun, ada())
	require.NoError(t, err)
	require.NotNil(t, in.SignedIn)
	require.Nil(t, in.Tested)
}

func TestTest_AnAnswerCountsOnce(t *testing.T) {
	w := newWorld(t)
	w.prepare("azure")
	begun := w.beginTest(operator, "azure")
	once := ada()
	once.ID = "_once"
	require.True(t, w.tested(begun, once).Works)
	_, err := w.answer(begun, once)
	require.Equal(t, sso.ReplayAssertion, sso.CodeOf(err))
}

func TestTest_AChangedConnectionIsNotTested(t *testing.T) {
	w := newWorld(t)
	w.prepare("azure")
	begun := w.beginTest(operator, "azure")
	c := w.connection("azure")
	c.Revision++
	require.NoError(t, w.store.Settings().Save(t.Context(), settings.Change{Tenant: acme, Connection: &c, ExpectRevision: 3}))
	require.True(t, w.tested(begun, ada()).Works)
	require.Zero(t, w.connection("azure").TestedRevision)
}

func TestTest_TicketsAreForOneBrowserOnceAndSoon(t *testing.T) {
	w := newWorld(t)
	by := w.administrator()
	start := func(k login.Ticket, session string) sso.Code {
		_, err := w.service.StartTest(t.Context(), k, session)
		return sso.CodeOf(err)
	}
	ticket := func(by sso.Actor) login.Ticket {
		k, err := w.service.Test(t.Context(), by, acme, "azure")
		require.NoError(t, err)
		return k
	}
	k := ticket(by)
	require.Equal(t, sso.LinkInvalid, start(k, ""), "no session")
	require.Equal(t, sso.LinkInvalid, start(k, "another"), "another's session")
	require.Empty(t, start(k, by.Session))
	require.Equal(t, sso.LinkInvalid, start(k, by.Session), "spent")
	k = ticket(operator)
	require.Empty(t, start(k, ""))
	require.Equal(t, sso.LinkInvalid, start(k, ""), "spent")
	k = ticket(operator)
	w.now = w.now.Add(login.FlowTTL + time.Second)
	require.Equal(t, sso.LinkInvalid, start(k, ""), "too late")
}

// TestTest_TheTesterIsStillAnAdministrator with an open session, when the test is started and at the end.
func TestTest_TheTesterIsStillAnAdministrator(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world, by sso.Actor)
		code   sso.Code
	}{
		"nothing":           {func(*world, sso.Actor) {}, ""},
		"no longer one":     {func(w *world, by sso.Actor) { w.edit(by, func(u *sso.User) { u.Roles = []sso.Key{"agent"} }) }, sso.Forbidden},
		"deactivated":       {func(w *world, by sso.Actor) { w.edit(by, func(u *sso.User) { u.Status = sso.Deactivated }) }, sso.Unauthorized},
		"idle for too long": {func(w *world, _ sso.Actor) { w.now = w.now.Add(2 * time.Hour) }, sso.Unauthorized},
		"logged out": {func(w *world, by sso.Actor) {
			require.NoError(w.t, w.service.Replace(w.t.Context(), login.Held{Tenant: acme, Hash: by.Session}))
		}, sso.Unauthorized},
		"and not so just so": {func(w *world, _ sso.Actor) { w.now = w.now.Add(2*time.Hour - time.Second) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			by := w.administrator()
			ticket, err := w.service.Test(t.Context(), by, acme, "azure")
			require.NoError(t, err)
			begun := w.beginTest(by, "azure")
			c.change(w, by)
			ticket.Expires, begun.Flow.Expires = w.now, w.now // both in time, just so
			_, err = w.service.StartTest(t.Context(), ticket, by.Session)
			require.Equal(t, c.code, sso.CodeOf(err))
			_, err = w.answer(begun, ada())
			require.Equal(t, c.code, sso.CodeOf(err))
		})
	}
}

// edit changes an actor's user behind everybody's back.
func (w *world) edit(who sso.Actor, change func(*sso.User)) {
	w.t.Helper()
	u := w.user(sso.UserID(who.ID)).User
	change(&u)
	w.tx(func(tx directory.Tx) error { return tx.UpdateUser(u) })
}

func TestTest_NeedsAConnectionThatCanCarryIt(t *testing.T) {
	w := newWorld(t)
	ask := func(by sso.Actor, p sso.ProviderKey) error {
		_, err := w.service.Test(context.Background(), by, acme, p)
		return err
	}
	refused := func(err error) sso.Problems {
		e, ok := err.(*sso.Error) //nolint:errorlint // as it was returned
		require.True(t, ok, "%v", err)
		require.Equal(t, sso.Invalid, e.Code)
		return e.Problems
	}
	missing := refused(ask(operator, "pingone"))[0]
	require.Equal(t, sso.MetadataMissing, missing.Code)
	require.Equal(t, "provider", missing.Field, "there is no connection, so that it has no metadata field")
	require.Equal(t, sso.MetadataNoEndpoint, refused(ask(operator, ""))[0].Code, "the active one, which in this world has no address")
	require.Equal(t, sso.Forbidden, sso.CodeOf(ask(sso.Actor{Kind: sso.Person, Tenant: acme}, "okta")))
	require.Equal(t, sso.NotFound, sso.CodeOf(ask(sso.Actor{Kind: sso.APIToken, Tenant: "other"}, "okta")))
	w.change(func(s *sso.Settings) { s.UseSSO, s.Provider = false, "" })
	require.Equal(t, sso.ProviderRequired, refused(ask(operator, ""))[0].Code)
}

func TestTest_OfADisabledTenantNeverBegins(t *testing.T) {
	w := newWorld(t)
	w.prepare("azure")
	ticket, err := w.service.Test(t.Context(), operator, acme, "azure")
	require.NoError(t, err)
	w.disable()
	_, err = w.service.Test(t.Context(), operator, acme, "azure")
	require.Equal(t, sso.TenantDisabled, sso.CodeOf(err))
	_, err = w.service.StartTest(t.Context(), ticket, "")
	require.Equal(t, sso.TenantDisabled, sso.CodeOf(err))
	require.Empty(t, w.saml.requests)
}
