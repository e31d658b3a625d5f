package security

import (
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/score"
)

// TestEveryTenantTakesItsOwnAnswersAlone has fifty tenants that trust one provider with one key, as the customers of one reseller do. Every request
// has the same ID, one browser holds a login under way at each tenant, and the messages leave out Destination, which they may: what keeps a message
// from the other forty-nine is what it says, signed, of whom it is for. Each message is refused there first, and then signs in at home.
func TestEveryTenantTakesItsOwnAnswersAlone(t *testing.T) {
	const tenants = 50
	w := newWorld(t)
	w.asked.same = "id-that-every-request-has"
	b := w.browser()
	flows := make([]flow, tenants)
	posted := make([]string, tenants)
	for i := range tenants {
		id := sso.TenantID(fmt.Sprintf("tenant-%02d", i))
		w.tenant(id)
		w.trust(id, entity, trusted(), nil)
		one := w.browser() // a single browser would be told to give up the oldest
		flows[i] = one.begin(id)
		maps.Copy(b.cookies, one.cookies)
		posted[i] = w.message(flows[i], who("ada@example.test", admins), noDestination)
	}
	taken, refusals := 0, 0
	for from := range posted {
		for to, f := range flows {
			if from == to {
				continue
			}
			// A refused answer spends the browser's flow; the attacker has kept a copy.
			a := b.copyOf().post(f.tenant, f.state, posted[from])
			if a.status < 400 {
				taken++
				t.Errorf("%s took the answer for %s", f.tenant, flows[from].tenant)
				continue
			}
			require.Contains(t, []sso.Code{sso.ProtoAudience, sso.ProtoRecipient}, a.code(), "%s", a.body)
			refusals++
		}
	}
	for _, f := range flows {
		require.Empty(t, w.users(f.tenant))
	}
	home := 0
	for i, f := range flows {
		mine := b.copyOf()
		a := mine.post(f.tenant, f.state, posted[i])
		require.Equal(t, 303, a.status, "%s", a.body)
		require.NotEmpty(t, mine.who())
		require.Len(t, w.users(f.tenant), 1)
		home++
	}
	score.Report(t, "cross-tenant answers accepted, of 2,450", float64(taken), "= 0")
	score.Report(t, "cross-tenant answers refused", float64(refusals), "= 2450")
	score.Report(t, "own answers accepted, of 50", float64(home), "= 50")
	require.Equal(t, tenants*(tenants-1), refusals)
}

// copyOf is another browser with the same cookies.
func (b *browser) copyOf() *browser {
	c := b.w.browser()
	n := messages.Add(1)
	c.from = fmt.Sprintf("198.18.%d.%d", n>>8&0xff, n&0xff) // a network of its own
	maps.Copy(c.cookies, b.cookies)
	maps.Copy(c.lax, b.lax)
	return c
}

func noDestination(r *devidp.Response) { r.Destination = "" }

// TestAMessageForTwoTenantsIsForNeither mixes what a message says of its receiver: all of it must name the tenant at which it arrives.
func TestAMessageForTwoTenantsIsForNeither(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []sso.TenantID{"acme", "other"} {
		w.tenant(id)
		w.trust(id, entity, trusted(), nil)
	}
	other := sso.NewServiceProvider(w.origin, "other")
	for name, c := range map[string]struct {
		change func(*devidp.Response)
		code   sso.Code
	}{
		"audience of the other":    {func(r *devidp.Response) { r.Assertions[0].Conditions.Audiences = [][]string{{other.EntityID}} }, sso.ProtoAudience},
		"recipient of the other":   {func(r *devidp.Response) { r.Assertions[0].Confirmations[0].Recipient = other.ACSURL }, sso.ProtoRecipient},
		"destination of the other": {func(r *devidp.Response) { r.Destination = other.ACSURL }, sso.ProtoDestination},
		"audience of each, both must hold": {func(r *devidp.Response) {
			r.Assertions[0].Conditions.Audiences = append(r.Assertions[0].Conditions.Audiences, []string{other.EntityID})
		}, sso.ProtoAudience},
	} {
		t.Run(name, func(t *testing.T) { w.browser().refused("acme", c.code, who("ada@example.test"), c.change) })
	}
	w.browser().signIn("acme", who("ada@example.test"), func(r *devidp.Response) {
		r.Assertions[0].Conditions.Audiences[0] = append(r.Assertions[0].Conditions.Audiences[0], other.EntityID)
	})
	require.Empty(t, w.users("other"))
}
