package host

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/idplug/idplug/host/mail"
)

func (c *Config) checkMail() []error {
	var errs []error
	if c.SMTPURL != "" {
		if _, err := mail.ParseServer(c.SMTPURL); err != nil {
			errs = append(errs, fmt.Errorf("config: smtp_url: %w", err))
		}
	}
	if c.MailFrom != "" {
		if _, err := mail.ParseFrom(c.MailFrom); err != nil {
			errs = append(errs, fmt.Errorf("config: mail_from: %w", err))
		}
	}
	return errs
}

// openMail makes the sender of mail; nil where the configuration names no server.
func (h *Host) openMail() (*mail.Sender, error) {
	h.metrics.WatchMails(h.mailCounts)
	if h.config.SMTPURL == "" {
		return nil, nil
	}
	server, err := mail.ParseServer(h.config.SMTPURL)
	if err != nil {
		return nil, err // was checked
	}
	sender := h.config.MailFrom
	if sender == "" {
		sender = mail.DefaultFrom(h.origin)
	}
	from, err := mail.ParseFrom(sender)
	if err != nil {
		return nil, err // was checked
	}
	if server.Weak() {
		h.log.Warn("smtp_url turns starttls off: invitations and links to new passwords can be read on the way", "server", server.Host)
	}
	return mail.New(mail.Options{
		Queue: h.directory, Server: server, From: from, Origin: h.origin, Hello: helloName(h.origin), Log: h.log, Metrics: h.metrics,
	})
}

// helloName is how we call ourselves to a mail server: the public host, where it has a name.
func helloName(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || u.Hostname() == "" || net.ParseIP(u.Hostname()) != nil {
		return "localhost"
	}
	return u.Hostname()
}

// countTime is how long a scrape of the metrics waits for the queue to be counted.
const countTime = 2 * time.Second

func (h *Host) mailCounts() (waiting, failed int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), countTime)
	defer cancel()
	return h.store.MailCounts(ctx)
}
