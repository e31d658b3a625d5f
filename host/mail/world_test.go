package mail_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"math/big"
	"net"
	netmail "net/mail"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/host/mail"
)

// delivery is a mail that the server took.
type delivery struct{ from, to, user, data string }

// post is an SMTP server. Its fields say what it does; got receives what it takes.
type post struct {
	mailErr, rcptErr, dataErr func() error // nil takes everything
	stall                     chan struct{}
	got                       chan delivery
	connections               func()
}

// NewSession implements smtp.Backend.
func (p *post) NewSession(*smtp.Conn) (smtp.Session, error) {
	if p.connections != nil {
		p.connections()
	}
	return &visit{post: p}, nil
}

type visit struct {
	*post
	d delivery
}

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "ada" || password != "p@ss word" {
			return &smtp.SMTPError{Code: 535, Message: "no such user ada"}
		}
		v.d.user = user
		return nil
	}), nil
}

func answer(f func() error) error {
	if f == nil {
		return nil
	}
	return f()
}

func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	v.d.from = from
	return answer(v.mailErr)
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.d.to = to
	return answer(v.rcptErr)
}

func (v *visit) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if v.stall != nil {
		<-v.stall
	}
	if err := answer(v.dataErr); err != nil {
		return err
	}
	v.d.data = string(data)
	v.got <- v.d
	return nil
}

func (v *visit) Reset()        { v.d = delivery{user: v.d.user} }
func (v *visit) Logout() error { return nil }

// open starts the server on a loopback port. implicit speaks TLS at once; certificate nil knows no STARTTLS.
func (p *post) open(t *testing.T, certificate *tls.Certificate, implicit bool) mail.Server {
	t.Helper()
	p.got = make(chan delivery, 100)
	s := smtp.NewServer(p)
	s.Domain, s.ErrorLog = "mx.example.com", quiet{}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	if certificate != nil {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12}
	}
	if implicit {
		l = tls.NewListener(l, s.TLSConfig)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return mail.Server{Host: "127.0.0.1", Port: port, Implicit: implicit}
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// certificate is one for 127.0.0.1, and who trusts it.
func certificate(t *testing.T) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// report is what the sender said became of a letter.
type report struct {
	letter  directory.Letter
	why     directory.MailError
	sent    bool
	forGood bool
}

// queue hands out letters; one that was put off comes again at once, as often as again says.
type queue struct {
	mu      sync.Mutex
	letters []directory.Letter
	again   int
	reports chan report
}

func newQueue(letters ...directory.Letter) *queue {
	return &queue{letters: letters, reports: make(chan report, 200)}
}

func (q *queue) NextMail(context.Context) (directory.Letter, bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.letters) == 0 {
		return directory.Letter{}, false, nil
	}
	l := q.letters[0]
	q.letters = q.letters[1:]
	return l, true, nil
}

func (q *queue) MailSent(ctx context.Context, l directory.Letter) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.reports <- report{letter: l, sent: true}
	return nil
}

func (q *queue) MailNotSent(ctx context.Context, l directory.Letter, why directory.MailError, forGood bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if !forGood && q.again > 0 {
		q.again--
		q.letters = append(q.letters, l)
	}
	q.reports <- report{letter: l, why: why, forGood: forGood}
	return nil
}

// counts are the metrics.
type counts struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counts) Mail(kind, outcome string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[kind+" "+outcome]++
}

// locked is a log that several write to.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// sending is a sender at work.
type sending struct {
	*queue
	counts *counts
	log    *locked
	stop   func() // waits until it has ended
}

func send(t *testing.T, s mail.Server, q *queue, change ...func(*mail.Options)) *sending {
	t.Helper()
	w := &sending{queue: q, counts: &counts{}, log: &locked{}}
	o := mail.Options{
		Queue: q, Server: s, From: netmail.Address{Name: "Acme sign-in", Address: "no-reply@sso.example.com"}, Origin: "https://sso.example.com",
		Hello: "sso.example.com", Log: slog.New(slog.NewTextHandler(w.log, nil)), Metrics: w.counts, Every: time.Millisecond, Rest: time.Millisecond,
		Timeout: 5 * time.Second,
	}
	for _, c := range change {
		c(&o)
	}
	sender, err := mail.New(o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- sender.Run(ctx) }()
	w.stop = sync.OnceFunc(func() { cancel(); require.NoError(t, <-done) })
	t.Cleanup(w.stop)
	return w
}

// next is the next outcome.
func (w *sending) next(t *testing.T) report {
	t.Helper()
	select {
	case r := <-w.reports:
		return r
	case <-time.After(20 * time.Second):
		require.Fail(t, "no outcome", w.log.String())
		return report{}
	}
}

func letter(n int) directory.Letter {
	return directory.Letter{
		Tenant: "acme", TenantName: "Acme & Söhne", User: "u_ada", Kind: directory.InvitationMail, To: "ada" + "@example.com", Name: "Ada <Lovelace>",
		Token: "secret-token-" + strconv.Itoa(n), Expires: time.Now().Add(24 * time.Hour), SSO: true,
	}
}
