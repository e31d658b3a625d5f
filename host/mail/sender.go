package mail

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"net/textproto"
	"time"

	"github.com/idplug/idplug/core/directory"
)

// Queue is where letters come from and outcomes go to.
type Queue interface {
	NextMail(ctx context.Context) (l directory.Letter, ok bool, err error)
	MailSent(ctx context.Context, l directory.Letter) error
	MailNotSent(ctx context.Context, l directory.Letter, why directory.MailError, forGood bool) error
}

// Outcomes of an attempt, for the metrics.
const (
	Sent     = "sent"
	Deferred = "deferred" // it is tried again
	Failed   = "failed"   // for good
)

// Metrics counts attempts.
type Metrics interface {
	Mail(kind, outcome string)
}

// Options are what a sender needs; Metrics, Roots and the times may be left out.
type Options struct {
	Queue   Queue
	Server  Server
	From    netmail.Address
	Origin  string // public origin, which links begin with
	Hello   string // how we call ourselves to the server (RFC 5321 4.1.1.1)
	Log     *slog.Logger
	Metrics Metrics
	Roots   *x509.CertPool // who may sign the server's certificate; nil: the system's
	Every   time.Duration  // pause between looks at the queue; 2 seconds
	Rest    time.Duration  // pause after the server could not be used; 30 seconds
	Timeout time.Duration  // of connecting, and of each message; 30 seconds
}

// perConnection is how many mails go over one connection: some servers hang up after more.
const perConnection = 50

// reportTime is how long writing an outcome may take, also while the host shuts down.
const reportTime = 5 * time.Second

// Sender sends what is queued, one mail after the other, over one connection while there is more.
type Sender struct {
	o     Options
	paper *paper
}

// New makes a sender; it does nothing before [Sender.Run].
func New(o Options) (*Sender, error) {
	orElse := func(d *time.Duration, other time.Duration) {
		if *d == 0 {
			*d = other
		}
	}
	orElse(&o.Every, 2*time.Second)
	orElse(&o.Rest, 30*time.Second)
	orElse(&o.Timeout, 30*time.Second)
	if o.Timeout > directory.MailLease/4 {
		return nil, fmt.Errorf("mail: a timeout of %s is too near the lease of %s", o.Timeout, directory.MailLease)
	}
	p, err := newPaper()
	return &Sender{o: o, paper: p}, err
}

// Run sends until ctx ends. A mail under way then is cut off and comes again.
func (s *Sender) Run(ctx context.Context) error {
	for {
		pause := s.o.Every
		if err := s.round(ctx); err != nil && ctx.Err() == nil {
			pause = s.o.Rest
			s.o.Log.WarnContext(ctx, "mail: not sent", "err", err)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// round sends what is due. It ends early, with an error, when the server or the queue cannot be used: the rest waits untouched.
func (s *Sender) round(ctx context.Context) error {
	var c *connection
	defer func() {
		if c != nil {
			c.end()
		}
	}()
	for n := 0; ctx.Err() == nil; n++ {
		l, ok, err := s.o.Queue.NextMail(ctx)
		if err != nil || !ok {
			return err
		}
		if c != nil && n%perConnection == 0 {
			c.end()
			c = nil
		}
		if c == nil {
			if c, err = s.dial(ctx); err != nil {
				return errors.Join(s.unusable(err), s.report(ctx, l, unreachable(err)))
			}
			c.until(ctx)
		}
		outcome := s.deliver(c, l)
		if err := s.report(ctx, l, outcome); err != nil {
			return err
		}
		if r, ok := errors.AsType[refusal](outcome); ok {
			switch {
			case r.over && r.Code != "" && !r.forGood:
				return fmt.Errorf("the mail server %s cannot be used: %s", s.o.Server.Host, r.Code)
			case c.Reset() != nil:
				c.end()
				c = nil
			}
		}
	}
	return nil
}

// unusable says for the log why there is no connection; of the server's words, which may repeat a user name, only the code.
func (s *Sender) unusable(err error) error {
	if said, ok := errors.AsType[*textproto.Error](err); ok {
		err = fmt.Errorf("it answered %d", said.Code)
	}
	return fmt.Errorf("the mail server %s cannot be used: %w", s.o.Server.Host, err)
}

func (s *Sender) deliver(c *connection, l directory.Letter) error {
	m, err := s.paper.message(l, s.o.Origin, s.o.From, rand.Text())
	if err != nil {
		return unreachable(err)
	}
	return s.send(c, s.o.From.Address, string(l.To), m)
}

// report writes the outcome of a letter, also when ctx has ended meanwhile: what the server took must not go twice.
func (s *Sender) report(ctx context.Context, l directory.Letter, outcome error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reportTime)
	defer cancel()
	r, refused := errors.AsType[refusal](outcome)
	if !refused {
		s.count(l, Sent)
		return s.o.Queue.MailSent(ctx, l)
	}
	if r.forGood {
		s.count(l, Failed)
	} else {
		s.count(l, Deferred)
	}
	// The server's words may name the person, so they are for the console only.
	s.o.Log.WarnContext(ctx, "mail: not taken", "tenant", l.Tenant, "user", l.User, "kind", l.Kind, "code", r.Code, "for_good", r.forGood)
	return s.o.Queue.MailNotSent(ctx, l, r.MailError, r.forGood)
}

func (s *Sender) count(l directory.Letter, outcome string) {
	if s.o.Metrics != nil {
		s.o.Metrics.Mail(string(l.Kind), outcome)
	}
}
