package plugins

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	_ "modernc.org/sqlite" // the server's database, whose write lock keeps a sign-in from its end
)

// stage is a moment at which a plugin may be missed. at brings somebody there, has the fault strike, and says what became of it.
type stage struct {
	name string
	lies bool // the fault may lie there already
	at   func(t *testing.T, r *row, strike func()) string
}

// stages are in the order of a tenant's life; those that a fault may lie under come last.
func stages() []stage {
	return []stage{
		{name: "before the request", at: func(t *testing.T, r *row, strike func()) string {
			strike()
			return r.deliver(t, r.begin(t))
		}},
		{name: "at the provider", at: func(t *testing.T, r *row, strike func()) string {
			v := r.begin(t)
			strike()
			return r.deliver(t, v)
		}},
		{name: "while the profile is asked for", at: asked},
		{name: "before the session is written", at: told},
		{name: "a person who is known", lies: true, at: func(t *testing.T, r *row, strike func()) string {
			strike()
			require.NoError(t, r.member.Begin(t.Context()))
			return r.deliver(t, r.member)
		}},
		{name: "test sign-in", lies: true, at: tried},
		{name: "preview of mappings", lies: true, at: previewed},
		{name: "save of what is there", lies: true, at: func(t *testing.T, r *row, strike func()) string {
			strike()
			return r.save(t, "")
		}},
		{name: "save of another address", lies: true, at: func(t *testing.T, r *row, strike func()) string {
			strike()
			return r.save(t, "?another")
		}},
		{name: "logout", lies: true, at: leaves},
	}
}

func (r *row) begin(t *testing.T) *Visitor {
	t.Helper()
	v, err := r.Visitor(t.Context(), r.key)
	require.NoError(t, err)
	return v
}

// deliver ends a sign-in: with a session and one user, or with neither.
func (r *row) deliver(t *testing.T, v *Visitor) string {
	t.Helper()
	o, err := v.Deliver(t.Context())
	require.NoError(t, err)
	return r.came(t, v, o)
}

// arrives is Deliver beside a test, which fails for what is wrong later.
func (v *Visitor) arrives(ctx context.Context) Outcome {
	o, err := v.Deliver(ctx)
	if err != nil {
		o.Wrong = err.Error()
	}
	return o
}

func (r *row) came(t *testing.T, v *Visitor, o Outcome) string {
	t.Helper()
	require.Empty(t, o.Wrong, "of the session")
	code, err := v.half(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, o.Code, code, "in the trace")
	if o.SignedIn() {
		return signedIn
	}
	require.NotEmpty(t, o.Code, "%d", o.Status)
	r.refused = append(r.refused, v)
	return o.Code
}

// half says that a first sign-in is neither done nor undone: with a session, one user and the roles that the mappings give; without, nobody. code is
// what the trace of it says.
func (v *Visitor) half(ctx context.Context, o Outcome) (code string, err error) {
	users, err := v.site.Users(ctx, v.tenant, v.person.Email)
	if err != nil {
		return "", err
	}
	status, _, err := v.session(ctx)
	if err != nil {
		return "", err
	}
	var traces struct {
		Items []struct{ Code, Email string }
	}
	if err := v.site.API(ctx, http.MethodGet, "/tenants/"+v.tenant+"/logins?limit=1", nil, &traces); err != nil {
		return "", err
	}
	if len(traces.Items) == 1 {
		code = traces.Items[0].Code
	}
	switch {
	case o.SignedIn() && len(users) == 1 && fmt.Sprint(users[0].Roles) == fmt.Sprint(v.roles()) && status == http.StatusOK:
	case !o.SignedIn() && len(users) == 0 && status == http.StatusUnauthorized:
	default:
		return "", fmt.Errorf("after %q there are the users %+v, and /session answers %d", o, users, status)
	}
	return code, nil
}

// held brings a sign-in to a moment at which it waits, and lets it go on once the fault has struck.
func (r *row) held(t *testing.T, v *Visitor, there func() bool, strike, release func(), most time.Duration) string {
	t.Helper()
	outcome := make(chan Outcome, 1)
	go func() { outcome <- v.arrives(context.WithoutCancel(t.Context())) }()
	for !there() {
		select {
		case o := <-outcome:
			require.Fail(t, "it has not waited", "%s, in %s", o, o.Took)
		case <-time.After(3 * time.Millisecond):
		}
	}
	late := time.AfterFunc(most, release) // or the sign-in would fail for having waited
	strike()
	late.Stop()
	release()
	return r.came(t, v, <-outcome)
}

// asked: the process stands still in the call, and goes on once the fault has struck, if it may.
func asked(t *testing.T, r *row, strike func()) string {
	v, pid := r.begin(t), r.pid(t)
	require.NoError(t, r.Stop(pid))
	release := sync.OnceFunc(func() {
		if !r.fault.still {
			_ = r.Kill(pid, syscall.SIGCONT) // it may be gone
		}
	})
	there := func() bool {
		p, err := r.Plugin(t.Context(), r.key)
		require.NoError(t, err)
		return p.InFlight > 0
	}
	return r.held(t, v, there, strike, release, time.Second)
}

// told: the plugin has answered, and the session waits for the database, which somebody else writes to.
func told(t *testing.T, r *row, strike func()) string {
	v, before := r.begin(t), r.profiles(t)
	writing.Lock() // one of us at a time, or the waits would add up
	defer writing.Unlock()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.Dir, "data", "idplug.db")+"?_txlock=immediate&_pragma=busy_timeout(20000)")
	require.NoError(t, err)
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	release := sync.OnceFunc(func() { _ = tx.Rollback() })
	defer release()
	there := func() bool { return r.profiles(t) > before }
	return r.held(t, v, there, strike, release, 2*time.Second)
}

var writing sync.Mutex

// profiles is how many profiles the plugin has told.
func (r *row) profiles(t *testing.T) int {
	t.Helper()
	series, err := r.Metric(t.Context(), "idplug_plugin_calls_total")
	if err != nil {
		return 0 // nobody was asked yet
	}
	return int(series[`idplug_plugin_calls_total{method="profile",outcome="ok",plugin="`+r.key+`"}`])
}

// tried is a test sign-in, which makes no user and no session whatever becomes of it.
func tried(t *testing.T, r *row, strike func()) string {
	strike()
	var ticket struct{ URL string }
	require.NoError(t, r.API(t.Context(), http.MethodPost, "/tenants/"+r.key+"/sso/test", map[string]any{}, &ticket))
	v := r.Newcomer(r.key)
	require.NoError(t, v.beginAt(t.Context(), ticket.URL))
	o, err := v.Deliver(t.Context())
	require.NoError(t, err)
	code, err := v.half(t.Context(), Outcome{})
	require.NoError(t, err)
	require.Equal(t, code == "", o.Status == http.StatusOK, "%d %s", o.Status, code)
	if code == "" {
		return works
	}
	return code
}

func previewed(t *testing.T, r *row, strike func()) string {
	strike()
	var given struct{ Roles []string }
	in := map[string]any{"attributes": map[string]any{"groups": []string{"readers"}}}
	require.NoError(t, r.API(t.Context(), http.MethodPost, "/tenants/"+r.key+"/sso/preview", in, &given))
	require.Equal(t, []string{"analyst"}, given.Roles)
	return shown
}

func (r *row) settings(t *testing.T) map[string]any {
	t.Helper()
	var now map[string]any
	require.NoError(t, r.API(t.Context(), http.MethodGet, "/tenants/"+r.key+"/sso", nil, &now))
	return now
}

// save changes a setting, and the address of the metadata where more says so: both, or nothing.
func (r *row) save(t *testing.T, more string) string {
	t.Helper()
	before := r.settings(t)
	change := map[string]any{
		"version": before["version"], "metadata_url": before["metadata_url"].(string) + more,
		"idp_initiated": map[any]string{"restart": "deny", "deny": "restart"}[before["idp_initiated"]],
	}
	var saved map[string]any
	err := r.API(t.Context(), http.MethodPatch, "/tenants/"+r.key+"/sso", change, &saved)
	after := r.settings(t)
	warned := strings.Contains(fmt.Sprint(saved["warnings"]), unavailable)
	for _, document := range []map[string]any{before, saved, after} {
		maps.DeleteFunc(document, func(member string, _ any) bool { return member == "warnings" }) // of the plugin, which is another now
	}
	if err != nil {
		var refusal *Problem
		require.ErrorAs(t, err, &refusal)
		require.Equal(t, before, after)
		return refusal.Code
	}
	require.Equal(t, saved, after)
	require.InDelta(t, before["version"].(float64)+1, after["version"], 0)
	require.Equal(t, change["idp_initiated"], after["idp_initiated"])
	require.Equal(t, change["metadata_url"], after["metadata_url"])
	if warned {
		return savedWarned
	}
	return savedAll
}

// leaves: whoever is signed in logs out.
func leaves(t *testing.T, r *row, strike func()) string {
	strike()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.Host.URL+"/logout", nil)
	require.NoError(t, err)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Origin", r.Host.URL)
	response, err := r.member.client.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusNoContent, response.StatusCode)
	status, _, err := r.member.session(t.Context())
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, status)
	return signedOut
}
