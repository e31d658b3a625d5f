package e2e

import (
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/score"
	"github.com/idplug/idplug/testing/vectors"
)

// soakEnv names the variable with how long to soak ("15m"); without it the soak is a short one, which shows that it works.
const soakEnv = "IDPLUG_SOAK"

const (
	soakers     = 4
	goodOf      = 50               // one sign-in of so many requests is good
	bodyOf      = 500              // one is a body of the greatest size
	freshAfter  = 40 * time.Second // what is posted is made anew, before what is not valid yet becomes so
	soakWarm    = 5 * time.Second  // the first round, after which memory is looked at first
	soakBounded = 64.0             // MiB that memory may grow until the end
	shortSoak   = 2 * time.Minute  // at most, on a machine with much else to do; it ends after shortCount requests
	shortCount  = 1000
)

// soak is a server under a long rain of hostile messages, with good ones between them.
type soak struct {
	*forge
	until       time.Time
	most        int64 // requests, 0: no bound
	hostile     []vectors.Vector
	requests    atomic.Int64
	good, fault atomic.Int64
}

// TestSoak posts hostile messages of every kind, bodies of every size, and now and then a good answer, for as long as IDPLUG_SOAK says. No answer is
// 500 or above, no hostile message signs in, every good one does, the server stays the same process and does not grow.
func TestSoak(t *testing.T) {
	how, most, level := shortSoak, int64(shortCount), "debug"
	text := os.Getenv(soakEnv)
	if text == "" && score.Full() {
		text = "1m"
	}
	if text != "" {
		var err error
		how, err = time.ParseDuration(text)
		require.NoError(t, err, soakEnv)
		most, level = 0, "error" // or the log is greater than the memory
	} else {
		t.Parallel()
	}
	s := &soak{forge: newForge(t, "IDPLUG_LOG_LEVEL="+level), most: most, until: time.Now().Add(how)}
	for _, v := range vectors.All() {
		if v.Code != "" {
			s.hostile = append(s.hostile, v)
		}
	}
	pid := s.procs[host].PID()
	var warm float64
	for round := 0; s.goesOn(); round++ {
		s.round(t, round)
		if round == 0 {
			warm = s.resident(t)
		}
	}
	score.Report(t, "requests of the soak", float64(s.requests.Load()), ">= 1000")
	score.Report(t, "good sign-ins among them", float64(s.good.Load()), "> 0")
	score.Report(t, "requests of the soak that were answered wrongly", float64(s.fault.Load()), "= 0")
	require.Zero(t, s.fault.Load())
	require.Positive(t, s.good.Load())
	require.True(t, s.procs[host].Running())
	require.Equal(t, pid, s.procs[host].PID())
	if s.most > 0 {
		return // too short for memory to tell anything
	}
	grown := s.resident(t) - warm
	score.Report(t, "memory grown over the soak (MiB)", grown, "<= 64")
	require.LessOrEqual(t, grown, soakBounded)
}

func (s *soak) goesOn() bool {
	return time.Now().Before(s.until) && (s.most == 0 || s.requests.Load() < s.most)
}

// round makes all messages, for a login under way, and posts them again and again while they are fresh.
func (s *soak) round(t *testing.T, n int) {
	t.Helper()
	entityID := fmt.Sprint("http://www.okta.com/exksoak", n)
	s.trust(t, entityID)
	b := s.browser(fmt.Sprint("soak", n))
	b.accept = acceptJSON
	base, state := s.ask(t, b, entityID)
	base.Step, base.Kept = freshAfter+beside, new(vectors.Kept) // what is not valid yet must not become so
	a := &attack{forge: s.forge, base: base, state: state, cookies: b.cookies(t)}
	messages := make([]string, len(s.hostile))
	for i, v := range s.hostile {
		var err error
		messages[i], err = v.Message(base)
		require.NoError(t, err)
	}
	var bodies []string
	for _, body := range s.bodies(t, b, entityID) {
		bodies = append(bodies, body)
	}
	fresh := time.Now().Add(freshAfter)
	if n == 0 {
		fresh = time.Now().Add(soakWarm)
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for k := range soakers {
		all.Go(func() {
			for s.goesOn() && time.Now().Before(fresh) {
				i := int(next.Add(1))
				s.requests.Add(1)
				var err error
				switch {
				case i%bodyOf == 0:
					err = refused(s.bodyRequest(b, bodies[i/bodyOf%len(bodies)]))
				case i%goodOf == 0:
					err = s.sun(entityID, fmt.Sprintf("%d-%d-%d", n, k, i))
				default:
					if err = refused(a.request(messages[i%len(messages)])); err != nil {
						err = fmt.Errorf("%s: %w", s.hostile[i%len(messages)].Name, err)
					}
				}
				if err != nil && s.fault.Add(1) <= 10 {
					t.Errorf("request %d: %v", i, err)
				}
			}
		})
	}
	all.Wait()
}

// refused sends a request, which must be refused. Unlike the other tests' it is not kept to search the log for: there are too many.
func refused(request *http.Request, err error) error {
	if err != nil {
		return err
	}
	got, err := roundTrip(request)
	status := got.status
	if err == nil && (status < http.StatusBadRequest || status >= http.StatusInternalServerError) {
		err = fmt.Errorf("answered %d", status)
	}
	return err
}

// sun is a whole login that must succeed, of a person who comes every time.
func (s *soak) sun(entityID, id string) error {
	origin := s.procs[host].URL
	begin, err := http.NewRequestWithContext(s.ctx, http.MethodGet, origin+"/login/acme", nil)
	if err != nil {
		return err
	}
	begun, err := roundTrip(begin)
	if err != nil {
		return err
	}
	login, err := s.answerTo(begun, origin, person{id, "ada@example.com", entityID})
	if err != nil {
		return err
	}
	request, err := login.request(s.ctx, origin)
	if err != nil {
		return err
	}
	got, err := roundTrip(request)
	if err == nil && got.status != http.StatusSeeOther {
		err = fmt.Errorf("a good answer was refused: %d %s", got.status, got.body)
	}
	if err == nil {
		s.good.Add(1)
	}
	return err
}

// roundTrip sends one request, follows nothing and reads the answer.
func roundTrip(r *http.Request) (answer, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return answer{}, err
	}
	return read(response)
}

// resident is the server's memory in MiB.
func (s *soak) resident(t *testing.T) float64 {
	t.Helper()
	bytes, err := s.procs[host].Memory()
	require.NoError(t, err)
	return float64(bytes) / (1 << 20)
}
