package login_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
)

// arriving is the last step of a sign-in in a browser that holds sessions, which was sent to it by another site unless it is chosen.
func (w *world) arriving(a sso.Assertion, chosen bool, holds ...login.Held) func() (login.Finished, error) {
	w.t.Helper()
	s, err := w.service.Begin(w.t.Context(), login.Begin{Tenant: acme, ReturnTo: "/inbox", Chosen: chosen})
	require.NoError(w.t, err)
	w.saml.claims = s.Flow.RequestID
	w.saml.assertion = w.complete(s.Flow.RequestID, a)
	return func() (login.Finished, error) {
		return w.service.Finish(w.t.Context(), login.Answer{Tenant: acme, SAMLResponse: "…", Flow: &s.Flow, Holds: holds, RequestID: "req"})
	}
}

func (w *world) holds(in login.SignedIn) login.Held {
	return login.Held{Tenant: in.Session.Tenant, Hash: in.Session.Hash}
}

func TestASignInThatNobodyChoseReplacesNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.signIn(ada())
	require.NoError(t, err)
	before := w.sessions()

	f, err := w.arriving(person("eve@acme.test"), false, w.holds(first))()
	require.NoError(t, err)
	require.Nil(t, f.SignedIn)
	require.Equal(t, first.User.ID, f.Other.Holder.ID)
	require.EqualValues(t, "eve@acme.test", f.Other.Arrived.Email)
	require.Equal(t, "/inbox", f.Other.ReturnTo)
	require.Equal(t, before, w.sessions())
	last := w.logins()[0]
	require.Equal(t, sso.Refused, last.Outcome)
	require.Equal(t, sso.CorrOtherSession, last.Code)
	require.Empty(t, last.User, "nobody was created")
	require.EqualValues(t, "eve@acme.test", last.Email)
	_, found, err := w.store.Login().UserByEmail(t.Context(), acme, "eve@acme.test")
	require.NoError(t, err)
	require.False(t, found)

	f, err = w.arriving(person("eve@acme.test"), true, w.holds(first))()
	require.NoError(t, err)
	require.NotNil(t, f.SignedIn, "who chose it gets in")
}

func TestASignInThatNobodyChoseGoesOnWhereItTakesNothingAway(t *testing.T) {
	t.Parallel()
	for name, holds := range map[string]func(w *world) login.Held{
		"their own session": func(w *world) login.Held {
			in, err := w.signIn(person("eve@acme.test"))
			require.NoError(t, err)
			return w.holds(in)
		},
		"none":                   func(*world) login.Held { return login.Held{Tenant: acme, Hash: "gone"} },
		"none, of no tenant":     func(*world) login.Held { return login.Held{Tenant: "nowhere", Hash: "gone"} },
		"somebody else's, idle":  func(w *world) login.Held { return w.left(w.service.Options.SessionIdle) },
		"somebody else's, ended": func(w *world) login.Held { return w.left(w.service.Options.SessionTTL) },
		"of a deactivated user": func(w *world) login.Held {
			in, err := w.signIn(ada())
			require.NoError(t, err)
			w.edit(sso.Actor{ID: string(in.User.ID)}, func(u *sso.User) { u.Status = sso.Deactivated })
			return w.holds(in)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			f, err := w.arriving(person("eve@acme.test"), false, holds(w))()
			require.NoError(t, err)
			require.NotNil(t, f.SignedIn)
		})
	}
}

// left is ada's session after some time without a use.
func (w *world) left(idle time.Duration) login.Held {
	w.t.Helper()
	in, err := w.signIn(ada())
	require.NoError(w.t, err)
	w.now = w.now.Add(idle)
	return w.holds(in)
}

func TestALoginThatStartsAnewIsChosenAsBefore(t *testing.T) {
	t.Parallel()
	for _, chosen := range []bool{false, true} {
		w := newWorld(t, func(s *sso.Settings) { s.ForceReauthentication = true })
		in, err := w.signIn(ada())
		require.NoError(t, err)
		require.NoError(t, errOf2(w.service.Logout(t.Context(), acme, in.Token)))
		old := ada()
		old.AuthnInstant = in.Session.AuthnInstant
		f, err := w.arriving(old, chosen)()
		require.NoError(t, err)
		require.Equal(t, chosen, f.Restart.Flow.Chosen)
	}
}
