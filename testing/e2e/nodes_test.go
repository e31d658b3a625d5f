package e2e

import (
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/integration"
	"github.com/idplug/idplug/testing/program"
	"github.com/idplug/idplug/testing/score"
)

// nodes are servers on one database, which people reach by one address.
type nodes struct {
	*forge
	entityID string
	addrs    []string // of the nodes; the first is the one that people know
	database *sql.DB

	mu  sync.Mutex
	all []*program.Process
}

func newNodes(t *testing.T, n int) *nodes {
	t.Helper()
	addrs, listeners := make([]string, n), make([]net.Listener, n) // all at once, so that they differ
	for i := range addrs {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		listeners[i] = l
		addrs[i] = l.Addr().String()
	}
	for _, l := range listeners {
		require.NoError(t, l.Close())
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	address := integration.StartPostgres(t).Database(t)
	c := &nodes{addrs: addrs, entityID: "http://www.okta.com/exknodes"}
	c.forge = newForge(t, "IDPLUG_DATABASE_URL="+address, "IDPLUG_LISTEN="+addrs[0], "IDPLUG_BASE_URL=http://"+addrs[0],
		"IDPLUG_MASTER_KEY="+base64.StdEncoding.EncodeToString(key))
	var err error
	c.database, err = sql.Open("pgx", address)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.database.Close()) })
	c.trust(t, c.entityID)
	c.all = make([]*program.Process, n)
	c.all[0] = c.procs[host]
	for i := 1; i < n; i++ {
		require.NoError(t, c.restart(i))
	}
	return c
}

// restart kills a node, if it runs, and brings it back at its address; it is asked again when its plugin is ready.
func (c *nodes) restart(i int) error {
	c.mu.Lock()
	old := c.all[i]
	c.all[i] = nil
	c.mu.Unlock()
	if old != nil {
		if err := old.Kill(); err != nil {
			return err
		}
	}
	name := fmt.Sprint("node", i)
	if i == 0 {
		name = host
	}
	log := filepath.Join(c.dir, name+".log")
	env := append(slices.Clip(c.env), "IDPLUG_DATA_DIR="+filepath.Join(c.dir, name), "IDPLUG_LISTEN="+c.addrs[i])
	p, err := program.Start(program.Command{Path: filepath.Join(bin, "idplug"), Args: []string{"serve"}, Env: env, Log: log, Addr: c.addrs[i]})
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.procs[name] = p
	if !slices.Contains(c.logs, log) {
		c.logs = append(c.logs, log)
	}
	c.mu.Unlock()
	err = eventually(func() error { return c.ready(p.URL) })
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all[i] = p
	return err
}

// ready tells whether the server at an origin has its plugin.
func (c *nodes) ready(origin string) error {
	request, err := http.NewRequestWithContext(c.ctx, http.MethodGet, origin+"/api/v1/providers/okta", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.operator)
	response, err := c.script().Do(request)
	if err != nil {
		return err
	}
	a, err := read(response)
	return errors.Join(err, a.is("state", "ready"))
}

// send sends a request to a node; where it is down, as a load balancer does, to the next. Making it anew each time is make's part.
func (c *nodes) send(node int, request func(origin string) (*http.Request, error)) (answer, error) {
	const tries = 200 // of 10 ms: a node comes back sooner
	var last error
	for range tries {
		node++
		c.mu.Lock()
		p := c.all[node%len(c.all)]
		c.mu.Unlock()
		if p == nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		r, err := request(p.URL)
		if err != nil {
			return answer{}, err
		}
		r.Header.Set("Accept", acceptJSON)
		response, err := nodeClient.RoundTrip(r)
		if err == nil {
			var a answer
			if a, err = read(response); err == nil {
				return a, nil
			}
		}
		last = err
	}
	return answer{}, last
}

// nodeClient keeps more idle connections than the default, which would make a new one for nearly every request here.
var nodeClient = &http.Transport{MaxIdleConnsPerHost: 16}

// begin asks one node for a login and answers it, for a person of its own.
func (c *nodes) begin(i int) (homecoming, error) {
	begun, err := c.send(i, func(origin string) (*http.Request, error) {
		return http.NewRequestWithContext(c.ctx, http.MethodGet, origin+"/login/acme", nil)
	})
	if err != nil {
		return homecoming{}, err
	}
	return c.answerTo(begun, "http://"+c.addrs[0], person{strconv.Itoa(i), fmt.Sprintf("double%d@example.com", i), c.entityID})
}

// double posts one answer to two nodes at once, and says how many of the two signed in.
func (c *nodes) double(i int) (signedIn int, err error) {
	login, err := c.begin(i)
	if err != nil {
		return 0, err
	}
	var both sync.WaitGroup
	answers, errs := make([]answer, 2), make([]error, 2)
	for k := range answers {
		both.Go(func() {
			answers[k], errs[k] = c.send(i+k, func(origin string) (*http.Request, error) { return login.request(c.ctx, origin) })
		})
	}
	both.Wait()
	wrong := errors.Join(errs...)
	for _, a := range answers {
		switch {
		case a.status == http.StatusSeeOther:
			signedIn++
		case a.status != http.StatusForbidden || a.code() != string(sso.ReplayRequest) && a.code() != string(sso.ReplayAssertion):
			wrong = errors.Join(wrong, fmt.Errorf("answer %d: %d %s", i, a.status, a.body))
		}
	}
	return signedIn, wrong
}

// TestOneAnswerOpensOneSession posts each of many answers twice at once, to different ones of three servers on one database, while one after the other
// is killed and comes back. Whatever was on its way then is sent again, as a browser does. In the end each answer has opened one session, no more and
// no less.
func TestOneAnswerOpensOneSession(t *testing.T) {
	t.Parallel()
	const servers, at, kills = 3, 8, 3
	least, target, pause := 300, ">= 300", 100*time.Millisecond
	if score.Full() {
		least, target, pause = 10_000, ">= 10000", time.Second
	}
	c := newNodes(t, servers)
	var next, posted, twice, killed atomic.Int64
	var group sync.WaitGroup
	done := make(chan struct{})
	for range at {
		group.Go(func() {
			for i := int(next.Add(1)); i <= least || killed.Load() < kills; i = int(next.Add(1)) {
				n, err := c.double(i)
				posted.Add(1)
				if err != nil {
					t.Errorf("%v", err)
					return
				}
				if n > 1 {
					twice.Add(1)
				}
			}
		})
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for again := time.Tick(pause); ; {
			select {
			case <-done:
				return
			case <-again:
				if err := c.restart(int(killed.Load()) % servers); err != nil {
					t.Errorf("restart: %v", err)
					killed.Store(kills) // nobody need wait for more
					return
				}
				killed.Add(1)
			}
		}
	}()
	group.Wait()
	close(done)
	<-stopped
	var sessions, people, most int64
	require.NoError(t, c.database.QueryRow(`SELECT coalesce(sum(n), 0), count(*), coalesce(max(n), 0) FROM
		(SELECT count(*) AS n FROM sessions GROUP BY user_id) AS of_each`).Scan(&sessions, &people, &most))
	score.Report(t, "answers posted twice at once, to three servers that die", float64(posted.Load()), target)
	score.Report(t, "servers killed meanwhile", float64(killed.Load()), ">= 3")
	score.Report(t, "answers that opened no session, or two", float64(posted.Load()-people+sessions-people), "= 0")
	require.Zero(t, twice.Load())
	require.Equal(t, posted.Load(), people)
	require.Equal(t, posted.Load(), sessions)
	require.LessOrEqual(t, most, int64(1))
}
