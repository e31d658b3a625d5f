package web

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
)

func TestLimiter(t *testing.T) {
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := newLimiter(func() time.Time { return clock }, 6*time.Second, 3)
	for range 3 {
		require.Zero(t, l.take("a"))
	}
	require.Equal(t, 6*time.Second, l.take("a"))
	require.Equal(t, 6*time.Second, l.take("a"), "an attempt that is refused is not counted")
	require.Zero(t, l.take("b"))
	clock = clock.Add(5 * time.Second)
	require.Equal(t, time.Second, l.take("a"))
	clock = clock.Add(time.Second)
	require.Zero(t, l.take("a"))
	require.NotZero(t, l.take("a"))
	l.giveBack("a")
	l.giveBack("nobody")
	require.Zero(t, l.take("a"))
	require.NotZero(t, l.take("a"))
	clock = clock.Add(time.Hour)
	for range 3 {
		require.Zero(t, l.take("a"), "no more than the burst comes back")
	}
	require.NotZero(t, l.take("a"))
}

func TestLimiterIsBoundedAndForgetsNobodyWhoTriesHard(t *testing.T) {
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := newLimiter(func() time.Time { return clock }, time.Hour, 2)
	for range 2 {
		l.take("hard")
	}
	for i := range 5 * maxLimited {
		l.take(strconv.Itoa(i))
		require.LessOrEqual(t, len(l.keys), maxLimited)
	}
	require.NotZero(t, l.take("hard"))
}

func TestWhereARequestIsFrom(t *testing.T) {
	const proxy, stranger = "10.0.0.1:4000", "203.0.113.9:4000"
	for name, c := range map[string]struct {
		peer    string
		headers []string
		from    string
	}{
		"no header":                                {proxy, nil, "10.0.0.1"},
		"a stranger's header":                      {stranger, []string{"X-Forwarded-For", "192.0.2.1"}, "203.0.113.9"},
		"a stranger's, of a proxy":                 {stranger, []string{"X-Forwarded-For", "10.0.0.1"}, "203.0.113.9"},
		"a neighbour of the proxies":               {"10.0.1.1:1", []string{"X-Forwarded-For", "192.0.2.1"}, "10.0.1.1"},
		"one client":                               {proxy, []string{"X-Forwarded-For", "192.0.2.1"}, "192.0.2.1"},
		"what the client sent itself comes before": {proxy, []string{"X-Forwarded-For", "127.0.0.1, 198.51.100.7, 192.0.2.1"}, "192.0.2.1"},
		"on lines of their own":                    {proxy, []string{"X-Forwarded-For", "198.51.100.7", "X-Forwarded-For", "192.0.2.1"}, "192.0.2.1"},
		"two proxies":                              {proxy, []string{"X-Forwarded-For", "198.51.100.7, 192.0.2.1,10.0.0.2"}, "192.0.2.1"},
		"proxies only":                             {proxy, []string{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"the client says to be a proxy":            {proxy, []string{"X-Forwarded-For", "198.51.100.7, 10.0.0.9, 192.0.2.1"}, "192.0.2.1"},
		"with a port":                              {proxy, []string{"X-Forwarded-For", "192.0.2.1:5000"}, "192.0.2.1"},
		"IPv6":                                     {proxy, []string{"X-Forwarded-For", "2001:db8::1"}, "2001:db8::1"},
		"IPv6 with a port":                         {proxy, []string{"X-Forwarded-For", "[2001:db8::1]:5000"}, "2001:db8::1"},
		"IPv4 in IPv6":                             {"[::ffff:10.0.0.1]:4000", []string{"X-Forwarded-For", "::ffff:192.0.2.1"}, "192.0.2.1"},
		"nonsense":                                 {proxy, []string{"X-Forwarded-For", "192.0.2.1, unknown"}, "10.0.0.1"},
		"empty":                                    {proxy, []string{"X-Forwarded-For", ""}, "10.0.0.1"},
		"nonsense before":                          {proxy, []string{"X-Forwarded-For", "<script>, 192.0.2.1"}, "192.0.2.1"},
		"RFC 7239":                                 {proxy, []string{"Forwarded", `for=198.51.100.7, For="[2001:db8::1]:47";proto=https;by=10.0.0.1`}, "2001:db8::1"},
		"RFC 7239, a name":                         {proxy, []string{"Forwarded", "for=192.0.2.1, for=_hidden"}, "10.0.0.1"},
		"RFC 7239, a quote that the client opened": {proxy, []string{"Forwarded", `for="198.51.100.7, for=192.0.2.1`}, "192.0.2.1"},
		"RFC 7239 without for":                     {proxy, []string{"Forwarded", "proto=https"}, "10.0.0.1"},
		"both, and alike":                          {proxy, []string{"X-Forwarded-For", "192.0.2.1", "Forwarded", "for=192.0.2.1"}, "192.0.2.1"},
		"both, one of them the client's":           {proxy, []string{"X-Forwarded-For", "192.0.2.1", "Forwarded", "for=198.51.100.7"}, "10.0.0.1"},
		"endless":                                  {proxy, []string{"X-Forwarded-For", strings.Repeat("10.0.0.2,", 5000) + "10.0.0.3"}, "10.0.0.2"},
		"zone":                                     {"[fe80::1%eth0]:1", nil, "fe80::1"},
		"a Unix socket has no address and no header": {"@", []string{"X-Forwarded-For", "192.0.2.1"}, "invalid IP"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &clients{proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}, logger: slog.New(slog.DiscardHandler)}
			r := &http.Request{RemoteAddr: c.peer, Header: http.Header{}}
			for i := 0; i < len(c.headers); i += 2 {
				r.Header.Add(c.headers[i], c.headers[i+1])
			}
			require.Equal(t, c.from, p.address(r).String())
			p.proxies = nil // the default believes nobody
			require.Equal(t, parseAddress(c.peer), p.address(r))
		})
	}
}

func TestAProxyThatNobodyNamedIsToldOfOnce(t *testing.T) {
	var log bytes.Buffer
	p := &clients{logger: slog.New(slog.NewTextHandler(&log, nil))}
	r := &http.Request{RemoteAddr: "203.0.113.9:1", Header: http.Header{"X-Forwarded-For": {"192.0.2.1"}}}
	p.address(r)
	require.Empty(t, log.String(), "anybody may send headers")
	r.RemoteAddr = "10.0.0.1:1"
	for range 3 {
		p.address(r)
	}
	require.Equal(t, 1, strings.Count(log.String(), "trusted_proxies"))
	require.NotContains(t, log.String(), "192.0.2.1")
}

func TestNetwork(t *testing.T) {
	for address, key := range map[string]string{
		"192.0.2.1": "192.0.2.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "::1": "::/64", "": "invalid IP",
	} {
		require.Equal(t, key, network(parseAddress(address)))
	}
	for address, key := range map[string]string{
		"192.0.2.1": "", "::ffff:192.0.2.1": "", "2001:db8:1:2:3:4:5:6": "2001:db8:1::/48", "::1": "::/48", "": "",
	} {
		require.Equal(t, key, site(parseAddress(address)))
	}
}

// TestAttemptsAreCountedByAccountNetworkAndSite: a browser that was signed in to another account is no exception.
func TestAttemptsAreCountedByAccountNetworkAndSite(t *testing.T) {
	w := newWorld(t)
	l := newLimits(w.o.Now, rate{2, time.Hour}, rate{3, time.Hour})
	try := func(from, account string, cookies ...*http.Cookie) sso.Code {
		r := httptest.NewRequest(http.MethodPost, "/login", nil)
		r.RemoteAddr = from
		for _, c := range cookies {
			r.AddCookie(c)
		}
		_, err := w.attempt(w.echo.NewContext(r, httptest.NewRecorder()), l, account)
		return sso.CodeOf(err)
	}
	none, slow := sso.Code(""), sso.TooManyRequests
	require.Equal(t, []sso.Code{none, none, slow}, []sso.Code{try("192.0.2.1:1", "a"), try("192.0.2.1:1", "a"), try("192.0.2.1:1", "a")}, "the account")
	require.Equal(t, []sso.Code{none, slow}, []sso.Code{try("192.0.2.1:1", "b"), try("192.0.2.1:1", "c")}, "the network")
	require.Equal(t, none, try("192.0.2.2:1", "a"), "another one")

	recorder := httptest.NewRecorder()
	require.NoError(t, w.knowBrowser(w.echo.NewContext(httptest.NewRequest(http.MethodGet, "/", nil), recorder), "known"))
	cookie := recorder.Result().Cookies()[0]
	require.Equal(t, none, try("192.0.2.1:1", "known", cookie), "who was signed in to it")
	require.Equal(t, slow, try("192.0.2.1:1", "unknown", cookie))
	forged := *cookie
	forged.Value += "!" // the rest would open by itself
	require.Equal(t, slow, try("192.0.2.1:1", "known", &forged))

	for i := range networksOfSite {
		for _, account := range []string{"a", "b", "c"} {
			require.Equal(t, none, try("[2001:db8:0:"+string(rune('a'+i%6))+string(rune('0'+i/6))+"::1]:1", account))
		}
	}
	require.Equal(t, slow, try("[2001:db8:0:1::1]:1", "a"), "the site")
	require.Equal(t, none, try("[2001:db8:1:1::1]:1", "a"), "another one")
}
