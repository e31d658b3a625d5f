package plugins

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/score"
)

// What may become of somebody at a stage, other than being refused with a code.
const (
	signedIn    = "signed in"
	works       = "works"
	shown       = "shown"
	savedAll    = "saved"
	savedWarned = "saved, warned"
	signedOut   = "signed out"

	unproven = "plugin.unproven_value"
)

// outcomes is what each fault does at each stage, in the order of [stages].
//
//nolint:gochecknoglobals // a table
var outcomes = map[string][10]string{
	"killed":  {signedIn, signedIn, signedIn, signedIn, signedIn, works, shown, savedAll, savedAll, signedOut},
	"stopped": {unavailable, unavailable, unavailable, signedIn, signedIn, unavailable, shown, savedWarned, "invalid", signedOut},
	"emptied": {unavailable, unavailable, signedIn, signedIn, signedIn, unavailable, shown, savedWarned, "invalid", signedOut},

	"replaced by good":             {signedIn, signedIn, signedIn, signedIn, signedIn, works, shown, savedAll, savedAll, signedOut},
	"replaced by slow":             {signedIn, signedIn, signedIn, signedIn, signedIn, works, shown, savedAll, savedAll, signedOut},
	"replaced by refuses":          {unavailable, unavailable, signedIn, signedIn, signedIn, unavailable, shown, savedAll, savedAll, signedOut},
	"replaced by panic-on-profile": {unavailable, unavailable, signedIn, signedIn, signedIn, unavailable, shown, savedAll, savedAll, signedOut},
	"replaced by crash-on-profile": {unavailable, unavailable, signedIn, signedIn, signedIn, unavailable, shown, savedAll, savedAll, signedOut},
	"replaced by hang-on-profile":  {unavailable, unavailable, signedIn, signedIn, signedIn, unavailable, shown, savedAll, savedAll, signedOut},
	"replaced by huge-profile":     {unavailable, unavailable, signedIn, signedIn, signedIn, unavailable, shown, savedAll, savedAll, signedOut},
	"replaced by garbled":          {unavailable, unavailable, signedIn, signedIn, signedIn, unavailable, shown, savedAll, savedAll, signedOut},
	"replaced by invented-value":   {unproven, unproven, signedIn, signedIn, signedIn, unproven, shown, savedAll, savedAll, signedOut},
	"replaced by invented-name":    {unproven, unproven, signedIn, signedIn, signedIn, unproven, shown, savedAll, savedAll, signedOut},
}

// row is one fault: a tenant whose plugin it befalls, at one stage after the other.
type row struct {
	*Site
	key      string
	fault    fault
	struck   bool
	dead     int // a process that serves no more, whatever the list says
	versions int
	member   *Visitor   // who is known since before
	refused  []*Visitor // who comes back once it is mended
	beside   chan string
}

// abreast is how many rows go on at once: most of them wait for a process to come up, or for one that does not answer.
const abreast = 4

// TestAPluginMayFailAtEveryStage goes through all faults at all stages. At each somebody signs in beside it, with another plugin.
func TestAPluginMayFailAtEveryStage(t *testing.T) {
	s := open(t)
	s.ready(t, "other")
	other, err := s.Plugin(t.Context(), "other")
	require.NoError(t, err)
	for _, f := range faults() {
		require.NotContains(t, outcomes[f.name], "", "nobody has said what is expected where a plugin is %s", f.name)
		require.Len(t, outcomes[f.name], len(stages()))
	}
	var cells, right atomic.Int64
	places, rows := make(chan struct{}, abreast), sync.WaitGroup{}
	for i, f := range drawn() {
		places <- struct{}{}
		rows.Go(func() {
			defer func() { <-places }()
			t.Run(f.name, func(t *testing.T) {
				r := &row{Site: s, key: string(rune('a'+i)) + "-befallen", fault: f}
				r.run(t, &cells, &right)
			})
		})
	}
	rows.Wait()
	now, err := s.Plugin(t.Context(), "other")
	require.NoError(t, err)
	require.Equal(t, other, now, "the other plugin is the same process, and nobody says otherwise")
	score.Report(t, "stages and faults of plugins that were tried", float64(cells.Load()), ">= 70")
	score.Report(t, "stages and faults that ended otherwise than they must", float64(cells.Load()-right.Load()), "= 0")
}

func (r *row) run(t *testing.T, cells, right *atomic.Int64) {
	t.Helper()
	r.ready(t, r.key)
	r.member = r.begin(t)
	require.Equal(t, signedIn, r.deliver(t, r.member))
	all, want := stages(), outcomes[r.fault.name]
	for i, s := range all {
		cells.Add(1)
		ok := t.Run(strings.ReplaceAll(s.name, " ", "-"), func(t *testing.T) {
			require.Equal(t, want[i], s.at(t, r, func() { r.strike(t) }))
			require.Equal(t, signedIn, <-r.beside, "with the other plugin")
			if last := i == len(all)-1; last || !r.fault.stays || !s.lies || !all[i+1].lies {
				r.mend(t)
			}
		})
		if !ok {
			return // what comes after would say nothing
		}
		right.Add(1)
	}
	require.NoError(t, r.Remove(r.key))
}

// strike has the fault befall the plugin, and somebody sign in with the other one.
func (r *row) strike(t *testing.T) {
	t.Helper()
	if !r.struck {
		r.struck = true
		r.fault.does(t, r)
	}
	r.beside = make(chan string, 1)
	go func() {
		o, err := r.SignIn(context.WithoutCancel(t.Context()), "other")
		if err != nil {
			o.Wrong = err.Error()
		}
		r.beside <- o.String()
	}()
}

// mend does what an operator would, if that takes an operator. Whoever was refused comes in then, and so does the next new person.
func (r *row) mend(t *testing.T) {
	t.Helper()
	if r.fault.mends != nil {
		r.fault.mends(t, r)
	}
	r.struck = false
	back := r.refused
	r.refused = nil
	for _, v := range append(back, r.Newcomer(r.key)) {
		require.NoError(t, v.Begin(t.Context()))
		require.Equal(t, signedIn, r.deliver(t, v), "the next time")
	}
}
