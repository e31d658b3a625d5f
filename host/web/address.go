package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
)

// maxHops bounds how many entries of a forwarding header are read: no honest request has come through more proxies.
const maxHops = 16

// clients tells whom a request is from. Only proxies that the operator named are believed about it: anybody can send their headers.
type clients struct {
	proxies []netip.Prefix
	logger  *slog.Logger
	warn    sync.Once
}

// address is the network address that the request came from: that of the connection, or behind proxies that are trusted, the last one that is not
// a proxy's. It is the zero Addr where the connection has none (a Unix socket).
func (p *clients) address(r *http.Request) netip.Addr {
	peer := parseAddress(r.RemoteAddr)
	said := forwarded(r.Header)
	switch {
	case len(said) == 0:
		return peer
	case !p.trusted(peer):
		if peer.IsPrivate() || peer.IsLoopback() {
			p.warn.Do(func() {
				p.logger.LogAttrs(context.Background(), slog.LevelWarn,
					"a proxy forwards requests that trusted_proxies does not name: attempts of all its clients are counted as one client's",
					slog.String("proxy", peer.String()))
			})
		}
		return peer
	}
	at := peer
	for i := len(said) - 1; i >= 0 && p.trusted(at); i-- {
		next := parseAddress(said[i])
		if !next.IsValid() { // "unknown", or nonsense: as far as we were told the truth
			break
		}
		at = next
	}
	return at
}

func (p *clients) trusted(a netip.Addr) bool {
	for _, proxy := range p.proxies {
		if proxy.Contains(a) {
			return true
		}
	}
	return false
}

// forwarded lists the clients that X-Forwarded-For or Forwarded (RFC 7239) tells of, the nearest last. A proxy maintains one of them and may pass the
// other on as the client sent it: where both are there and differ, neither is believed.
func forwarded(h http.Header) []string {
	plain := hops(h.Values("X-Forwarded-For"), strings.TrimSpace)
	named := hops(h.Values("Forwarded"), forwardedFor)
	switch {
	case len(named) == 0:
		return plain
	case len(plain) == 0:
		return named
	case parseAddress(plain[len(plain)-1]) != parseAddress(named[len(named)-1]):
		return nil
	}
	return plain
}

func hops(lines []string, read func(string) string) []string {
	if len(lines) == 0 {
		return nil
	}
	all := strings.Split(strings.Join(lines, ","), ",")
	all = all[max(0, len(all)-maxHops):]
	for i, element := range all {
		all[i] = read(element)
	}
	return all
}

// forwardedFor is the for parameter of one element of Forwarded, "" without one.
func forwardedFor(element string) string {
	for parameter := range strings.SplitSeq(element, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if strings.EqualFold(strings.TrimSpace(name), "for") {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// parseAddress reads an address with or without a port and brackets; the zero Addr for anything else. Zones mean nothing elsewhere and are left out.
func parseAddress(s string) netip.Addr {
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at.Addr().Unmap().WithZone("")
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// site is the /48 around an IPv6 address, which is what one organisation is given and what 65,536 networks are in; "" for IPv4.
func site(a netip.Addr) string {
	if !a.Is6() {
		return ""
	}
	p, _ := a.Prefix(48) // never fails: 48 bits are there
	return p.String()
}

// network is what attempts are counted by: an IPv4 address, or the /64 that one IPv6 customer has at least and can pick addresses from at will.
func network(a netip.Addr) string {
	if a.Is6() {
		p, _ := a.Prefix(64) // never fails: 64 bits are there
		return p.String()
	}
	return a.String()
}
