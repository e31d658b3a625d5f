package plugins

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/score"
)

// TestAPluginThatDiesDuringAFirstSignInLeavesNobodyByHalf: processes are killed, and files taken away, at any moment of first sign-ins. Afterwards each
// person is nobody yet, or a user with a session; and the next time all of them come in, as one user each.
func TestAPluginThatDiesDuringAFirstSignInLeavesNobodyByHalf(t *testing.T) {
	s, people := open(t), 48
	if score.Full() {
		people = 1_000
	}
	s.ready(t, "other")
	var done, in, whole atomic.Int64
	var lanes sync.WaitGroup
	for i := range abreast {
		lanes.Go(func() {
			r := &row{Site: s, key: string(rune('a'+i)) + "-dying"}
			t.Run(r.key, func(t *testing.T) {
				r.ready(t, r.key)
				for range people / abreast {
					done.Add(1)
					if r.dies(t) {
						in.Add(1)
					}
					whole.Add(1)
				}
			})
		})
	}
	lanes.Wait()
	s.requireWhole(t)
	t.Logf("%d of %d came in at once", in.Load(), done.Load())
	require.Positive(t, in.Load())
	require.Less(t, in.Load(), done.Load(), "no plugin was gone for long enough")
	score.Report(t, "first sign-ins during which the plugin died", float64(done.Load()), ">= 48")
	score.Report(t, "first sign-ins of them that were done by half", float64(done.Load()-whole.Load()), "= 0")
}

// dies has the plugin die once or more during a first sign-in, as it happens, and tells whether the person came in nevertheless.
func (r *row) dies(t *testing.T) (in bool) {
	t.Helper()
	v, removed := r.begin(t), rand.IntN(3) == 0
	if removed { // which is noticed some fifty milliseconds later: before, during or after what follows
		require.NoError(t, r.Remove(r.key))
		time.Sleep(rand.N(100 * time.Millisecond))
	}
	outcome := make(chan string, 1)
	go func() {
		o := v.arrives(context.WithoutCancel(t.Context()))
		code, err := v.half(context.WithoutCancel(t.Context()), o)
		switch {
		case err != nil:
			outcome <- err.Error()
		case o.SignedIn():
			outcome <- signedIn
		default:
			outcome <- o.Code + code
		}
	}()
	for range 1 + rand.IntN(3) {
		time.Sleep(rand.N(12 * time.Millisecond))
		p, err := r.Plugin(t.Context(), r.key)
		require.NoError(t, err)
		if p.PID != 0 {
			require.NoError(t, r.Kill(p.PID, syscall.SIGKILL))
		}
	}
	became := <-outcome
	require.Contains(t, []string{signedIn, unavailable + unavailable}, became)
	other, err := r.SignIn(t.Context(), "other")
	require.NoError(t, err)
	require.Equal(t, signedIn, other.String(), "with the other plugin")
	if removed {
		r.await(t, "stopped", func(p Plugin) bool { return p.State == "stopped" })
		r.install(t, "")
	}
	require.NoError(t, v.Begin(t.Context()))
	require.Equal(t, signedIn, r.deliver(t, v), "the next time")
	return became == signedIn
}

// requireWhole looks into the database for what no page shows: a user without an identity, without the line of the audit that says who made them, or
// without the trace of the sign-in.
func (s *Site) requireWhole(t *testing.T) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.Dir, "data", "idplug.db")+"?mode=ro")
	require.NoError(t, err)
	defer db.Close()
	for what, query := range map[string]string{
		"users":           "SELECT count(*) > 0 FROM users",
		"identities":      "SELECT (SELECT count(*) FROM users) = (SELECT count(*) FROM identities)",
		"lines of audit":  "SELECT (SELECT count(*) FROM users) = (SELECT count(*) FROM audit WHERE action = 'user.create')",
		"traces":          "SELECT (SELECT count(*) FROM sessions) = (SELECT count(*) FROM logins WHERE outcome = 'signed_in')",
		"used assertions": "SELECT (SELECT count(*) FROM sessions) = (SELECT count(*) FROM used_assertions)",
	} {
		var whole bool
		require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&whole), what)
		require.True(t, whole, "as many %s as there must be", what)
	}
}
