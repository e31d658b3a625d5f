// Package postman is a mail server for stories that wait for a mail and follow the link in it. Only tests enter. It takes mail for everybody, keeps it
// in memory, and asks nobody who they are.
package postman

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"regexp"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Postman is an SMTP server on a port of its own that keeps what it takes, by address.
type Postman struct {
	// URL is what a host's smtp_url is set to.
	URL string

	server *smtp.Server
	mu     sync.Mutex
	boxes  map[string]chan string
}

// Start starts one, on loopback. It runs until Close.
func Start(ctx context.Context) (*Postman, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Postman{URL: "smtp://" + l.Addr().String(), boxes: map[string]chan string{}}
	p.server = smtp.NewServer(p)
	go func() { _ = p.server.Serve(l) }()
	return p, nil
}

// Close ends it.
func (p *Postman) Close() error { return p.server.Close() }

// patience is how long a mail may take: the queue is looked at every two seconds.
const patience = 30 * time.Second

var (
	softBreak = regexp.MustCompile(`=\r?\n`)
	link      = regexp.MustCompile(`https?://[^/\s"]+/invitation/[a-z0-9-]+/[A-Za-z0-9_-]+`)
)

// Link waits for the next mail to an address and returns the link of the invitation, or to a new password, in it. A mail without one is an error, and
// so is none within half a minute.
func (p *Postman) Link(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case text := <-p.box(address):
		found := link.FindString(softBreak.ReplaceAllString(text, ""))
		if found == "" {
			return "", fmt.Errorf("no link in %q", text)
		}
		return found, nil
	case <-ctx.Done():
		return "", errors.New("no mail came")
	}
}

// NewSession implements smtp.Backend.
func (p *Postman) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{postman: p}, nil }

func (p *Postman) box(address string) chan string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.boxes[address] == nil {
		p.boxes[address] = make(chan string, 100)
	}
	return p.boxes[address]
}

type delivery struct {
	postman *Postman
	to      string
}

func (d *delivery) Mail(string, *smtp.MailOptions) error      { return nil }
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error { d.to = to; return nil }
func (d *delivery) Reset()                                    {}
func (d *delivery) Logout() error                             { return nil }

func (d *delivery) Data(r io.Reader) error {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(message.Body)
	if err == nil {
		d.postman.box(d.to) <- string(body)
	}
	return err
}
