package mail

import (
	"errors"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
)

// Server is an SMTP server as the configuration names it.
type Server struct {
	Host     string
	Port     int
	User     string // "" signs in nowhere
	Password string
	// Implicit is TLS from the first byte (smtps); else StartTLS says whether the connection must be turned into one.
	Implicit bool
	StartTLS bool
}

// Ports where the URL names none: submission (RFC 6409) and submission over TLS (RFC 8314).
const (
	submission    = 587
	submissionTLS = 465
)

// ParseServer reads smtp://user:password@host:port or smtps://…. Without TLS from the start STARTTLS is required, but on a loopback host, or
// where ?starttls=off says so; a password goes over no such connection. Errors hold nothing of the URL, which may hold a password.
func ParseServer(raw string) (Server, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return Server{}, errors.New("must be like smtp://user:password@mail.example.com:587 or smtps://…, with what is special in the password as %XX")
	}
	if (u.Path != "" && u.Path != "/") || u.Fragment != "" {
		return Server{}, errors.New("must end after the port, but for ?starttls=off")
	}
	s := Server{Host: u.Hostname(), User: u.User.Username(), Implicit: u.Scheme == "smtps", Port: submission}
	s.Password, _ = u.User.Password()
	if s.Implicit {
		s.Port = submissionTLS
	}
	if u.Port() != "" {
		if s.Port, err = strconv.Atoi(u.Port()); err != nil || s.Port < 1 || s.Port > 65535 {
			return Server{}, errors.New("the port must be between 1 and 65535")
		}
	}
	s.StartTLS = !s.Implicit && !s.loopback()
	for key, values := range u.Query() {
		switch {
		case key != "starttls" || s.Implicit:
			return Server{}, errors.New("the only thing to add is ?starttls=off or =required, and only to smtp://")
		case len(values) == 1 && values[0] == "off":
			s.StartTLS = false
		case len(values) == 1 && values[0] == "required":
			s.StartTLS = true
		default:
			return Server{}, errors.New("starttls must be off or required")
		}
	}
	if s.User != "" && s.Weak() {
		return Server{}, errors.New("a password needs TLS: use smtps:// or leave starttls on")
	}
	return s, nil
}

// Weak reports whether mail goes over the network unencrypted.
func (s Server) Weak() bool { return !s.Implicit && !s.StartTLS && !s.loopback() }

func (s Server) loopback() bool {
	ip := net.ParseIP(s.Host)
	return s.Host == "localhost" || ip != nil && ip.IsLoopback()
}

// ParseFrom reads the address that mail is sent from, with or without a name: "Acme sign-in <no-reply@acme.example>".
func ParseFrom(raw string) (netmail.Address, error) {
	a, err := netmail.ParseAddress(raw)
	if err != nil || strings.ContainsFunc(raw, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return netmail.Address{}, errors.New(`must be one address such as no-reply@example.com or "Sign-in <no-reply@example.com>"`)
	}
	return *a, nil
}

// DefaultFrom is the address mail is sent from where the configuration names none.
func DefaultFrom(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || u.Hostname() == "" || net.ParseIP(u.Hostname()) != nil {
		return "idplug@localhost"
	}
	return "idplug@" + u.Hostname()
}
