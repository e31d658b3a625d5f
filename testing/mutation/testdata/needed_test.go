package saml_test

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml"
	"github.com/idplug/idplug/testing/mutation/without"
	"github.com/idplug/idplug/testing/vectors"
)

// sample is a message with what the verifier says of it.
type sample struct {
	message string
	code    sso.Code
	logout  *vectors.Logout // nil: a sign-in's response
}

// TestNeeded verifies every vector with each of the mutants that IDPLUG_MUTANTS lists, and prints which ones a vector misses. It lies over the tree
// only while testing/mutation runs.
func TestNeeded(t *testing.T) {
	debug.SetMaxStack(64 << 20) // a mutant that calls itself for ever ends soon
	b, s := base(t), service()
	var all []sample
	for _, v := range vectors.All() {
		m, err := v.Message(b)
		require.NoError(t, err)
		all = append(all, sample{m, v.Code, nil})
	}
	for _, l := range vectors.Logouts() {
		m, err := l.Message(b)
		require.NoError(t, err)
		all = append(all, sample{m, l.Code, &l})
	}
	slices.SortStableFunc(all, func(a, b sample) int { return len(a.message) - len(b.message) })
	var at, since atomic.Int64
	begun := time.Now()
	require.False(t, slices.ContainsFunc(all, func(x sample) bool { return !same(t, s, b, x) }), "while no mutant lives")
	go watch(&at, &since, time.Second+10*time.Since(begun))
	for _, text := range strings.Fields(os.Getenv("IDPLUG_MUTANTS")) {
		id, err := strconv.Atoi(text)
		require.NoError(t, err)
		fmt.Println("TRY", id)
		at.Store(int64(id))
		since.Store(time.Now().UnixNano())
		without.ID = id
		missed := slices.IndexFunc(all, func(x sample) bool { return !same(t, s, b, x) })
		without.ID = 0
		fmt.Println("MUTANT", id, missed >= 0)
	}
	since.Store(0)
}

// same tells whether the verifier says what it should.
func same(t *testing.T, s *saml.Service, b vectors.Base, x sample) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	if l := x.logout; l != nil {
		asked, answer, err := openLogout(t, s, target(b.Key), *l, x.message)
		return sso.CodeOf(err) == l.Code && (err != nil || asked.Concerns(adas) == (!l.Answer && !l.Spares) && answer.Confirmed == (l.Answer && !l.Partial))
	}
	_, _, err := verify(s, target(b.Key), x.message)
	return sso.CodeOf(err) == x.code
}

// watch ends the process when a mutant runs for ever or eats memory: that is noticed, too.
func watch(at, since *atomic.Int64, tooLong time.Duration) {
	const tooMuch = 1 << 30
	for range time.Tick(50 * time.Millisecond) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		start := since.Load()
		if start != 0 && (time.Since(time.Unix(0, start)) > tooLong || m.HeapAlloc > tooMuch) {
			fmt.Println("MUTANT", at.Load(), true)
			os.Exit(3)
		}
	}
}
