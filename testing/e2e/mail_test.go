package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/rogpeppe/go-internal/testscript"
)

// postman is an SMTP server that keeps what it takes, by address.
type postman struct {
	server *smtp.Server
	mu     sync.Mutex
	boxes  map[string]chan string
}

// NewSession implements smtp.Backend.
func (p *postman) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{postman: p}, nil }

func (p *postman) box(address string) chan string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.boxes[address] == nil {
		p.boxes[address] = make(chan string, 100)
	}
	return p.boxes[address]
}

type delivery struct {
	*postman
	to string
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
		d.box(d.to) <- string(body)
	}
	return err
}

// postmanCommand starts the mail server; servers that are started afterwards send there.
func postmanCommand(w *world, ts *testscript.TestScript, _ []string) error {
	l, err := (&net.ListenConfig{}).Listen(w.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.postman = &postman{boxes: map[string]chan string{}}
	w.postman.server = smtp.NewServer(w.postman)
	go func() { _ = w.postman.server.Serve(l) }()
	ts.Defer(func() { _ = w.postman.server.Close() })
	w.env = append(w.env, "IDPLUG_SMTP_URL=smtp://"+l.Addr().String())
	return nil
}

// mailTime is how long a mail may take: the queue is looked at every two seconds.
const mailTime = 30 * time.Second

var (
	softBreak = regexp.MustCompile(`=\r?\n`)
	mailLink  = regexp.MustCompile(`https?://[^/\s"]+(/invitation/[a-z0-9-]+/[A-Za-z0-9_-]+)`)
)

// mailCommand waits for a mail to an address and sets a variable to the path of the link in it.
func mailCommand(w *world, ts *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	if w.postman == nil {
		return errors.New("there is no postman")
	}
	ctx, cancel := context.WithTimeout(w.ctx, mailTime)
	defer cancel()
	select {
	case text := <-w.postman.box(args[0]):
		link := mailLink.FindStringSubmatch(softBreak.ReplaceAllString(text, ""))
		if link == nil {
			return fmt.Errorf("no link in %q", text)
		}
		w.secrets.Link(link[0])
		ts.Setenv(args[1], link[1])
		return nil
	case <-ctx.Done():
		return errors.New("no mail came")
	}
}

// pressCommand presses the button of a link's page, and goes on to the provider and back.
func pressCommand(w *world, _ *testscript.TestScript, args []string) error {
	if err := need(args, 2); err != nil {
		return err
	}
	b := w.current
	if err := b.post(strings.TrimPrefix(args[0], w.procs[host].URL), nil, w.procs[host].URL); err != nil {
		return err
	}
	if err := b.trip(login(args[1])); err != nil {
		return err
	}
	return b.deliver()
}
