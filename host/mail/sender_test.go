package mail_test

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/mail"
)

func TestALetterArrives(t *testing.T) {
	p := &post{}
	w := send(t, p.open(t, nil, false), newQueue(letter(1)))
	require.True(t, w.next(t).sent)
	d := <-p.got
	require.Equal(t, "no-reply@sso.example.com", d.from)
	require.Equal(t, "ada@example.com", d.to)
	w.stop()
	require.Equal(t, map[string]int{"invitation sent": 1}, w.counts.n)
	require.Empty(t, w.log.String())
}

func TestManyLettersShareConnections(t *testing.T) {
	var n atomic.Int32
	p := &post{connections: func() { n.Add(1) }}
	letters := make([]directory.Letter, 60)
	for i := range letters {
		letters[i] = letter(i)
	}
	w := send(t, p.open(t, nil, false), newQueue(letters...))
	for range letters {
		require.True(t, w.next(t).sent)
	}
	require.Equal(t, int32(2), n.Load())
}

// times answers with an error the first n times.
func times(n int32, err error) func() error {
	var left atomic.Int32
	left.Store(n)
	return func() error {
		if left.Add(-1) >= 0 {
			return err
		}
		return nil
	}
}

func TestWhatTheServerSaysDecides(t *testing.T) {
	later := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted,\tcome later"}
	never := &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<ada@example.com>: no such user"}
	for name, c := range map[string]struct {
		post    post
		want    directory.MailError
		forGood bool
	}{
		"recipient, later":  {post{rcptErr: times(1, later)}, directory.MailError{Code: sso.MailDeferred, Detail: "451 4.7.1 greylisted, come later"}, false},
		"content, later":    {post{dataErr: times(1, later)}, directory.MailError{Code: sso.MailDeferred, Detail: "451 4.7.1 greylisted, come later"}, false},
		"sender, later":     {post{mailErr: times(1, later)}, directory.MailError{Code: sso.MailDeferred, Detail: "451 4.7.1 greylisted, come later"}, false},
		"recipient, never":  {post{rcptErr: times(1, never)}, directory.MailError{Code: sso.MailRefused, Detail: "550 5.1.1 <ada@example.com>: no such user"}, true},
		"content, never":    {post{dataErr: times(1, never)}, directory.MailError{Code: sso.MailRefused, Detail: "550 5.1.1 <ada@example.com>: no such user"}, true},
		"we may not send":   {post{mailErr: times(1, never)}, directory.MailError{Code: sso.MailUnreachable, Detail: "550 5.1.1 <ada@example.com>: no such user"}, false},
		"server goes (421)": {post{rcptErr: times(1, &smtp.SMTPError{Code: 421, Message: "bye"})}, directory.MailError{Code: sso.MailDeferred, Detail: "421 4.0.0 bye"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := newQueue(letter(1), letter(2))
			q.again = 1
			w := send(t, c.post.open(t, nil, false), q)
			r := w.next(t)
			require.False(t, r.sent)
			require.Equal(t, c.want, r.why)
			require.Equal(t, c.forGood, r.forGood)
			require.True(t, w.next(t).sent, "the next letter goes")
			if !c.forGood {
				require.True(t, w.next(t).sent, "the second attempt succeeds")
			}
			w.stop()
			log := w.log.String()
			require.Contains(t, log, string(c.want.Code))
			for _, secret := range []string{"ada@example.com", "Lovelace", "secret-token", "no such user"} {
				require.NotContains(t, log, secret)
			}
		})
	}
}

func TestNothingIsLostWhileTheServerIsAway(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	away := mail.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
	require.NoError(t, l.Close())
	q := newQueue(letter(1), letter(2))
	w := send(t, away, q, func(o *mail.Options) { o.Rest = time.Hour })
	r := w.next(t)
	require.Equal(t, directory.MailError{Code: sso.MailUnreachable}, r.why)
	require.False(t, r.forGood)
	w.stop()
	require.Len(t, q.letters, 1, "one attempt tells that the server is away; the second letter waits untouched")
}

func TestAServerThatStallsIsLeft(t *testing.T) {
	p := &post{stall: make(chan struct{})}
	defer close(p.stall)
	w := send(t, p.open(t, nil, false), newQueue(letter(1)), func(o *mail.Options) { o.Timeout = 100 * time.Millisecond })
	require.Equal(t, sso.MailUnreachable, w.next(t).why.Code)
}

func TestAMailUnderWayIsCutOffAtTheEnd(t *testing.T) {
	reached := make(chan struct{})
	p := &post{stall: make(chan struct{}), dataErr: nil, rcptErr: func() error { close(reached); return nil }}
	defer close(p.stall)
	w := send(t, p.open(t, nil, false), newQueue(letter(1)))
	<-reached
	w.stop() // returns long before the timeout, with the outcome written
	require.Equal(t, sso.MailUnreachable, w.next(t).why.Code)
}

// raw answers each connection with what say writes.
func raw(t *testing.T, say func(net.Conn)) mail.Server {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer func() { _ = c.Close() }(); say(c) }()
		}
	}()
	return mail.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
}

func TestAServerSaysOnlySoMuch(t *testing.T) {
	said := make(chan int, 10)
	endless := raw(t, func(c net.Conn) {
		n := 0
		for line := []byte(strings.Repeat("x", 64<<10)); ; {
			k, err := c.Write(line)
			if n += k; err != nil {
				said <- n
				return
			}
		}
	})
	w := send(t, endless, newQueue(letter(1)))
	require.Equal(t, sso.MailUnreachable, w.next(t).why.Code)
	require.Less(t, <-said, 16<<20, "what the kernel buffers is beside ours")
}

func TestTLS(t *testing.T) {
	cert, roots := certificate(t)
	trusting := func(o *mail.Options) { o.Roots = roots }
	signedIn := func(s mail.Server) mail.Server { s.User, s.Password = "ada", "p@ss word"; return s }
	starttls := func(s mail.Server) mail.Server { s.StartTLS = true; return s }

	for name, implicit := range map[string]bool{"from the start": true, "by STARTTLS": false} {
		t.Run(name, func(t *testing.T) {
			p := &post{}
			s := signedIn(p.open(t, cert, implicit))
			s.StartTLS = !implicit
			w := send(t, s, newQueue(letter(1)), trusting)
			require.True(t, w.next(t).sent, w.log.String())
			require.Equal(t, "ada", (<-p.got).user)
		})
		t.Run(name+", of a stranger", func(t *testing.T) {
			p := &post{}
			s := signedIn(p.open(t, cert, implicit))
			s.StartTLS = !implicit
			w := send(t, s, newQueue(letter(1)))
			require.Equal(t, sso.MailUnreachable, w.next(t).why.Code)
			require.Empty(t, p.got)
		})
	}
	t.Run("a wrong password", func(t *testing.T) {
		s := signedIn((&post{}).open(t, cert, true))
		s.Password = "wrong-password"
		w := send(t, s, newQueue(letter(1)), trusting)
		r := w.next(t)
		require.Equal(t, sso.MailUnreachable, r.why.Code)
		require.Contains(t, r.why.Detail, "535")
		said := func() bool { return strings.Contains(w.log.String(), "535") }
		require.Eventually(t, said, 20*time.Second, time.Millisecond, "the outcome is reported before the reason is logged: %s", w.log)
		w.stop()
		require.NotContains(t, w.log.String(), "wrong-password")
		require.NotContains(t, w.log.String(), "no such user ada")
	})
	t.Run("a server without STARTTLS gets nothing", func(t *testing.T) {
		p := &post{}
		w := send(t, starttls(p.open(t, nil, false)), newQueue(letter(1)), trusting)
		require.Equal(t, sso.MailUnreachable, w.next(t).why.Code)
		require.Empty(t, p.got)
	})
}

func TestNoTimeoutOutlivesTheLease(t *testing.T) {
	_, err := mail.New(mail.Options{Timeout: directory.MailLease})
	require.ErrorContains(t, err, "lease")
	require.NotEmpty(t, fmt.Sprint(err))
}
