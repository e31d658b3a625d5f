package security

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
)

// nameServer answers names under .test by what they say: "a-127-0-0-1.test" is 127.0.0.1, "aaaa.test" is ::1, "both.test" has a public address and
// ours, "cname.test" leads to ours, and "rebind.test" is public at first and ours from then on.
type nameServer struct {
	conn  net.PacketConn
	asked atomic.Int32 // for rebind.test
}

// public is an address that the fetch may go to. The dialer of the tests sends from 127.0.0.1, from where the kernel lets nothing leave.
var public = netip.MustParseAddr("8.8.8.8")

func newNameServer(t *testing.T) *nameServer {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &nameServer{conn: conn}
	t.Cleanup(func() { conn.Close() })
	go s.serve()
	return s
}

// resolver asks nobody but s.
func (s *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", s.conn.LocalAddr().String())
	}}
}

func (s *nameServer) serve() {
	packet := make([]byte, 1500)
	for {
		n, from, err := s.conn.ReadFrom(packet)
		if err != nil {
			return // closed
		}
		var m dnsmessage.Message
		if m.Unpack(packet[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		m.Response, m.Authoritative, m.Additionals = true, true, nil
		m.Answers = s.answers(m.Questions[0])
		if len(m.Answers) == 0 {
			m.RCode = dnsmessage.RCodeNameError
		}
		if out, err := m.Pack(); err == nil {
			_, _ = s.conn.WriteTo(out, from) // whoever asked may be gone
		}
	}
}

func (s *nameServer) answers(q dnsmessage.Question) []dnsmessage.Resource {
	here, here6 := netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()
	name := strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))
	switch first, _, _ := strings.Cut(name, "."); first {
	case "rebind":
		if q.Type == dnsmessage.TypeA && s.asked.Add(1) == 1 {
			return records(q, public)
		}
		return records(q, here)
	case "both":
		return records(q, public, here, here6)
	case "both-turned":
		return records(q, here6, here, public)
	case "cname":
		target := dnsmessage.MustNewName("a-127-0-0-1.test.")
		alias := dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}, Body: &dnsmessage.CNAMEResource{CNAME: target}}
		q.Name = target
		return append([]dnsmessage.Resource{alias}, records(q, here)...)
	case "aaaa":
		return records(q, here6)
	default:
		at, err := netip.ParseAddr(strings.ReplaceAll(strings.TrimPrefix(first, "a-"), "-", "."))
		if err != nil {
			return nil
		}
		return records(q, at)
	}
}

func records(q dnsmessage.Question, all ...netip.Addr) (out []dnsmessage.Resource) {
	for _, a := range all {
		head := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 0}
		switch {
		case a.Is4() && q.Type == dnsmessage.TypeA:
			out = append(out, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: a.As4()}})
		case a.Is6() && q.Type == dnsmessage.TypeAAAA:
			out = append(out, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
		}
	}
	return out
}
