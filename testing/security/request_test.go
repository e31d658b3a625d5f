package security

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
)

// TestAnAnswerIsToItsOwnRequest, to no other of the same browser and to none that nobody made, and it comes while the login lasts.
func TestAnAnswerIsToItsOwnRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("acme")
	w.trust("acme", entity, trusted(), nil)
	ada := who("ada@example.test")
	for name, to := range map[string]func(*devidp.Response){
		"the Response to one that nobody made":  func(r *devidp.Response) { r.InResponseTo = "id-x" },
		"the assertion to one that nobody made": func(r *devidp.Response) { r.Assertions[0].Confirmations[0].InResponseTo = "id-x" },
		"the assertion to none":                 func(r *devidp.Response) { r.Assertions[0].Confirmations[0].InResponseTo = "" },
		"both to one that nobody made": func(r *devidp.Response) {
			r.InResponseTo, r.Assertions[0].Confirmations[0].InResponseTo = "id-x", "id-x"
		},
	} {
		t.Run(name, func(t *testing.T) { w.browser().refused("acme", sso.CorrRequest, ada, to) })
	}
	t.Run("another login of the same browser", func(t *testing.T) {
		b := w.browser()
		one, two := b.begin("acme"), b.begin("acme")
		b.copyOf().isRefused(sso.CorrRequest, b.copyOf().post("acme", one.state, w.message(two, ada)))
		b.copyOf().isRefused(sso.CorrRequest, b.copyOf().post("acme", two.state, w.message(one, ada)))
		for _, f := range []flow{one, two} {
			require.Equal(t, 303, b.post("acme", f.state, w.message(f, ada)).status)
		}
	})
	t.Run("too late", func(t *testing.T) {
		b, late := w.browser(), w.browser()
		in, out := b.begin("acme"), late.begin("acme")
		w.pass(login.FlowTTL - time.Second)
		require.Equal(t, 303, b.post("acme", in.state, w.message(in, ada)).status)
		w.pass(2 * time.Second)
		late.isRefused(sso.CorrExpired, late.post("acme", out.state, w.message(out, ada)))
	})
}

// TestAnAnswerForOneTenantIsNothingToAnother that has another provider: not as it is, and not where it says of no place that it is for.
func TestAnAnswerForOneTenantIsNothingToAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant("acme")
	w.tenant("evil")
	w.trust("acme", entity, trusted(), nil)
	w.trust("evil", entity+"/2", stranger(), nil)
	b := w.browser()
	mine, theirs := b.begin("acme"), b.begin("evil")
	for code, changes := range map[sso.Code][]func(*devidp.Response){sso.ProtoDestination: nil, sso.ProtoIssuer: {noDestination}} {
		message := w.message(mine, who("ada@example.test", admins), changes...)
		thief := b.copyOf()
		thief.isRefused(code, thief.post("evil", theirs.state, message))
		home := b.copyOf()
		require.Equal(t, 303, home.post("acme", mine.state, message).status)
		require.NotEmpty(t, home.who())
		mine = b.begin("acme")
	}
	require.Empty(t, w.users("evil"))
}

// TestOneAnswerAtManyNodesOpensOneSession posts one answer 64 times at once, to three nodes in turn.
func TestOneAnswerAtManyNodesOpensOneSession(t *testing.T) {
	nodes := deployment(t, 3)
	here := nodes[0]
	here.tenant("acme")
	here.trust("acme", entity, trusted(), nil)
	b := here.browser()
	f := b.begin("acme")
	message := here.message(f, who("ada@example.test"))
	var all sync.WaitGroup
	var mu sync.Mutex
	ends := map[string]int{}
	for i := range 64 {
		thief := b.copyOf()
		thief.w = nodes[i%len(nodes)]
		all.Go(func() {
			a := thief.post("acme", f.state, message)
			mu.Lock()
			defer mu.Unlock()
			ends[fmt.Sprintf("%d %s session:%t", a.status, a.code(), thief.session() != "")]++
		})
	}
	all.Wait()
	opened, refused := ends["303  session:true"], 0
	for _, code := range []sso.Code{sso.ReplayAssertion, sso.ReplayRequest} {
		refused += ends[fmt.Sprintf("403 %s session:false", code)]
	}
	require.Equal(t, 1, opened, "%v", ends)
	require.Equal(t, 63, refused, "%v", ends)
	require.Len(t, here.users("acme"), 1)
}
