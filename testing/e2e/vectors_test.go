package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/score"
	"github.com/idplug/idplug/testing/vectors"
)

// beside is how far from a bound a time is where the clock runs on.
const beside = 30 * time.Second

// TestVectorsOverHTTP posts every hostile message with a flow that is good, and keeps the flow's cookie, as an attacker would: each is refused with its
// code and status, changes no row, sets no cookie and makes the server ask nobody, and the server stays the same process. The trace that administrators
// read has the same code. The twins of all, the same messages without the change,
// sign in before; after all attacks the very flow that they used signs in, too.
func TestVectorsOverHTTP(t *testing.T) {
	if !score.Full() { // times count there: nothing runs beside it
		t.Parallel()
	}
	f := newForge(t)
	var hostile, sound []vectors.Vector
	for _, v := range vectors.All() {
		if v.Code != "" {
			hostile = append(hostile, v)
		} else {
			sound = append(sound, v)
		}
	}
	f.signInAll(t, sound, vectors.Vector.Message)
	f.signInAll(t, kinds(hostile), vectors.Vector.Twin)
	score.Report(t, "sound messages accepted", float64(len(sound)+len(kinds(hostile))), ">= 100")

	const entityID = "http://www.okta.com/exkattack"
	f.trust(t, entityID)
	b := f.browser("attacker")
	b.accept = acceptJSON
	base, state := f.ask(t, b, entityID)
	base.Step, base.Kept = beside, new(vectors.Kept)
	out := listen(t)
	base.Outside = out.origin()
	a := &attack{forge: f, base: base, state: state, cookies: b.cookies(t), told: map[string]sso.Code{}}
	pid, before := f.procs[host].PID(), f.rows(t)
	a.shown(t, hostile)
	a.traced(t)
	cpu, err := f.procs[host].CPU()
	require.NoError(t, err)
	start := time.Now()
	a.run(t, hostile)
	took := time.Since(start)
	used, err := f.procs[host].CPU()
	require.NoError(t, err)
	require.Equal(t, before, f.rows(t), "rows changed")
	require.True(t, f.procs[host].Running())
	require.Equal(t, pid, f.procs[host].PID())
	require.Less(t, used-cpu, time.Duration(len(hostile))*50*time.Millisecond, "twice the target of 25 ms each")
	a.report(t, len(hostile), used-cpu, took)
	a.traced(t)
	out.requireNobodyCame(t, a.lures)

	message, err := vectors.Vector{}.Message(base)
	require.NoError(t, err)
	last, err := a.post(message)
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, last.status, "the flow that every attack came with must be good: %s", last.text())
	require.NotEqual(t, before, f.rows(t), "a sign-in changes rows")
}

// kinds are the first vector of every kind: their twins are all twins there are.
func kinds(list []vectors.Vector) []vectors.Vector {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(list), func(v vectors.Vector) bool {
		had := seen[v.Kind()]
		seen[v.Kind()] = true
		return had
	})
}

// signInAll signs in with a message of each vector. Assertion IDs are the same in all, and count once for each entity ID.
func (f *forge) signInAll(t *testing.T, list []vectors.Vector, message func(vectors.Vector, vectors.Base) (string, error)) {
	t.Helper()
	for i, v := range list {
		entityID := fmt.Sprintf("http://www.okta.com/exkvector%s%d", f.version, i)
		f.trust(t, entityID)
		b := f.browser("sound " + v.Name)
		b.accept = acceptJSON
		base, state := f.ask(t, b, entityID)
		base.Step = beside
		m, err := message(v, base)
		require.NoError(t, err)
		f.answer(t, b, m, state)
		requireSignedIn(t, b, v.Name)
	}
}

func requireSignedIn(t *testing.T, b *browser, what ...any) {
	t.Helper()
	require.Equal(t, http.StatusSeeOther, b.w.last.status, "%v: %s %s", what, b.w.last.code(), b.w.last.text())
	require.NoError(t, b.get("/session"))
	require.Equal(t, http.StatusOK, b.page.status, what...)
	require.True(t, strings.Contains(string(b.page.body), vectors.Ada), b.page.text())
}

// attack posts hostile messages in one flow, several at once.
type attack struct {
	*forge
	base    vectors.Base
	state   string
	cookies []*http.Cookie

	mu       sync.Mutex
	told     map[string]sso.Code // the code of each answer, by its reference
	lures    int                 // messages that want something fetched
	took     []time.Duration
	cpu      []time.Duration // of each, where one was posted after the other
	accepted int             // answers that are no refusal
	failed   int             // answers of 500 and above
}

// attackers post at once. For the scoreboard it is one, so that each message's processor time can be told.
func attackers() int {
	if score.Full() {
		return 1
	}
	return 4
}

func (a *attack) run(t *testing.T, hostile []vectors.Vector) {
	t.Helper()
	attackers := attackers()
	todo := make(chan vectors.Vector)
	var all sync.WaitGroup
	for range attackers {
		all.Go(func() {
			for v := range todo {
				if err := a.refused(v); err != nil {
					t.Errorf("%s: %v", v.Name, err)
				}
			}
		})
	}
	for _, v := range hostile {
		todo <- v
	}
	close(todo)
	all.Wait()
}

// refused posts one and says what is wrong with the answer.
func (a *attack) refused(v vectors.Vector) error {
	base := a.base
	base.Now = time.Now()
	message, err := v.Message(base)
	if err != nil {
		return err
	}
	request, err := a.request(message) // making a form of megabytes is not what is measured
	if err != nil {
		return err
	}
	before, err := a.procs[host].CPU()
	if err != nil {
		return err
	}
	start := time.Now()
	got, err := a.send(request)
	if err != nil {
		return err
	}
	took := time.Since(start)
	after, err := a.procs[host].CPU()
	if err != nil {
		return err
	}
	a.note(took, after-before, got.status)
	a.remember(got, v.Code, message)
	if want := sso.TextOf(v.Code).Status; got.code() != string(v.Code) || got.status != want {
		return fmt.Errorf("%d %s, not %d %s: %.300s", got.status, got.code(), want, v.Code, got.text())
	}
	for _, c := range (&http.Response{Header: got.header}).Cookies() {
		if c.Value != "" {
			return fmt.Errorf("sets the cookie %s", c.Name)
		}
	}
	return nil
}

func (a *attack) post(message string) (answer, error) {
	request, err := a.request(message)
	if err != nil {
		return answer{}, err
	}
	return a.send(request)
}

func (a *attack) send(request *http.Request) (answer, error) {
	response, err := a.secrets.Watch(http.DefaultTransport).RoundTrip(request)
	if err != nil {
		return answer{}, err
	}
	return read(response)
}

func (a *attack) request(message string) (*http.Request, error) {
	request, err := formRequest(a.ctx, a.procs[host].URL+"/saml/acme/acs", formOf(message, a.state))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", acceptJSON)
	elsewhere(request)
	for _, c := range a.cookies {
		request.AddCookie(c)
	}
	return request, nil
}

func (a *attack) note(took, cpu time.Duration, status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.took, a.cpu = append(a.took, took), append(a.cpu, cpu)
	switch {
	case status < http.StatusBadRequest:
		a.accepted++
	case status >= http.StatusInternalServerError:
		a.failed++
	}
}

// report gives the figures to the scoreboard.
func (a *attack) report(t *testing.T, posted int, cpu, took time.Duration) {
	t.Helper()
	score.Report(t, "hostile messages posted over HTTP", float64(posted), ">= 1000")
	score.Report(t, "hostile messages wrongly accepted", float64(a.accepted), "= 0")
	score.Report(t, "answers of 500 and above, processes ended", float64(a.failed), "= 0")
	score.Report(t, "CPU of a refusal, mean (ms)", float64(cpu.Milliseconds())/float64(posted), "<= 25")
	score.Report(t, "all hostile messages over HTTP (s)", took.Seconds(), "<= 60")
	found, err := a.secrets.Log(a.logs[0])
	require.NoError(t, err)
	found = append(found, a.secrets.Pages()...)
	score.Report(t, "secrets in the log of a hostile run", float64(len(found)), "= 0")
	require.Empty(t, found)
	if len(a.took) == 0 {
		return
	}
	score.Report(t, "time to refuse, p99 (ms)", milliseconds(p99(a.took)), "<= 250")
	score.Report(t, "time to refuse, most (ms)", milliseconds(slices.Max(a.took)), "<= 250")
	if score.Full() {
		score.Report(t, "CPU of a refusal, p99 (ms)", milliseconds(p99(a.cpu)), "<= 25")
		score.Report(t, "CPU of a refusal, most (ms)", milliseconds(slices.Max(a.cpu)), "<= 250")
	}
}

func p99(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)*99/100]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
