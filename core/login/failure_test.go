package login_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/frail"
)

// errandsThatFail are what people do, each made ready up to its last step.
var errandsThatFail = map[string]func(w *world) (do func() error){
	"a login is started": func(w *world) func() error {
		return func() error {
			_, err := w.service.Begin(w.t.Context(), login.Begin{Tenant: acme})
			return err
		}
	},
	"somebody new":                  func(w *world) func() error { return w.answering(w.begin(false), ada()) },
	"somebody known by the address": func(w *world) func() error { w.add("ada@acme.test"); return w.answering(w.begin(false), ada()) },
	"somebody linked": func(w *world) func() error {
		require.NoError(w.t, errOf(w.signIn(ada())))
		return w.answering(w.begin(false), ada())
	},
	"the last administrator, whose roles are synced": func(w *world) func() error {
		w.change(every)
		require.NoError(w.t, errOf(w.signIn(ada("admins"))))
		return w.answering(w.begin(false), ada("others"))
	},
	"somebody whose roles change": func(w *world) func() error {
		w.change(every)
		w.add("boss@acme.test", func(u *sso.User) { u.Roles = []sso.Key{sso.Administrator} })
		require.NoError(w.t, errOf(w.signIn(ada("admins"))))
		return w.answering(w.begin(false), ada("others"))
	},
	"an attribute is learnt": func(w *world) func() error { return w.answering(w.begin(false), fleeting("x", "00u1")) },
	"the browser holds a session": func(w *world) func() error {
		in, err := w.signIn(ada())
		require.NoError(w.t, err)
		finish := w.arriving(ada(), false, w.holds(in))
		return func() error { return errOf(finish()) }
	},
	"two first logins at once": func(w *world) func() error {
		w.add("ada@acme.test")
		require.NoError(w.t, errOf(w.signIn(ada())))
		w.service.Store = lateStore{w.service.Store}
		return w.answering(w.begin(false), ada())
	},
	"the link was removed meanwhile": func(w *world) func() error {
		w.forget()
		return w.answering(w.begin(false), ada())
	},
	"nobody asked": func(w *world) func() error {
		return func() error {
			_, err := w.service.Finish(w.t.Context(), login.Answer{Tenant: acme})
			return err
		}
	},
	"an old sign-in after a log-out": func(w *world) func() error {
		w.change(func(s *sso.Settings) { s.ForceReauthentication = true })
		in, err := w.signIn(ada())
		require.NoError(w.t, err)
		require.NoError(w.t, errOf2(w.service.Logout(w.t.Context(), acme, in.Token)))
		old := ada()
		old.AuthnInstant = in.Session.AuthnInstant
		return w.answering(w.begin(false), old)
	},
	"a password": func(w *world) func() error {
		w.change(func(s *sso.Settings) { s.UseSSO = false })
		w.add("ada@acme.test", func(u *sso.User) { u.PasswordHash = "hash:right" })
		return func() error { return errOf(w.service.Password(w.t.Context(), acme, "ada@acme.test", "right", "")) }
	},
	"a session is used": signedIn(func(w *world, in login.SignedIn) error {
		w.now = w.now.Add(time.Minute)
		return errOf2(w.service.Resume(w.t.Context(), acme, in.Token))
	}),
	"a session is replaced": signedIn(func(w *world, in login.SignedIn) error {
		return w.service.Replace(w.t.Context(), login.HeldBy(acme, in.Token))
	}),
	"sessions are listed": signedIn(func(w *world, in login.SignedIn) error { return errOf(w.service.Sessions(w.t.Context(), in.Session)) }),
	"a session is ended": signedIn(func(w *world, in login.SignedIn) error {
		return w.service.EndOwn(w.t.Context(), in.Session, in.Session.Hash)
	}),
	"a log-out": signedIn(func(w *world, in login.SignedIn) error {
		return errOf2(w.service.Logout(w.t.Context(), acme, in.Token))
	}),
	"a log-out elsewhere": signedIn(func(w *world, in login.SignedIn) error {
		return errOf2(w.service.LogoutElsewhere(w.t.Context(), in.Session))
	}),
	"a log-out from elsewhere": signedIn(func(w *world, _ login.SignedIn) error { return errOf(w.ask("_1", "ada@acme.test")) }),
	"the answer to a log-out": func(w *world) func() error {
		started, _ := w.withLogout().elsewhere("ada@acme.test")
		w.saml.slo.answer = login.LogoutAnswer{InResponseTo: started.Flow.RequestID}
		return func() error {
			return errOf(w.service.LogoutAnswered(w.t.Context(), acme, login.LogoutMessage{}, &started.Flow))
		}
	},
	"a test is asked for": func(w *world) func() error {
		w.prepare("azure")
		return func() error { return errOf(w.service.Test(w.t.Context(), operator, acme, "azure")) }
	},
	"a test is started": func(w *world) func() error {
		by := w.administrator()
		ticket, err := w.service.Test(w.t.Context(), by, acme, "azure")
		require.NoError(w.t, err)
		return func() error { return errOf(w.service.StartTest(w.t.Context(), ticket, by.Session)) }
	},
	"a test is answered": func(w *world) func() error { return w.answering(w.beginTest(w.administrator(), "azure"), ada()) },
	"a test by somebody whose roles would change": func(w *world) func() error {
		w.change(every)
		require.NoError(w.t, errOf(w.signIn(ada("admins"))))
		w.prepare("azure")
		return w.answering(w.beginTest(operator, "azure"), ada("others"))
	},
}

func errOf[T any](_ T, err error) error          { return err }
func errOf2[T, U any](_ T, _ U, err error) error { return err }

// signedIn is an errand of somebody who has signed in.
func signedIn(do func(*world, login.SignedIn) error) func(*world) func() error {
	return func(w *world) func() error {
		in := w.withLogout().indexed("ada@acme.test", "i1")
		return func() error { return do(w, in) }
	}
}

func (w *world) answering(s login.Started, a sso.Assertion) func() error {
	return func() error { return errOf(w.answer(s, a)) }
}

// TestWhateverFailsIsSaid lets each call to what is outside fail in turn: the errand ends there with that error, and opens nothing.
func TestWhateverFailsIsSaid(t *testing.T) {
	for name, ready := range errandsThatFail {
		t.Run(name, func(t *testing.T) {
			const enough = 50
			for n := 1; ; n++ {
				require.Less(t, n, enough)
				w := newWorld(t)
				do := ready(w)
				before := w.sessions()
				f := w.frail(n)
				err := do()
				if f.Left > 0 { // no call was left to fail
					require.NoError(t, err)
					require.Greater(t, n, 1)
					return
				}
				require.ErrorIs(t, err, frail.ErrBroken, "call %d", n)
				require.Equal(t, before, w.sessions(), "call %d", n)
			}
		})
	}
}
