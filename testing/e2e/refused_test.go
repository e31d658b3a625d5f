package e2e

import (
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/vectors"
)

// shown posts the first message of every code as a browser does: the page has the code's words, and the reference under which an administrator finds
// it. They are fewer than a minute's traces, so that each is there.
func (a *attack) shown(t *testing.T, hostile []vectors.Vector) {
	t.Helper()
	seen := map[sso.Code]bool{}
	for _, v := range hostile {
		if seen[v.Code] {
			continue
		}
		seen[v.Code] = true
		base := a.base
		base.Now = time.Now()
		message, err := v.Message(base)
		require.NoError(t, err)
		request, err := a.request(message)
		require.NoError(t, err)
		request.Header.Set("Accept", acceptHTML)
		got, err := a.send(request)
		require.NoError(t, err)
		want := sso.TextOf(v.Code)
		require.Equal(t, want.Status, got.status, v.Name)
		require.Equal(t, string(v.Code), got.code(), v.Name)
		summary, _, _ := strings.Cut(want.Summary, "{")
		require.Contains(t, got.text(), strings.TrimSpace(summary), v.Name)
		reference := got.header.Get("X-Request-Id")
		require.NotEmpty(t, reference)
		require.Contains(t, got.text(), reference, v.Name)
		a.remember(got, v.Code, message)
	}
	require.Less(t, len(seen), 120, "a minute's traces of a tenant")
}

// remember keeps what the trace of an answer has to say, and counts messages that want something fetched.
func (a *attack) remember(got answer, code sso.Code, message string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told[got.header.Get("X-Request-Id")] = code
	if doc, err := base64.StdEncoding.DecodeString(message); err == nil && strings.Contains(string(doc), a.base.Outside) {
		a.lures++
	}
}

// traced compares the stored traces with what the answers said: each has its code, also in its last step. A form that cannot be read leaves none, and of
// a flood some do.
func (a *attack) traced(t *testing.T) {
	t.Helper()
	lines := linesOf(t, a.database(t), `SELECT request_id, code, instr(CAST(steps AS TEXT), '"code":"' || code || '"') > 0 FROM logins
		WHERE tenant = 'acme' AND outcome = 'refused'`)
	stored := map[sso.Code]int{}
	for _, line := range lines {
		fields := strings.Fields(line)
		require.Len(t, fields, 3, line)
		code, known := a.told[fields[0]]
		require.True(t, known, "a trace of no answer: %s", line)
		require.Equal(t, string(code), fields[1], line)
		require.Equal(t, "1", fields[2], "no step says so: %s", line)
		stored[code]++
	}
	for _, code := range a.told {
		require.True(t, stored[code] > 0 || strings.HasPrefix(string(code), "acs."), "no trace of any %s", code)
	}
}

// outside is where hostile messages want the server to go.
type outside struct {
	net.Listener
	came atomic.Int64
}

func listen(t *testing.T) *outside {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	o := &outside{Listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			o.came.Add(1)
			c.Close()
		}
	}()
	return o
}

func (o *outside) origin() string { return "http://" + o.Addr().String() }

// requireNobodyCame also comes itself: a listener that hears nobody would prove nothing.
func (o *outside) requireNobodyCame(t *testing.T, lures int) {
	t.Helper()
	require.GreaterOrEqual(t, lures, 8, "messages that ask for it")
	require.Zero(t, o.came.Load())
	response, err := http.Get(o.origin())
	if err == nil {
		response.Body.Close()
	}
	require.NoError(t, eventually(func() error {
		if o.came.Load() == 0 {
			return net.ErrClosed
		}
		return nil
	}))
}
