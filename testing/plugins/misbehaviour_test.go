package plugins

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/score"
)

var programs Programs // built once, before any test

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "idplug-plugins")
	if err == nil {
		defer os.RemoveAll(dir)
		programs, err = Build(context.Background(), dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// open starts a site until the test ends.
func open(t *testing.T, env ...string) *Site {
	t.Helper()
	s, err := Open(t.Context(), programs, t.TempDir(), env...)
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if log, err := os.ReadFile(s.LogFile()); err != nil || strings.Contains(string(log), "@people.example") {
			t.Errorf("the log holds an e-mail address (%v)", err)
		}
	})
	return s
}

// ready installs a good plugin and a tenant that signs in with it.
func (s *Site) ready(t *testing.T, key string) {
	t.Helper()
	require.NoError(t, s.Install(badplugin.Binary{Key: key}))
	_, err := s.AwaitState(t.Context(), key, "ready")
	require.NoError(t, err)
	require.NoError(t, s.Tenant(t.Context(), key, key))
}

// TestNoPluginHarmsAnybodyButItsOwnTenants puts each bad plugin in the place of a good one that a tenant uses.
func TestNoPluginHarmsAnybodyButItsOwnTenants(t *testing.T) {
	s := open(t)
	s.ready(t, "other")
	other, err := s.Plugin(t.Context(), "other")
	require.NoError(t, err)
	var harmless atomic.Int64
	t.Run("modes", func(t *testing.T) {
		for _, mode := range badplugin.Modes() {
			t.Run(string(mode), func(t *testing.T) {
				t.Parallel()
				want, ok := Expected(mode)
				require.True(t, ok, "nothing is expected of mode %s: say in expectation.go what is", mode)
				s.misbehave(t, mode, want)
				harmless.Add(1)
			})
		}
	})
	now, err := s.Plugin(t.Context(), "other")
	require.NoError(t, err)
	require.Equal(t, other, now, "the good plugin is the same process, and nobody says otherwise")
	score.Report(t, "ways for a plugin to misbehave that were tried", float64(len(badplugin.Modes())), ">= 15")
	score.Report(t, "ways of them that harmed others than its tenants", float64(len(badplugin.Modes())-int(harmless.Load())), "= 0")
}

func (s *Site) misbehave(t *testing.T, mode badplugin.Mode, want Expectation) {
	t.Helper()
	ctx, key, pid := t.Context(), "x-"+string(mode), s.Host.PID()
	bad := badplugin.Binary{Key: key, Mode: mode, Version: "6.6.6", Address: "127.0.0.1:1"}
	s.ready(t, key)
	if !want.Serves() {
		s.staysOut(t, bad, want.Reason)
	}
	require.NoError(t, s.Remove(key))
	_, err := s.AwaitState(ctx, key, "stopped")
	require.NoError(t, err)

	require.NoError(t, s.Install(bad))
	status, err := s.Await(ctx, key, "as it should be at first", want.Settled)
	require.NoError(t, err)
	s.listed(t, status, want.Reason)

	visitor, err := s.Visitor(ctx, key)
	require.NoError(t, err)
	outcome := make(chan Outcome, 1)
	go func() {
		o, err := visitor.Deliver(ctx)
		if err != nil {
			o.Wrong = err.Error()
		}
		outcome <- o
	}()
	good, err := s.SignIn(ctx, "other")
	require.NoError(t, err)
	require.Equal(t, "signed in", good.String(), "of the other tenant")
	o := <-outcome
	require.Equal(t, want.Code, o.Code, o)
	require.Equal(t, want.Code == "", o.SignedIn(), o)

	for range want.Again {
		o, err := s.SignIn(ctx, key)
		require.NoError(t, err)
		require.Equal(t, want.Code, o.Code, o)
	}
	if want.Serves() && !want.Unsure {
		s.saves(t, key, want.Warns)
	}
	if want.Later != nil {
		status, err = s.Await(ctx, key, "as it should be in the end", func(p Plugin) bool { return want.Later(p) })
		require.NoError(t, err)
	}
	require.NoError(t, s.Remove(key))
	_, err = s.AwaitState(ctx, key, "stopped")
	require.NoError(t, err)
	require.True(t, s.Host.Running() && s.Host.PID() == pid)
	require.NoError(t, gone(status.PID))
	left, err := badplugin.Descendants(key)
	require.NoError(t, err)
	require.Empty(t, left, "of what the plugin started")
}

// staysOut: dropped over a good one, a plugin that does not come up leaves it in charge, and the reason shows.
func (s *Site) staysOut(t *testing.T, bad badplugin.Binary, reason string) {
	t.Helper()
	good, err := s.Plugin(t.Context(), bad.Key)
	require.NoError(t, err)
	require.NoError(t, s.Install(bad))
	now, err := s.Await(t.Context(), bad.Key, "blamed", func(p Plugin) bool { return strings.Contains(p.Reason, reason) })
	require.NoError(t, err)
	require.Equal(t, "ready", now.State)
	require.Equal(t, good.PID, now.PID)
	s.listed(t, now, reason)
	o, err := s.SignIn(t.Context(), bad.Key)
	require.NoError(t, err)
	require.Equal(t, "signed in", o.String(), "with the version before")
}

// saves: the plugin is asked about metadata. A save that changes none is taken even when it cannot answer, with a warning.
func (s *Site) saves(t *testing.T, tenant, warning string) {
	t.Helper()
	warnings, err := s.FetchAgain(t.Context(), tenant)
	require.NoError(t, err)
	if warning == "" {
		require.NotContains(t, warnings, unavailable)
		return
	}
	require.Contains(t, warnings, warning)
}

// listed: the operator's command says what the API says.
func (s *Site) listed(t *testing.T, p Plugin, reason string) {
	t.Helper()
	require.Contains(t, p.Reason, reason)
	out, err := s.Run(t.Context(), "plugin", "list", "--json")
	require.NoError(t, err)
	var rows []Plugin
	require.NoError(t, json.Unmarshal([]byte(out), &rows))
	for _, row := range rows {
		if row.Key == p.Key {
			require.Contains(t, row.Reason, reason)
			return
		}
	}
	t.Errorf("plugin list does not show %s: %s", p.Key, out)
}
