package security

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/store"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/integration"
	"github.com/idplug/idplug/testing/score"
)

// twoNodes are two hosts of one deployment.
func twoNodes(t *testing.T) (here, there *world) {
	t.Helper()
	all := deployment(t, 2)
	return all[0], all[1]
}

// deployment are hosts on one PostgreSQL, each with a store and copies of its own.
func deployment(t *testing.T, nodes int) []*world {
	t.Helper()
	url := integration.StartPostgres(t).Database(t)
	open := func() ports {
		s, err := store.Open(t.Context(), store.Options{DSN: url})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		_, err = s.Migrate(t.Context())
		require.NoError(t, err)
		return ports{s.Settings(), s.Login(), s.Directory(), s.Keys()}
	}
	all := []*world{startWorld(t, open())}
	for len(all) < nodes {
		all = append(all, startWorld(t, open(), all[0]))
	}
	return all
}

// revocation is one act on one node and what it ends on the other.
type revocation struct {
	here, there *world
	t           sso.TenantID
	ada, bob    *browser // bob is an administrator
	id          sso.UserID
	token       directory.Token
	secret      string
}

// isOver asks the other node until what was revoked is over there, and returns how long that took.
func (r *revocation) isOver(over func() bool) time.Duration {
	r.there.t.Helper()
	start := time.Now()
	for time.Since(start) < 10*time.Second {
		if over() {
			return time.Since(start)
		}
		time.Sleep(5 * time.Millisecond) // the other node is asked, not told: there is no signal
	}
	r.there.t.Error("still open after ten seconds")
	return time.Since(start)
}

func (r *revocation) gone(b *browser) func() bool {
	return func() bool {
		return r.there.as(b.session()).do("GET", "/session", nil).status == http.StatusUnauthorized
	}
}

// revocations end something: each returns what must be over on the other node. Bob stays signed in where stays is true.
var revocations = map[string]struct {
	act   func(r *revocation) (over func() bool)
	stays bool
}{
	"user deactivated": {func(r *revocation) func() bool {
		status := sso.Deactivated
		_, err := r.here.directory.UpdateUser(context.Background(), operator, r.t, r.id, directory.UserPatch{Status: &status})
		require.NoError(r.here.t, err)
		return r.gone(r.ada)
	}, true},
	"user deleted": {func(r *revocation) func() bool {
		require.NoError(r.here.t, r.here.directory.DeleteUser(context.Background(), operator, r.t, r.id))
		return r.gone(r.ada)
	}, true},
	"tenant deactivated": {func(r *revocation) func() bool {
		disabled := true
		_, err := r.here.directory.UpdateTenant(context.Background(), operator, r.t, directory.TenantPatch{Disabled: &disabled})
		require.NoError(r.here.t, err)
		return func() bool {
			return r.gone(r.ada)() && r.gone(r.bob)() && r.there.browser().do("GET", "/login/"+string(r.t), nil).status == 403
		}
	}, false},
	"tenant deleted": {func(r *revocation) func() bool {
		require.NoError(r.here.t, r.here.directory.DeleteTenant(context.Background(), operator, r.t))
		return func() bool {
			return r.gone(r.ada)() && r.gone(r.bob)() && r.there.browser().do("GET", "/login/"+string(r.t), nil).status == 404
		}
	}, false},
	"provider switched": {func(r *revocation) func() bool {
		r.here.trust(r.t, entity+"/2", trusted(), map[string]any{"provider": "azure"})
		return func() bool { return r.gone(r.ada)() && r.gone(r.bob)() }
	}, false},
	"provider replaced by one of its kind": {func(r *revocation) func() bool {
		r.here.trust(r.t, entity+"/2", stranger(), nil)
		return func() bool {
			return r.gone(r.ada)() && r.gone(r.bob)() && r.there.browser().arrive(r.t, who(ada)).code() != ""
		}
	}, false},
	"key of the provider withdrawn": {func(r *revocation) func() bool { // nobody signs in with it any more; who is in stays
		r.here.trust(r.t, entity, stranger(), nil)
		return func() bool { return r.there.browser().arrive(r.t, who(ada)).code() == sso.SigUntrustedKey }
	}, true},
	"SSO turned off": {func(r *revocation) func() bool {
		breakGlassOf(r.here, r.t)
		return func() bool { return r.there.browser().do("GET", "/login/"+string(r.t), nil).status == 200 } // the password page
	}, true},
	"administrator no more": {func(r *revocation) func() bool {
		carol := r.here.browser()
		carol.signIn(r.t, who("carol@example.test", admins)) // the last one would stay
		_, err := r.here.directory.UpdateUser(context.Background(), operator, r.t, r.bob.who(), directory.UserPatch{Roles: &[]sso.Key{"agent"}})
		require.NoError(r.here.t, err)
		return func() bool {
			return r.there.as(r.bob.session()).do("GET", "/api/v1/tenants/"+string(r.t)+"/users", nil).status == 403
		}
	}, true},
	"token revoked": {func(r *revocation) func() bool {
		require.NoError(r.here.t, r.here.directory.DeleteToken(context.Background(), operator, r.t, r.token.ID))
		return func() bool { return r.there.api("GET", "/tenants/"+string(r.t)+"/sso", r.secret, "").status == 401 }
	}, true},
	"maker of a token deactivated": {func(r *revocation) func() bool {
		carol := r.here.browser()
		carol.signIn(r.t, who("carol@example.test", admins))
		by := sso.Actor{Kind: sso.Person, ID: string(carol.who()), Tenant: r.t, Admin: true}
		_, secret, err := r.here.directory.CreateToken(context.Background(), by, r.t, "hers")
		require.NoError(r.here.t, err)
		status := func() int { return r.there.api("GET", "/tenants/"+string(r.t)+"/sso", secret, "").status }
		require.Equal(r.here.t, 200, status())
		gone := sso.Deactivated
		_, err = r.here.directory.UpdateUser(context.Background(), operator, r.t, carol.who(), directory.UserPatch{Status: &gone})
		require.NoError(r.here.t, err)
		return func() bool { return status() == 401 }
	}, true},
	"logged out": {func(r *revocation) func() bool {
		old := r.ada.session()
		r.ada.do("POST", "/logout", nil)
		return func() bool { return r.there.as(old).do("GET", "/session", nil).status == 401 }
	}, true},
	"signed in again": {func(r *revocation) func() bool {
		old := r.ada.session()
		r.ada.signIn(r.t, who(ada))
		return func() bool { return r.there.as(old).do("GET", "/session", nil).status == 401 }
	}, true},
}

// TestRevocationReachesEveryNode revokes on one node what the other has just used.
func TestRevocationReachesEveryNode(t *testing.T) {
	t.Parallel()
	here, there := twoNodes(t)
	var took []time.Duration
	neighbours := revoke(here, there, "neighbours")
	for name, c := range revocations {
		r := revoke(here, there, sso.TenantID(fmt.Sprint("t", len(took))))
		took = append(took, r.isOver(c.act(r)))
		require.Equal(t, !c.stays, r.gone(r.bob)(), name)
	}
	require.False(t, neighbours.gone(neighbours.ada)(), "nobody else's")
	require.False(t, neighbours.gone(neighbours.bob)())

	took = append(took, passwordsEnd(here, there))
	slices.Sort(took)
	score.Report(t, "revocation on another node, slowest (s)", took[len(took)-1].Seconds(), "<= 5")
	require.LessOrEqual(t, took[len(took)-1], 5*time.Second)
}

// revoke prepares a tenant whose people are signed in, and lets the other node see all that will be revoked.
func revoke(here, there *world, t sso.TenantID) *revocation {
	here.t.Helper()
	r := &revocation{here: here, there: there, t: t, ada: here.browser(), bob: here.browser()}
	here.tenant(t)
	here.trust(t, entity, trusted(), nil)
	r.id = r.ada.signIn(t, who(ada))
	r.bob.signIn(t, who("bob@example.test", admins))
	var err error
	r.token, r.secret, err = here.directory.CreateToken(context.Background(), operator, t, "test")
	require.NoError(here.t, err)
	require.Equal(here.t, r.id, there.as(r.ada.session()).who())
	require.Equal(here.t, 200, there.as(r.bob.session()).do("GET", "/api/v1/tenants/"+string(t)+"/users", nil).status)
	require.Equal(here.t, 200, there.api("GET", "/tenants/"+string(t)+"/sso", r.secret, "").status)
	there.browser().signIn(t, who("dave@example.test"))
	return r
}

// passwordsEnd turns SSO on where somebody is signed in by password, and asks the other node to sign in by it, too.
func passwordsEnd(here, there *world) time.Duration {
	const t = "by-password"
	here.t.Helper()
	here.tenant(t)
	here.person(t, ada, sso.Administrator)
	b, other := here.browser(), there.browser()
	b.password(t, ada)
	other.password(t, ada)
	r := &revocation{here: here, there: there, t: t}
	require.False(here.t, r.gone(b)())
	here.trust(t, entity, trusted(), nil)
	return r.isOver(func() bool {
		last := there.browser()
		last.do("POST", "/login/"+t, map[string][]string{"email": {ada}, "password": {password}})
		return r.gone(b)() && r.gone(other)() && last.session() == ""
	})
}

func breakGlassOf(w *world, t sso.TenantID) {
	w.t.Helper()
	_, err := w.settings.Disable(context.Background(), operator, t)
	require.NoError(w.t, err)
}

// TestASessionEndsWhenTheProviderSaysSo is SessionNotOnOrAfter, as a browser sees it.
func TestASessionEndsWhenTheProviderSaysSo(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	until := func(end time.Time) func(*devidp.Response) {
		return func(r *devidp.Response) { r.Assertions[0].Authn.SessionNotOnOrAfter = end }
	}
	soon := w.now().Add(45 * time.Minute)
	b, free := w.browser(), w.browser()
	b.signIn("acme", who(ada), until(soon))
	free.signIn("acme", who("bob@example.test"), until(w.now().Add(100*24*time.Hour)))
	require.Contains(t, string(b.do("GET", "/session", nil).body), `"expires_at":"`+soon.Format(time.RFC3339)+`"`)
	require.Contains(t, string(free.do("GET", "/session", nil).body), `"expires_at":"`+w.now().Add(12*time.Hour).Format(time.RFC3339)+`"`, "no longer than ours")
	old := b.session()
	w.pass(45*time.Minute - time.Second)
	require.NotEmpty(t, b.who())
	w.pass(time.Second)
	w.isDead(old)
	require.NotEmpty(t, free.who())
	w.browser().refused("acme", sso.ProtoAuthn, who(ada), until(w.now().Add(-time.Hour)))
}

// TestASessionIsOfOneTenant asks at another tenant's doors with a session, and with its tenant's name exchanged.
func TestASessionIsOfOneTenant(t *testing.T) {
	t.Parallel()
	w := newHouse(t)
	b := w.browser()
	b.signIn("acme", who(ada, admins))
	_, token, _ := strings.Cut(b.session(), ".")
	for _, path := range []string{"", "/users", "/sso", "/roles", "/inboxes", "/tokens", "/logins", "/audit", "/users/export", "/sso/connections/okta", "/sso/keys"} {
		require.Equal(t, 404, b.do("GET", "/api/v1/tenants/other"+path, nil).status, path)
		require.NotEqual(t, 404, b.do("GET", "/api/v1/tenants/acme"+path, nil).status, path)
	}
	for _, tenant := range []string{"other", "plain", "ACME", "acme ", "nowhere", "", "acme.acme"} {
		w.isDead(tenant + "." + token)
	}
}
