package login_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

func TestFlow_Refusals(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(w *world, a *login.Answer)
		code  sso.Code
	}{
		"no cookie":         {func(_ *world, a *login.Answer) { a.Flow = nil }, sso.CorrBrowserBinding},
		"another tenant's":  {func(_ *world, a *login.Answer) { a.Flow.Tenant = "other" }, sso.CorrBrowserBinding},
		"too late":          {func(w *world, _ *login.Answer) { w.now = w.now.Add(login.FlowTTL + time.Second) }, sso.CorrExpired},
		"another request":   {func(w *world, _ *login.Answer) { w.saml.claims = "id-999" }, sso.CorrRequest},
		"another provider":  {func(_ *world, a *login.Answer) { a.Flow.Provider = "pingone" }, sso.SSOInactive},
		"another IdP":       {func(_ *world, a *login.Answer) { a.Flow.IDPEntityID = "urn:other" }, sso.SSOInactive},
		"malformed":         {func(w *world, _ *login.Answer) { w.saml.openErr = sso.Refuse("x", sso.XMLDoctype) }, sso.XMLDoctype},
		"not verified":      {func(w *world, _ *login.Answer) { w.saml.verifyErr = sso.Refuse("x", sso.SigDigest) }, sso.SigDigest},
		"tile within a min": {func(w *world, a *login.Answer) { w.saml.claims, a.TileRecently = "", true }, sso.CorrUnsolicited},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			begun := w.begin(false)
			w.saml.claims, w.saml.assertion = begun.Flow.RequestID, w.complete(begun.Flow.RequestID, ada())
			flow := begun.Flow
			a := login.Answer{Tenant: acme, Flow: &flow}
			c.spoil(w, &a)
			_, err := w.service.Finish(t.Context(), a)
			require.Equal(t, c.code, sso.CodeOf(err))
			require.Zero(t, w.sessions())
			require.Equal(t, c.code, w.logins()[0].Code)
		})
	}
}

func TestTile_StartsAFreshLoginAndIsNoLogin(t *testing.T) {
	w := newWorld(t)
	f, err := w.service.Finish(t.Context(), login.Answer{Tenant: acme, SAMLResponse: "unsolicited"})
	require.NoError(t, err)
	require.Nil(t, f.SignedIn)
	require.True(t, f.Tile)
	require.NotEmpty(t, f.Restart.Request.URL)
	require.False(t, f.Restart.Flow.ForceAuthn)
	require.Equal(t, sso.Restarted, w.logins()[0].Outcome)
	require.Equal(t, []sso.Step{{Name: "form"}, {Name: "flow", Code: sso.CorrUnsolicited}}, w.logins()[0].Steps)
	in, err := w.answer(*f.Restart, ada())
	require.NoError(t, err)
	require.NotNil(t, in.SignedIn)

	w.saml.claims = ""
	w.change(func(s *sso.Settings) { s.IDPInitiated = sso.TileDeny })
	_, err = w.service.Finish(t.Context(), login.Answer{Tenant: acme, SAMLResponse: "unsolicited"})
	require.Equal(t, sso.CorrUnsolicited, sso.CodeOf(err))
}

// TestTile_WhereNobodySignsIn starts nothing.
func TestTile_WhereNobodySignsIn(t *testing.T) {
	for code, spoil := range map[sso.Code]func(w *world){
		sso.SSOInactive:    func(w *world) { w.change(func(s *sso.Settings) { s.UseSSO = false }) },
		sso.TenantDisabled: func(w *world) { w.disable() },
	} {
		w := newWorld(t)
		spoil(w)
		_, err := w.service.Finish(t.Context(), login.Answer{Tenant: acme})
		require.Equal(t, code, sso.CodeOf(err))
		require.Empty(t, w.saml.requests)
	}
}

func TestBegin_WhereNobodySignsIn(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(w *world)
		code  sso.Code
	}{
		"SSO off":         {func(w *world) { w.change(func(s *sso.Settings) { s.UseSSO = false }) }, sso.SSOInactive},
		"no metadata":     {func(w *world) { w.change(func(s *sso.Settings) { s.Provider = "" }) }, sso.SSOInactive},
		"tenant disabled": {func(w *world) { w.disable() }, sso.TenantDisabled},
	} {
		w := newWorld(t)
		c.spoil(w)
		_, err := w.service.Begin(t.Context(), login.Begin{Tenant: acme})
		require.Equal(t, c.code, sso.CodeOf(err), name)
		require.Empty(t, w.saml.requests, name)
	}
}

func TestRule06_PasswordRefusedWhileSSOIsOn_WhoeverAsks(t *testing.T) {
	w := newWorld(t)
	w.add("root@acme.test", func(u *sso.User) { u.PasswordHash, u.Roles = "hash:right", []sso.Key{sso.Administrator} })
	_, err := w.service.Password(t.Context(), acme, "root@acme.test", "right", "")
	require.Equal(t, sso.PasswordRefused, sso.CodeOf(err))
	_, err = w.service.Password(t.Context(), acme, "root@acme.test", "wrong", "")
	require.Equal(t, sso.PasswordRefused, sso.CodeOf(err), "no password is tried at all")
	w.change(func(s *sso.Settings) { s.UseSSO = false })
	in, err := w.service.Password(t.Context(), acme, " Root@acme.test ", "right", "")
	require.NoError(t, err)
	require.Equal(t, sso.ByPassword, in.Session.Method)
}

func TestPassword_OneAnswerForEverythingWrong(t *testing.T) {
	w := newWorld(t, func(s *sso.Settings) { s.UseSSO = false })
	w.add("ada@acme.test", func(u *sso.User) { u.PasswordHash = "hash:right" })
	w.add("jit@acme.test")
	w.add("gone@acme.test", func(u *sso.User) { u.PasswordHash, u.Status = "hash:right", sso.Deactivated })
	for _, c := range [][2]string{{"ada@acme.test", "wrong"}, {"nobody@acme.test", "right"}, {"jit@acme.test", ""}, {"no address", "right"}, {"gone@acme.test", "wrong"}} {
		_, err := w.service.Password(t.Context(), acme, c[0], c[1], "")
		require.Equal(t, sso.PasswordWrong, sso.CodeOf(err), c[0])
	}
	_, err := w.service.Password(t.Context(), acme, "gone@acme.test", "right", "")
	require.Equal(t, sso.UserDeactivated, sso.CodeOf(err))
	w.service.Passwords = yes{}
	_, err = w.service.Password(t.Context(), acme, "jit@acme.test", "anything", "")
	require.Equal(t, sso.PasswordWrong, sso.CodeOf(err), "who has no password has none, whatever fits it")
	w.disable()
	_, err = w.service.Password(t.Context(), acme, "jit@acme.test", "anything", "")
	require.Equal(t, sso.TenantDisabled, sso.CodeOf(err), "no password is tried at all")
}

// yes takes every password for right.
type yes struct{}

func (yes) Verify(context.Context, string, string) (bool, error) { return true, nil }

// reauth is a world in which ada has logged out on purpose an hour after she signed in at the provider.
func reauth(t *testing.T, on bool) (w *world, session login.SignedIn) {
	t.Helper()
	w = newWorld(t, func(s *sso.Settings) { s.ForceReauthentication = on })
	session, err := w.signIn(ada())
	require.NoError(t, err)
	w.now = w.now.Add(time.Hour)
	_, ok, err := w.service.Logout(t.Context(), acme, session.Token)
	require.NoError(t, err)
	require.True(t, ok)
	w.now = w.now.Add(time.Minute)
	return w, session
}

func TestRule08_AfterLogout_RequestAsksForForceAuthn(t *testing.T) {
	w, _ := reauth(t, true)
	begun := w.begin(true)
	require.True(t, w.saml.requests[len(w.saml.requests)-1].ForceAuthn)
	f, err := w.answer(begun, ada()) // signed in anew just now
	require.NoError(t, err)
	require.NotNil(t, f.SignedIn)
	require.Contains(t, w.logins()[0].Steps, sso.Step{Name: "reauthentication"})
	_, err = w.signIn(ada()) // nothing to answer for any more
	require.NoError(t, err)
	require.NotContains(t, w.logins()[0].Steps, sso.Step{Name: "reauthentication"})
}

// TestRule08_ATileAsksForForceAuthnAsALoginDoes: where the browser says that it was logged out, and the tenant wants it.
func TestRule08_ATileAsksForForceAuthnAsALoginDoes(t *testing.T) {
	for _, loggedOut := range []bool{false, true} {
		for _, wanted := range []bool{false, true} {
			w := newWorld(t, func(s *sso.Settings) { s.ForceReauthentication = wanted })
			f, err := w.service.Finish(t.Context(), login.Answer{Tenant: acme, LoggedOut: loggedOut})
			require.NoError(t, err)
			require.Equal(t, loggedOut && wanted, f.Restart.Flow.ForceAuthn)
		}
	}
}

func TestRule08_ProviderIgnoresForceAuthn_RestartedOnceThenRefused(t *testing.T) {
	w, session := reauth(t, true)
	old := ada()
	old.AuthnInstant = session.Session.AuthnInstant
	f, err := w.answer(w.begin(true), old)
	require.NoError(t, err)
	require.Nil(t, f.SignedIn)
	require.NotNil(t, f.Restart)
	require.False(t, f.Tile)
	require.True(t, f.Restart.Flow.ForceAuthn)
	require.Equal(t, "/inbox", f.Restart.Flow.ReturnTo)
	trace := w.logins()[0]
	require.Equal(t, sso.Restarted, trace.Outcome)
	require.Equal(t, sso.ReauthenticationRequired, trace.Code)
	require.Equal(t, sso.Step{Name: "reauthentication", Code: sso.ReauthenticationRequired}, trace.Steps[len(trace.Steps)-1])
	old.ID = ""
	_, err = w.answer(*f.Restart, old)
	require.Equal(t, sso.ReauthenticationRequired, sso.CodeOf(err))
	require.Equal(t, 1, w.sessions())
}

func TestRule08_BrowserWithoutMarkerIsJudgedByTheAnswer(t *testing.T) {
	w, session := reauth(t, true)
	old := ada()
	old.AuthnInstant = session.Session.AuthnInstant
	f, err := w.answer(w.begin(false), old) // another browser: no ForceAuthn at first
	require.NoError(t, err)
	require.NotNil(t, f.Restart)
	require.True(t, f.Restart.Flow.ForceAuthn)
	fresh := ada()
	f, err = w.answer(*f.Restart, fresh)
	require.NoError(t, err)
	require.NotNil(t, f.SignedIn)
}

func TestRule08_SignInAtTheProviderBetweenSessionAndLogoutDoesNotCount(t *testing.T) {
	w, session := reauth(t, true)
	between := ada()
	between.AuthnInstant = session.Session.AuthnInstant.Add(30 * time.Minute)
	f, err := w.answer(w.begin(true), between)
	require.NoError(t, err)
	require.Nil(t, f.SignedIn, "later than the ended session's, but before the log-out less the skew")
}

func TestRule08_ClockSkewIsGrantedAgainstTheLogout(t *testing.T) {
	w, _ := reauth(t, true)
	a := ada()
	a.AuthnInstant = w.now.Add(-time.Minute - 2*time.Minute) // the provider's clock is two minutes behind
	f, err := w.answer(w.begin(true), a)
	require.NoError(t, err)
	require.NotNil(t, f.SignedIn)
}

func TestRule08_Off_ComingBackIsSilent(t *testing.T) {
	w, session := reauth(t, false)
	begun := w.begin(true)
	require.False(t, w.saml.requests[len(w.saml.requests)-1].ForceAuthn)
	old := ada()
	old.AuthnInstant = session.Session.AuthnInstant
	f, err := w.answer(begun, old)
	require.NoError(t, err)
	require.NotNil(t, f.SignedIn)
}

func TestRule08_GoingAwayDoesNotCount(t *testing.T) {
	w := newWorld(t, func(s *sso.Settings) { s.ForceReauthentication = true })
	in, err := w.signIn(ada())
	require.NoError(t, err)
	w.now = w.now.Add(3 * time.Hour) // idle expiry, no log-out
	old := ada()
	old.AuthnInstant = in.Session.AuthnInstant
	_, err = w.signIn(old)
	require.NoError(t, err)
}

func TestRule08_LoggingOutOfAnOlderSessionForgetsNoLaterOne(t *testing.T) {
	w := newWorld(t, func(s *sso.Settings) { s.ForceReauthentication = true })
	older, err := w.signIn(ada())
	require.NoError(t, err)
	w.now = w.now.Add(time.Minute)
	later, err := w.signIn(ada()) // in another browser, where the provider asked again
	require.NoError(t, err)
	for _, ended := range []login.SignedIn{later, older} {
		_, ok, err := w.service.Logout(t.Context(), acme, ended.Token)
		require.NoError(t, err)
		require.True(t, ok)
	}
	same := ada()
	same.AuthnInstant = later.Session.AuthnInstant
	f, err := w.answer(w.begin(true), same)
	require.NoError(t, err)
	require.Nil(t, f.SignedIn, "that very sign-in at the provider has ended")
}

func TestLogout_OfNothingIsNoError(t *testing.T) {
	w := newWorld(t)
	_, ok, err := w.service.Logout(t.Context(), acme, "guess")
	require.NoError(t, err)
	require.False(t, ok)
}
