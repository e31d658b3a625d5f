package saml

import (
	"cmp"
	"crypto/tls"
	"net"
	"net/url"
	"slices"
	"time"
)

// Documents fetches and reads identity providers' metadata. It is safe for concurrent use.
type Documents struct {
	// Allow lists host:port pairs that metadata may be fetched from although their address is private, and that may be named with http. An
	// http address without a port means port 80.
	Allow []string
	// TLS replaces the system's roots of trust and so on; nil: the system's. Tests need it.
	TLS *tls.Config
	// Dialer makes the connections, but for its Control, which is ours. Tests bring a name server with it.
	Dialer net.Dialer
	// Within is how long a fetch may take, redirects and all; 0 is 10 s: an administrator is waiting.
	Within time.Duration
}

func (d *Documents) within() time.Duration { return cmp.Or(d.Within, 10*time.Second) }

// allowed tells whether the operator lists the host and port of u.
func (d *Documents) allowed(u *url.URL) bool {
	return slices.Contains(d.Allow, net.JoinHostPort(u.Hostname(), portOf(u)))
}

// portOf is the port that a connection to u is made to.
func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}
