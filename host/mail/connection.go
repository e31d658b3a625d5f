package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"sync/atomic"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"github.com/idplug/idplug/core/directory"
	"github.com/idplug/idplug/core/sso"
)

// maxSaid bounds what a server may say on one connection, in bytes: its replies are kept in memory line by line.
const maxSaid = 1 << 20

// bounded is a connection on which the server may say only so much.
type bounded struct {
	net.Conn
	left atomic.Int64
}

// Read implements net.Conn.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if b.left.Add(-int64(n)) < 0 {
		return 0, errors.New("the server says too much")
	}
	return n, err
}

// connection is a server that lets mail in.
type connection struct {
	*smtp.Client
	conn net.Conn
	stop func() bool
}

// dial connects, turns on TLS and signs in, within the timeout of the options.
func (s *Sender) dial(ctx context.Context) (*connection, error) {
	c := &connection{}
	o := s.o
	config := &tls.Config{ServerName: o.Server.Host, MinVersion: tls.VersionTLS12, RootCAs: o.Roots}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		plain, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		limited := &bounded{Conn: plain}
		limited.left.Store(maxSaid)
		c.conn = limited
		if !o.Server.Implicit {
			return c.conn, nil
		}
		encrypted := tls.Client(limited, config)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, plain.Close())
		}
		c.conn = encrypted
		return c.conn, nil
	}
	policy := mail.NoTLS
	if o.Server.StartTLS {
		policy = mail.TLSMandatory
	}
	options := []mail.Option{
		mail.WithPort(o.Server.Port), mail.WithTimeout(o.Timeout), mail.WithHELO(o.Hello), mail.WithTLSPolicy(policy), mail.WithTLSConfig(config), mail.WithoutSMTPUTF8(),
		mail.WithDialContextFunc(dial),
	}
	if o.Server.User != "" {
		options = append(options, mail.WithUsername(o.Server.User), mail.WithPassword(o.Server.Password), mail.WithOpportunisticSMTPAuth(
			mail.SMTPAuthSCRAMSHA256PLUS, mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	client, err := mail.NewClient(o.Server.Host, options...)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	if c.Client, err = client.DialToSMTPClientWithContext(ctx); err != nil {
		if c.conn != nil {
			err = errors.Join(err, c.conn.Close())
		}
		return nil, err
	}
	return c, nil
}

// until closes the connection when ctx ends, which ends whatever waits on it.
func (c *connection) until(ctx context.Context) {
	c.stop = context.AfterFunc(ctx, func() { _ = c.conn.Close() })
}

func (c *connection) end() {
	c.stop()
	_ = c.Quit()
	_ = c.conn.Close()
}

// refusal is why a server did not take a message.
type refusal struct {
	directory.MailError
	forGood bool
	over    bool // the connection is of no further use
}

func (r refusal) Error() string { return string(r.Code) }

// send hands a message over; the error is a refusal.
func (s *Sender) send(c *connection, from, to string, m *mail.Msg) error {
	if err := c.UpdateDeadline(s.o.Timeout); err != nil {
		return unreachable(err)
	}
	if err := c.Mail(from); err != nil { // whoever may not send at all has no business with the person's address
		return judge(err, false)
	}
	if err := c.Rcpt(to); err != nil {
		return judge(err, true)
	}
	w, err := c.Data()
	if err != nil {
		return judge(err, true)
	}
	if _, err := m.WriteTo(w); err != nil {
		return unreachable(err)
	}
	if err := w.Close(); err != nil {
		return judge(err, true)
	}
	return nil
}

// judge makes a refusal of a server's answer: 4yz is for later, 5yz for good where it is about this mail (RFC 5321 4.2.1). 421 is a server that
// hangs up.
func judge(err error, aboutMail bool) error {
	said, ok := errors.AsType[*textproto.Error](err)
	if !ok {
		return unreachable(err)
	}
	r := refusal{MailError: directory.MailError{Code: sso.MailDeferred, Detail: fmt.Sprintf("%d %s", said.Code, oneLine(said.Msg))}, over: said.Code == 421}
	switch {
	case said.Code < 500:
	case aboutMail:
		r.Code, r.forGood = sso.MailRefused, true
	default:
		r.Code, r.over = sso.MailUnreachable, true
	}
	return r
}

// unreachable is a server that cannot be used. What it said is kept, what our side says of it is for the log: it may name the inside of the
// network.
func unreachable(err error) refusal {
	r := refusal{MailError: directory.MailError{Code: sso.MailUnreachable}, over: true}
	if said, ok := errors.AsType[*textproto.Error](err); ok {
		r.Detail = fmt.Sprintf("%d %s", said.Code, oneLine(said.Msg))
	}
	return r
}
