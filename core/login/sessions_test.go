package login_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

func TestSessionsOfOnesOwn(t *testing.T) {
	w := newWorld(t, func(s *sso.Settings) { s.ForceReauthentication = true })
	own, other, bob := w.indexed("ada@acme.test", "i1"), w.indexed("ada@acme.test", "i2"), w.indexed("bob@acme.test", "i3")
	w.now = w.now.Add(time.Minute)
	end := func(hash string) sso.Code { return sso.CodeOf(w.service.EndOwn(t.Context(), own.Session, hash)) }
	listed := func() int {
		list, err := w.service.Sessions(t.Context(), own.Session)
		require.NoError(t, err)
		return len(list)
	}
	require.Equal(t, 2, listed())
	require.Equal(t, sso.NotFound, end(bob.Session.Hash), "another's")
	require.Equal(t, sso.NotFound, end("unknown"))
	require.True(t, w.open(bob))
	require.Empty(t, end(other.Session.Hash))
	require.Equal(t, sso.NotFound, end(other.Session.Hash), "once")
	require.Equal(t, w.now, w.user(own.User.ID).Logout.At, "it is a log-out")
	require.Equal(t, 1, listed())

	third := w.indexed("ada@acme.test", "i4")
	require.NoError(t, w.service.EndOthers(t.Context(), third.Session))
	require.Equal(t, []bool{false, true, true}, []bool{w.open(own), w.open(third), w.open(bob)})
	require.NoError(t, w.service.EndOthers(t.Context(), third.Session), "nothing to end is no error")
	w.now = w.now.Add(2 * time.Hour)
	require.Zero(t, listed(), "those that are over are not shown")
}
