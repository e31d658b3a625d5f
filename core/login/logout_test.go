package login_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/settings"
	"github.com/idplug/idplug/core/sso"
)

// fakeSLO is a provider that is believed at its word.
type fakeSLO struct {
	asked   sso.LogoutRequest // the next that comes
	answer  login.LogoutAnswer
	err     error // of whatever is opened
	sendErr error
	sent    []sso.Session
	answers []sso.LogoutRequest
}

func (f *fakeSAML) LogoutRequest(_ context.Context, _ login.Target, s sso.Session, _ string) (login.Request, error) {
	f.slo.sent = append(f.slo.sent, s)
	return login.Request{ID: fmt.Sprintf("out-%d", len(f.slo.sent)), URL: "https://idp.test/slo"}, f.slo.sendErr
}

func (f *fakeSAML) OpenLogoutResponse(context.Context, login.Target, login.LogoutMessage) (login.LogoutAnswer, error) {
	return f.slo.answer, f.slo.err
}

func (f *fakeSAML) OpenLogoutRequest(context.Context, login.Target, login.LogoutMessage) (sso.LogoutRequest, error) {
	return f.slo.asked, f.slo.err
}

func (f *fakeSAML) LogoutResponse(_ context.Context, _ login.Target, asked sso.LogoutRequest, _ string) (login.Request, error) {
	f.slo.answers = append(f.slo.answers, asked)
	return login.Request{URL: "https://idp.test/slo"}, f.slo.sendErr
}

// withLogout lets okta's metadata name a single logout service.
func (w *world) withLogout() *world {
	w.t.Helper()
	c, err := w.store.Settings().Connection(w.t.Context(), acme, "okta")
	require.NoError(w.t, err)
	expect := c.Revision
	c.Revision++
	c.IdP.SLO = []sso.Endpoint{{Binding: sso.BindingRedirect, URL: "https://idp.test/slo"}}
	require.NoError(w.t, w.store.Settings().Save(w.t.Context(), settings.Change{Tenant: acme, Connection: &c, ExpectRevision: expect}))
	return w
}

// ask brings a LogoutRequest about a person.
func (w *world) ask(id, email string, indexes ...string) ([]sso.Session, error) {
	w.saml.slo.asked = sso.LogoutRequest{
		ID: id, IDPEntityID: entity, NameID: sso.NameID{Value: email, Format: sso.FormatEmail}, SessionIndexes: indexes, NotOnOrAfter: w.now.Add(time.Minute),
	}
	ended, _, err := w.service.LogoutAsked(w.t.Context(), acme, login.LogoutMessage{}, "state")
	return ended, err
}

func (w *world) open(in login.SignedIn) bool {
	_, _, err := w.service.Resume(w.t.Context(), acme, in.Token)
	return err == nil
}

// indexed is a sign-in with a SessionIndex.
func (w *world) indexed(email, index string) login.SignedIn {
	w.t.Helper()
	a := person(email)
	a.SessionIndex = index
	in, err := w.signIn(a)
	require.NoError(w.t, err)
	return in
}

func TestLogoutAsked_EndsThoseSessionsAndNoOthers(t *testing.T) {
	w := newWorld(t).withLogout()
	one, two, bob := w.indexed("ada@acme.test", "i1"), w.indexed("ada@acme.test", "i2"), w.indexed("bob@acme.test", "i1")
	ended, err := w.ask("_1", "ada@acme.test", "i1", "i9")
	require.NoError(t, err)
	require.Len(t, ended, 1)
	require.Equal(t, []bool{false, true, true}, []bool{w.open(one), w.open(two), w.open(bob)})
	require.Equal(t, "_1", w.saml.slo.answers[0].ID)

	_, err = w.ask("_1", "ada@acme.test")
	require.Equal(t, sso.SLOReplay, sso.CodeOf(err))
	require.True(t, w.open(two), "what is refused ends nothing")
	_, err = w.ask("_2", "carol@acme.test")
	require.NoError(t, err, "nobody of that name is here: nothing to do is done")
	_, err = w.ask("_3", "ada@acme.test")
	require.NoError(t, err)
	require.Equal(t, []bool{false, true}, []bool{w.open(two), w.open(bob)})
}

func TestLogoutAsked_RefusedEndsNothing(t *testing.T) {
	w := newWorld(t).withLogout()
	in := w.indexed("ada@acme.test", "i1")
	w.saml.slo.err = sso.Refuse("fake", sso.SLOSignature)
	_, err := w.ask("_1", "ada@acme.test")
	require.Equal(t, sso.SLOSignature, sso.CodeOf(err))
	require.True(t, w.open(in))
	require.Empty(t, w.saml.slo.answers)
	w.saml.slo.err = nil
	_, err = w.ask("_1", "ada@acme.test")
	require.NoError(t, err, "what was refused was not used")
	require.False(t, w.open(in))
}

func TestLogoutAsked_AnswerThatCannotBeSentKeepsNothingOpen(t *testing.T) {
	w := newWorld(t)
	in := w.indexed("ada@acme.test", "i1")
	w.saml.slo.sendErr = sso.Refuse("fake", sso.SLONotOffered)
	ended, err := w.ask("_1", "ada@acme.test")
	require.Equal(t, sso.SLONotOffered, sso.CodeOf(err))
	require.Len(t, ended, 1)
	require.False(t, w.open(in))
}

// TestLogoutAsked_WhileSSOIsOff: sessions of the provider stay open when SSO is turned off (rule 7), so its person can end them.
func TestLogoutAsked_WhileSSOIsOff(t *testing.T) {
	w := newWorld(t).withLogout()
	in := w.indexed("ada@acme.test", "i1")
	w.change(func(s *sso.Settings) { s.UseSSO, s.JIT = false, false })
	require.True(t, w.open(in))
	_, err := w.ask("_1", "ada@acme.test")
	require.NoError(t, err)
	require.False(t, w.open(in))
	w.disable()
	_, err = w.ask("_2", "ada@acme.test")
	require.Equal(t, sso.TenantDisabled, sso.CodeOf(err))
}

// TestLogoutAsked_WithoutAConnection: nobody's signature is known, so that nothing is opened at all.
func TestLogoutAsked_WithoutAConnection(t *testing.T) {
	w := newWorld(t).withLogout()
	in := w.indexed("ada@acme.test", "i1")
	w.change(func(s *sso.Settings) { s.Provider = "" })
	_, err := w.ask("_1", "ada@acme.test")
	require.Equal(t, sso.SSOInactive, sso.CodeOf(err))
	require.True(t, w.open(in))
}

// TestRule08_LogoutAtTheProviderIsOnPurpose, too.
func TestRule08_LogoutAtTheProviderIsOnPurpose(t *testing.T) {
	w := newWorld(t, func(s *sso.Settings) { s.ForceReauthentication = true }).withLogout()
	in := w.indexed("ada@acme.test", "i1")
	w.now = w.now.Add(time.Hour)
	_, err := w.ask("_1", "ada@acme.test")
	require.NoError(t, err)
	require.Equal(t, in.Session.AuthnInstant, w.user(in.Session.User).Logout.AuthnInstant)
	require.Equal(t, w.now, w.user(in.Session.User).Logout.At)
	old := ada()
	old.AuthnInstant = in.Session.AuthnInstant
	f, err := w.answer(w.begin(false), old)
	require.NoError(t, err)
	require.NotNil(t, f.Restart, "the provider must ask")
	f, err = w.answer(*f.Restart, ada())
	require.NoError(t, err)
	require.NotNil(t, f.SignedIn)
}

// elsewhere is a session that ended here, and the logout at the provider.
func (w *world) elsewhere(email string) (login.LogoutStarted, bool) {
	w.t.Helper()
	in := w.indexed(email, "i1")
	ended, ok, err := w.service.Logout(w.t.Context(), acme, in.Token)
	require.NoError(w.t, err)
	require.True(w.t, ok)
	started, ok, err := w.service.LogoutElsewhere(w.t.Context(), ended)
	require.NoError(w.t, err)
	return started, ok
}

func TestLogoutElsewhere_GoesOnWhereTheProviderOffersIt(t *testing.T) {
	w := newWorld(t)
	_, ok := w.elsewhere("ada@acme.test")
	require.False(t, ok)
	w.withLogout()
	started, ok := w.elsewhere("ada@acme.test")
	require.True(t, ok)
	require.Equal(t, "i1", w.saml.slo.sent[0].SessionIndex)
	require.Equal(t, "ada@acme.test", w.saml.slo.sent[0].NameID.Value)
	require.Equal(t, started.Request.ID, started.Flow.RequestID)

	for name, other := range map[string]sso.Session{
		"a session by password":                 {Tenant: acme, Method: sso.ByPassword, Provider: "okta", IDPEntityID: entity},
		"of another connection":                 {Tenant: acme, Method: sso.BySSO, Provider: "okta", IDPEntityID: "https://former.example"},
		"of another plugin for that connection": {Tenant: acme, Method: sso.BySSO, Provider: "pingone", IDPEntityID: entity},
	} {
		_, ok, err := w.service.LogoutElsewhere(t.Context(), other)
		require.NoError(t, err)
		require.False(t, ok, name)
	}
	sound := sso.Session{Tenant: acme, Method: sso.BySSO, Provider: "okta", IDPEntityID: entity}
	_, ok, err := w.service.LogoutElsewhere(t.Context(), sound)
	require.NoError(t, err)
	require.True(t, ok)
	w.saml.slo.sendErr = errors.New("no key")
	_, ok, err = w.service.LogoutElsewhere(t.Context(), sound)
	require.Error(t, err)
	require.False(t, ok)
	w.saml.slo.sendErr = nil
	w.disable()
	_, ok, err = w.service.LogoutElsewhere(t.Context(), sound)
	require.NoError(t, err)
	require.False(t, ok, "a disabled tenant sends nobody anywhere")
}

func TestLogoutAnswered_OnlyToTheLogoutUnderWay(t *testing.T) {
	w := newWorld(t).withLogout()
	started, ok := w.elsewhere("ada@acme.test")
	require.True(t, ok)
	answered := func(flow *login.LogoutFlow, a login.LogoutAnswer) (bool, error) {
		w.saml.slo.answer = a
		return w.service.LogoutAnswered(t.Context(), acme, login.LogoutMessage{}, flow)
	}
	sound := login.LogoutAnswer{InResponseTo: started.Flow.RequestID, Confirmed: true}
	for name, change := range map[string]func(*login.LogoutFlow){
		"another request":  func(f *login.LogoutFlow) { f.RequestID = "out-0" },
		"another tenant":   func(f *login.LogoutFlow) { f.Tenant = "globex" },
		"another provider": func(f *login.LogoutFlow) { f.IDPEntityID = "https://former.example" },
		"expired":          func(f *login.LogoutFlow) { f.Expires = w.now },
	} {
		flow := started.Flow
		change(&flow)
		_, err := answered(&flow, sound)
		require.Equal(t, sso.SLOUnexpected, sso.CodeOf(err), name)
	}
	_, err := answered(nil, sound)
	require.Equal(t, sso.SLOUnexpected, sso.CodeOf(err))
	_, err = answered(&started.Flow, login.LogoutAnswer{Confirmed: true})
	require.Equal(t, sso.SLOUnexpected, sso.CodeOf(err))
	confirmed, err := answered(&started.Flow, login.LogoutAnswer{InResponseTo: started.Flow.RequestID})
	require.NoError(t, err)
	require.False(t, confirmed)
	confirmed, err = answered(&started.Flow, sound)
	require.NoError(t, err)
	require.True(t, confirmed)
}
