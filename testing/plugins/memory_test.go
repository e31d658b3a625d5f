package plugins

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/badplugin"
)

// TestWhatAPluginSaysCostsTheHostNoMemory: answers of 200 MiB are not read, and a flood of lines is not kept. Some ten MiB are what a host takes
// for a plugin that comes up and for sign-ins, whatever it says, and what its collector has not yet given back.
func TestWhatAPluginSaysCostsTheHostNoMemory(t *testing.T) {
	s := open(t)
	s.ready(t, "good")
	signIn := func(key, code string) {
		t.Helper()
		o, err := s.SignIn(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, code, o.Code)
	}
	signIn("good", "")
	for _, mode := range []badplugin.Mode{badplugin.HugeReply, badplugin.HugeProfile, badplugin.StderrFlood} {
		want, _ := Expected(mode)
		key := "x-" + string(mode)
		s.ready(t, key)
		require.NoError(t, s.Remove(key))
		_, err := s.AwaitState(t.Context(), key, "stopped")
		require.NoError(t, err)
		before, err := s.Resources(t.Context())
		require.NoError(t, err)
		require.NoError(t, s.Install(badplugin.Binary{Key: key, Mode: mode}))
		_, err = s.Await(t.Context(), key, "as it should be", want.Settled)
		require.NoError(t, err)
		for range 3 {
			signIn(key, want.Code)
		}
		after, err := s.Resources(t.Context())
		require.NoError(t, err)
		t.Log(mode, (after.Memory-before.Memory)>>20, "MiB more")
		require.Less(t, after.Memory-before.Memory, 32<<20, mode)
	}
}
