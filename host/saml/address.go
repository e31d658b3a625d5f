package saml

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// errPrivate is why a connection to a private address is not made.
var errPrivate = errors.New("address is not public")

// globalIPv6 is the only part of the IPv6 space from which public addresses have ever been given out (RFC 4291 2.4, IANA). Everything
// else is refused with it: loopback, ULA, link-local, v4-mapped and -compatible, NAT64, multicast.
var globalIPv6 = netip.MustParsePrefix("2000::/3")

// notPublic are the reserved parts of what looks public (IANA special-purpose address registries). Addresses that carry an IPv4 address
// inside (6to4, Teredo) are refused whole: a relay would take us to any place.
var notPublic = prefixes(
	"0.0.0.0/8",       // this network
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // carrier-grade NAT
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local: clouds' metadata services
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.88.99.0/24",  // 6to4 relays
	"192.168.0.0/16",  // private
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/3",     // multicast, reserved, broadcast
	"2001::/23",       // protocol assignments, with Teredo and ORCHID
	"2001:db8::/32",   // documentation
	"2002::/16",       // 6to4
	"3fff::/20",       // documentation
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		out[i] = netip.MustParsePrefix(text)
	}
	return out
}

// public reports whether an address belongs to the public internet.
func public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap() // ::ffff:127.0.0.1 is 127.0.0.1 to the kernel
	if a.Is6() && !globalIPv6.Contains(a) {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// onlyPublic is a net.Dialer's Control. It sees the very address that is about to be connected to, so that no name, redirect or second
// answer of a name server gets past it.
func onlyPublic(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !public(at.Addr()) {
		return fmt.Errorf("connect to %s: %w", address, errPrivate)
	}
	return nil
}
