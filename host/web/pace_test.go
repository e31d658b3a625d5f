package web

import (
	"context"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

// slowPasswords counts comparisons, and takes its time for each.
type slowPasswords struct {
	fakePasswords
	each     time.Duration
	compared atomic.Int32
}

func (p *slowPasswords) Verify(ctx context.Context, hash, password string) (bool, error) {
	p.compared.Add(1)
	time.Sleep(p.each)
	return p.fakePasswords.Verify(ctx, hash, password)
}

// TestThePaceOfAPasswordTellsNothing: an administrator of evil adds addresses that they wonder about. One is somebody's elsewhere as well, whose password
// is compared too. No answer comes before the beat, and one that missed it waits for the next.
func TestThePaceOfAPasswordTellsNothing(t *testing.T) {
	w := newWorld(t)
	w.tenant("evil")
	for _, p := range []struct {
		t     sso.TenantID
		email string
	}{{"acme", "ceo@acme.test"}, {"evil", "ceo@acme.test"}, {"evil", "nobody@acme.test"}} {
		w.person(p.t, p.email, "agent")
	}
	passwords := &slowPasswords{}
	w.o.Login.Passwords = passwords
	w.passwordTime = 300 * time.Millisecond
	for name, c := range map[string]struct {
		email, password string
		status          int
		compared        int32
		each            time.Duration
		beats           int
	}{
		"one organisation":              {"nobody@acme.test", "wrong", 403, 1, 0, 1},
		"two organisations":             {"ceo@acme.test", "wrong", 403, 2, 0, 1},
		"no organisation":               {"unknown@acme.test", "wrong", 403, 1, 0, 1},
		"the right one":                 {"nobody@acme.test", password, 303, 1, 0, 1},
		"the right one, of the first":   {"ceo@acme.test", password, 303, 1, 0, 1},
		"two that miss the first beat":  {"ceo@acme.test", "wrong", 403, 2, 160 * time.Millisecond, 2},
		"one that misses the beat, too": {"nobody@acme.test", "wrong", 403, 1, 310 * time.Millisecond, 2},
	} {
		t.Run(name, func(t *testing.T) {
			passwords.each = c.each
			before, start := passwords.compared.Load(), time.Now()
			a := w.browser().do("POST", "/login", url.Values{"email": {c.email}, "password": {c.password}})
			require.GreaterOrEqual(t, time.Since(start), time.Duration(c.beats)*w.passwordTime)
			require.Equal(t, c.status, a.Code, a.Body.String())
			require.Equal(t, c.compared, passwords.compared.Load()-before)
		})
	}
}

// TestNobodyWaitsForWhoHasGone: the pace ends with the request.
func TestNobodyWaitsForWhoHasGone(t *testing.T) {
	ctx, gone := context.WithCancel(t.Context())
	until := pace(ctx, time.Hour)
	gone()
	until()
}
