package plugins

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/score"
)

// fault is something that befalls a tenant's plugin, which is good before.
type fault struct {
	name  string
	does  func(t *testing.T, r *row)
	mends func(t *testing.T, r *row) // nil where nobody has to
	stays bool                       // until it is mended, so that it is there for several stages
	still bool                       // its process answers no more
}

// faults are those of a process, and then those of its answers. What takes longest comes first.
func faults() []fault {
	all := []fault{
		{
			name: "stopped", still: true,
			does: func(t *testing.T, r *row) {
				r.dead = r.pid(t)
				require.NoError(t, r.Stop(r.dead))
			},
			mends: func(t *testing.T, r *row) { // or wait for half a minute, until its health is missed
				require.NoError(t, r.API(t.Context(), http.MethodPost, "/plugins/"+r.key+"/restart", nil, nil))
				r.pid(t)
			},
		},
		{name: "killed", does: func(t *testing.T, r *row) {
			r.dead = r.pid(t)
			require.NoError(t, r.Kill(r.dead, syscall.SIGKILL))
		}},
		{
			name: "emptied", stays: true,
			does: func(t *testing.T, r *row) {
				require.NoError(t, r.Remove(r.key))
				r.await(t, "gone", func(p Plugin) bool { return p.State == "draining" || p.State == "stopped" })
			},
			mends: func(t *testing.T, r *row) {
				r.await(t, "stopped", func(p Plugin) bool { return p.State == "stopped" })
				r.install(t, badplugin.Good)
			},
		},
		replacedBy(badplugin.Good),
	}
	for _, mode := range answers() {
		all = append(all, replacedBy(mode))
	}
	return all
}

// drawn are all faults where minutes may be spent; else those of a process and some of those of its answers, which are the same to most stages. What
// the log names is tried again by itself with IDPLUG_SCORE_FULL=1 and -run.
func drawn() []fault {
	all := faults()
	if score.Full() {
		return all
	}
	const some = 3
	rest := all[len(all)-len(answers()):]
	rand.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	return all[:len(all)-len(rest)+some]
}

func answers() []badplugin.Mode {
	return []badplugin.Mode{
		badplugin.HangOnProfile, badplugin.Slow, badplugin.Refuses, badplugin.PanicOnProfile, badplugin.CrashOnProfile, badplugin.HugeProfile,
		badplugin.Garbled, badplugin.InventedValue, badplugin.InventedName,
	}
}

func replacedBy(mode badplugin.Mode) fault {
	return fault{
		name: "replaced by " + string(mode), stays: true,
		does:  func(t *testing.T, r *row) { r.install(t, mode) },
		mends: func(t *testing.T, r *row) { r.install(t, badplugin.Good) },
	}
}

// pid is the process that serves, once it does.
func (r *row) pid(t *testing.T) int {
	t.Helper()
	return r.await(t, "serving", func(p Plugin) bool { return p.State == "ready" && p.PID != 0 && p.PID != r.dead }).PID
}

// await looks less often than [Site.Await] does: several rows wait at once, and nobody takes the time.
func (r *row) await(t *testing.T, what string, wanted func(Plugin) bool) (p Plugin) {
	t.Helper()
	for deadline := time.Now().Add(patient); ; time.Sleep(20 * time.Millisecond) {
		var err error
		p, err = r.Plugin(t.Context(), r.key)
		require.NoError(t, err)
		if wanted(p) {
			return p
		}
		require.True(t, time.Now().Before(deadline), "it is not %s: %+v", what, p)
	}
}

// install puts another version into the plugin's place and waits until it serves.
func (r *row) install(t *testing.T, mode badplugin.Mode) {
	t.Helper()
	r.versions++
	version := fmt.Sprintf("2.0.%d", r.versions)
	require.NoError(t, r.Install(badplugin.Binary{Key: r.key, Mode: mode, Version: version}))
	r.await(t, "ready as "+version, func(p Plugin) bool { return p.State == "ready" && p.Version == version })
}
