package saml_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml"
	"github.com/idplug/idplug/testing/vectors"
)

// logoutMessage is a vector's message as the web hands it on.
func logoutMessage(t testing.TB, l vectors.Logout, message string) login.LogoutMessage {
	t.Helper()
	if !l.POST {
		return login.LogoutMessage{Binding: sso.BindingRedirect, Query: message}
	}
	form, err := url.ParseQuery(message)
	require.NoError(t, err)
	return login.LogoutMessage{Binding: sso.BindingPOST, Request: form.Get("SAMLRequest"), Response: form.Get("SAMLResponse")}
}

// openLogout verifies a message; an answer to another request is refused as core/login refuses it.
func openLogout(t testing.TB, s *saml.Service, to login.Target, l vectors.Logout, message string) (sso.LogoutRequest, login.LogoutAnswer, error) {
	t.Helper()
	m := logoutMessage(t, l, message)
	if !l.Answer {
		asked, err := s.OpenLogoutRequest(t.Context(), to, m)
		return asked, login.LogoutAnswer{}, err
	}
	answer, err := s.OpenLogoutResponse(t.Context(), to, m)
	if err == nil && answer.InResponseTo != asked {
		err = sso.Refuse("test", sso.SLOUnexpected)
	}
	return sso.LogoutRequest{}, answer, err
}

// adas is the session that the vectors are about.
var adas = sso.Session{
	Tenant: "acme", Method: sso.BySSO, IDPEntityID: provider, SessionIndex: "_session", NameID: sso.NameID{Value: vectors.Ada, Format: sso.FormatEmail},
}

// TestLogoutVectors holds every logout message to its code, and to its twin.
func TestLogoutVectors(t *testing.T) {
	t.Parallel()
	b, s, seen := base(t), service(), map[string]bool{}
	for _, l := range vectors.Logouts() {
		require.False(t, seen[l.Name], "two vectors are called %s", l.Name)
		seen[l.Name] = true
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			twin, err := l.Twin(b)
			require.NoError(t, err)
			asked, answer, err := openLogout(t, s, target(b.Key), l, twin)
			require.NoError(t, err)
			require.Equal(t, l.Answer, answer.Confirmed)
			require.Equal(t, !l.Answer, asked.Concerns(adas))

			message, err := l.Message(b)
			require.NoError(t, err)
			start := time.Now()
			asked, answer, err = openLogout(t, s, target(b.Key), l, message)
			require.Less(t, time.Since(start), costly)
			require.Equal(t, l.Code, sso.CodeOf(err), "%s: %v", l.Why, err)
			if err != nil {
				require.NotContains(t, err.Error(), vectors.Ada, "a NameID in the log")
				return
			}
			require.Equal(t, l.Answer && !l.Partial, answer.Confirmed)
			require.Equal(t, !l.Answer && !l.Spares, asked.Concerns(adas))
		})
	}
}

// TestLogoutUseIsRememberedAsLongAsItCouldBeRepeated: one moment before NotOnOrAfter the same message still passes, at that moment no longer.
func TestLogoutUseIsRememberedAsLongAsItCouldBeRepeated(t *testing.T) {
	b := base(t)
	for _, l := range vectors.Logouts() {
		if l.Answer || l.Code != "" {
			continue
		}
		s := service()
		message, err := l.Message(b)
		require.NoError(t, err)
		m := logoutMessage(t, l, message)
		asked, err := s.OpenLogoutRequest(t.Context(), target(b.Key), m)
		require.NoError(t, err)
		s.Now = func() time.Time { return asked.NotOnOrAfter.Add(-time.Millisecond) }
		_, err = s.OpenLogoutRequest(t.Context(), target(b.Key), m)
		require.NoError(t, err, l.Name)
		s.Now = func() time.Time { return asked.NotOnOrAfter }
		_, err = s.OpenLogoutRequest(t.Context(), target(b.Key), m)
		require.Equal(t, sso.SLOTime, sso.CodeOf(err), l.Name)
	}
}

func TestLogoutSignedWithSHA1OnlyWhereTheConnectionAllowsIt(t *testing.T) {
	b, s := base(t), service()
	allowed := target(b.Key)
	allowed.Connection.AllowSHA1 = true
	tried := 0
	for _, l := range vectors.Logouts() {
		if l.Name != "logout: signed with SHA-1" && l.Name != "redirect: SHA-1" {
			continue
		}
		tried++
		message, err := l.Message(b)
		require.NoError(t, err)
		_, _, err = openLogout(t, s, allowed, l, message)
		require.NoError(t, err)
		_, _, err = openLogout(t, s, target(b.Key), l, message)
		require.Equal(t, sso.SLOSignature, sso.CodeOf(err))
	}
	require.Equal(t, 2, tried)
}

// TestLogoutByAnyOfTheConnectionsKeys: a rollover ends no single logout.
func TestLogoutByAnyOfTheConnectionsKeys(t *testing.T) {
	b, s := base(t), service()
	for _, l := range []vectors.Logout{{}, {POST: true}, {Answer: true}, {Answer: true, POST: true}} {
		message, err := l.Message(b)
		require.NoError(t, err)
		_, _, err = openLogout(t, s, target(b.Stranger, b.Key), l, message)
		require.NoError(t, err)
		_, _, err = openLogout(t, s, target(b.Stranger), l, message)
		require.Equal(t, sso.SLOSignature, sso.CodeOf(err))
		_, _, err = openLogout(t, s, target(), l, message)
		require.Equal(t, sso.SLOSignature, sso.CodeOf(err), "no key, no trust")
	}
}
