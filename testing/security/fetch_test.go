package security

import (
	"compress/gzip"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml"
	"github.com/idplug/idplug/testing/score"
)

// canary is a port of this machine, on all its addresses, that nobody has any business at.
type canary struct {
	port string
	hits atomic.Int32
}

func newCanary(t *testing.T) *canary {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", ":0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	c := &canary{}
	_, c.port, err = net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			c.hits.Add(1)
			conn.Close()
		}
	}()
	return c
}

// hosts name this machine, or a private network, in every way that a program may take for an address.
var hosts = []string{
	"127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1", "127.0.1", "2130706433", "017700000001", "0x7f000001", "0x7F.0.0.1", "0177.0.0.1", "0177.0.0.01",
	"127.0.0.01", "127.000.000.001", "00127.0.0.1", "127.0.0.1.", "127.0.0.1..", "127.0.0.256", "0", "0.0.0.0", "0x0", "00.0.0.0", "localhost", "localhost.", "LOCALHOST",
	"LocalHost.LocalDomain", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::ffff:127.0.0.1]", "[::FFFF:7F00:1]", "[::ffff:0:127.0.0.1]", "[::127.0.0.1]",
	"[::7f00:1]", "[::1%25lo]", "[::1%lo]", "[fe80::1%25lo]", "[fe80::1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:1::1]", "[fd00::1]",
	"[fc00::1]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[3fff::1]", "[100::1]", "[5f00::1]", "[v1.127.0.0.1]", "[127.0.0.1]", "10.0.0.1", "10.255.255.255",
	"172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.1.254", "100.64.0.1", "169.254.169.254", "169.254.170.2", "192.0.0.192", "192.0.0.8", "192.0.2.1",
	"198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376",
	"①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "localhost%00.idp.test", "loc\u00adalhost", "ｌｏｃａｌｈｏｓｔ",
	"a-127-0-0-1.test", "A-127-0-0-1.TEST.", "a-10-0-0-1.test", "a-169-254-169-254.test", "a-192-168-0-1.test", "a-100-64-0-1.test", "a-0-0-0-0.test", "aaaa.test",
	"cname.test", "both.test", "both-turned.test", "rebind.test", "a-172-16-0-1.test", "a-198-18-0-1.test", "a-255-255-255-255.test", "a-224-0-0-1.test",
}

// addresses are whole addresses that hide where they lead. %s is the canary's host and port.
var addresses = []string{
	"https://idp.example.test@%s/", "https://idp.example.test:x@%s/", "https://%s#@idp.example.test/", "https://%s?@idp.example.test/", "https://%s\\@idp.example.test/",
	"https://idp.example.test\\@%s/", "https://idp.example.test#@%s/", "https:\\\\%s/", "https:/%s/", "https:%s/", "https:///%s/", "//%s/", "///%s/", "%s", "%s/metadata",
	" https://%s/", "\thttps://%s/", "ht\ntps://%s/", "https://%s\r\nHost: idp.example.test\r\n/", "https://%s/\r\n\r\nGET /x", "HTTPS://%s/#x", "http://%s/", "HTTP://%s/", "ftp://%s/",
	"gopher://%s/_GET%%20/", "file://%s/etc/passwd", "file:///etc/passwd", "dict://%s/", "ldap://%s/", "tftp://%s/", "jar:https://%s!/", "netdoc://%s/", "unix://%s/", "ws://%s/",
	"http+unix://%s/", "data:text/xml,<a/>", "javascript:fetch('https://%s')", "view-source:https://%s/", "https+insecure://%s/", "x-https://%s/", "https://[%s]/", "https://u:p@%s/",
	"https://%s/../../", "https://%s/;@idp.example.test", "blob:https://%s/",
}

// forms are all of them, against a canary.
func (c *canary) forms() (all []string) {
	for _, host := range hosts {
		all = append(all, "https://"+host+":"+c.port+"/metadata", "http://"+host+":"+c.port+"/")
	}
	for _, address := range addresses {
		all = append(all, strings.ReplaceAll(strings.ReplaceAll(address, "%s", "127.0.0.1:"+c.port), "%%", "%"))
	}
	for _, port := range append(otherPorts, "") {
		all = append(all, "https://127.0.0.1:"+port+"/")
	}
	return all
}

// otherPorts belong to services that serve no metadata, or are none.
var otherPorts = []string{
	"22", "25", "80", "8", "3306", "5432", "6379", "9200", "11211", "0", "-1", "65536", "0443", "00022", "0000025", "005432", "006379", "011211",
}

// TestNoOtherServiceIsKnockedAt saves public addresses, by number and by name, whose port alone is wrong, and has an allowed provider redirect to them.
func TestNoOtherServiceIsKnockedAt(t *testing.T) {
	t.Parallel()
	p := newProvider(t, func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, r.URL.Query().Get("to"), http.StatusFound)
	})
	w := fetching(t, 5*time.Second, p)
	w.settings.Documents.(*saml.Documents).Dialer.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}
	for _, host := range []string{"8.8.8.8", "a-8-8-8-8.test", "[2001:4860:4860::8888]"} {
		for _, port := range otherPorts {
			require.Equal(t, sso.MetadataURLInvalid, w.fetch("acme", "https://"+host+":"+port+"/"), "%s:%s", host, port)
			require.Equal(t, sso.MetadataRedirect, w.fetch("acme", p.URL+"/?to="+url.QueryEscape("https://"+host+":"+port+"/")), "%s:%s", host, port)
		}
	}
	for _, port := range []string{"443", "1024", "8443"} { // the twin is dialled, and goes nowhere from here
		require.Equal(t, sso.MetadataFetchFailed, w.fetch("acme", "https://8.8.8.8:"+port+"/"), port)
		require.Equal(t, sso.MetadataFetchFailed, w.fetch("acme", p.URL+"/?to="+url.QueryEscape("https://8.8.8.8:"+port+"/")), port)
	}
}

// provider publishes metadata, or whatever else a test wants, over TLS at an address that the operator allows.
type provider struct {
	*httptest.Server
	hits atomic.Int32
}

func newProvider(t *testing.T, h http.HandlerFunc) *provider {
	t.Helper()
	p := &provider{}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.hits.Add(1)
		h(w, r)
	}))
	p.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that hang up are the case
	p.StartTLS()
	t.Cleanup(p.Close)
	return p
}

// fetching is a world that fetches, whose tenant acme signs in by SSO already.
func fetching(t *testing.T, within time.Duration, allowed ...*provider) *world {
	t.Helper()
	w := newWorld(t)
	w.tenant("acme")
	w.trust("acme", entity, trusted(), nil)
	d := &saml.Documents{Within: within}
	d.Dialer.Resolver = newNameServer(t).resolver()
	for _, p := range allowed {
		u, err := url.Parse(p.URL)
		require.NoError(t, err)
		d.Allow = append(d.Allow, u.Host)
		d.TLS = p.Client().Transport.(*http.Transport).TLSClientConfig
	}
	w.settings.Documents = d
	return w
}

// fetch saves an address as an administrator does and returns what became of it: the code of the one problem at that field, "" for none.
func (w *world) fetch(t sso.TenantID, address string) sso.Code {
	w.t.Helper()
	a := w.save(t, entity, trusted(), map[string]any{"metadata_xml": nil, "metadata_url": address})
	var document struct {
		Warnings, Errors []struct {
			Field string
			Code  sso.Code
		}
		Code sso.Code
	}
	require.NoError(w.t, json.Unmarshal(a.body, &document), "%s", a.body)
	require.Contains(w.t, []int{200, 422}, a.status, "%q: %s", address, a.body)
	for _, p := range append(document.Warnings, document.Errors...) {
		if p.Field == "metadata_url" {
			return p.Code
		}
	}
	return document.Code
}

// good is what the tenant's provider publishes.
func (w *world) good(rw http.ResponseWriter) {
	rw.Header().Set("Content-Type", "application/samlmetadata+xml")
	_, _ = io.WriteString(rw, w.metadata(entity, trusted())) // who asked may be gone
}

// TestNoAddressReachesInside saves every form of an address of the inside, as it is and as what an allowed provider redirects to. Nobody is visited,
// each is told apart by its code, and the tenant's people sign in as before with what was read last.
func TestNoAddressReachesInside(t *testing.T) {
	t.Parallel()
	c := newCanary(t)
	var w *world
	other := newProvider(t, func(rw http.ResponseWriter, _ *http.Request) { w.good(rw) })
	p := newProvider(t, func(rw http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			rw.Header().Set("Location", to)
			rw.WriteHeader(http.StatusFound)
			return
		}
		w.good(rw)
	})
	w = fetching(t, 5*time.Second, p, other)
	direct := []sso.Code{sso.MetadataURLInvalid, sso.MetadataAddress, sso.MetadataFetchFailed}
	redirected := append(direct, sso.MetadataRedirect)
	forms := c.forms()
	for _, form := range forms {
		require.Contains(t, direct, w.fetch("acme", form), "%q", form)
		if location := strings.NewReplacer("\r", "", "\n", "").Replace(form); !stillThere(t, p, location) {
			require.Contains(t, redirected, w.fetch("acme", p.URL+"/?to="+url.QueryEscape(location)), "redirected to %q", form)
		}
	}
	require.Zero(t, c.hits.Load())
	w.browser().signIn("acme", who(ada))

	require.Empty(t, w.fetch("acme", p.URL+"/metadata"), "an address that the operator allows")
	require.Empty(t, w.fetch("acme", p.URL+"/?to="+url.QueryEscape(other.URL+"/")), "and one that it redirects to")
	require.Empty(t, w.fetch("acme", p.URL+"/?to=%2Fmetadata"))
	w.browser().signIn("acme", who(ada))
	require.GreaterOrEqual(t, len(forms), 150)
	score.Report(t, "forms of an address of the inside that were saved", float64(2*len(forms)), ">= 150")
	score.Report(t, "visits inside", float64(c.hits.Load()), "= 0")
}

// stillThere tells a Location that leads back to the server that sent it: that one is allowed.
func stillThere(t *testing.T, p *provider, location string) bool {
	t.Helper()
	from, err := url.Parse(p.URL)
	require.NoError(t, err)
	to, err := from.Parse(location)
	return err == nil && to.Host == from.Host || location == ""
}

// TestANameThatChangesItsMind has names with public and private addresses, and one that is public when it is looked up first. Connections are made from
// 127.0.0.1, which reaches the canary and nothing public.
func TestANameThatChangesItsMind(t *testing.T) {
	t.Parallel()
	c := newCanary(t)
	w := fetching(t, 2*time.Second)
	d := w.settings.Documents.(*saml.Documents)
	d.Dialer.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}
	names := newNameServer(t)
	d.Dialer.Resolver = names.resolver()
	for range 4 {
		for _, name := range []string{"rebind", "both", "both-turned", "cname", "a-127-0-0-1", "aaaa"} {
			code := w.fetch("acme", "https://"+name+".test:"+c.port+"/")
			require.Contains(t, []sso.Code{sso.MetadataAddress, sso.MetadataFetchFailed}, code, name)
		}
	}
	require.GreaterOrEqual(t, names.asked.Load(), int32(4))
	require.Zero(t, c.hits.Load())

	// The twin: the operator allows the name, and now it is visited.
	d.Allow = []string{"rebind.test:" + c.port}
	require.Equal(t, sso.MetadataFetchFailed, w.fetch("acme", "https://rebind.test:"+c.port+"/"), "the canary speaks no TLS")
	require.NotZero(t, c.hits.Load())
}

// TestARefreshKeepsTheLastGood answers a fetch in every way that is no metadata. The tenant signs people in all the while, and the last answer is good.
func TestARefreshKeepsTheLastGood(t *testing.T) {
	t.Parallel()
	const within = 4 * time.Second // enough for every answer that comes, on a machine with much else to do
	var w *world
	var endless atomic.Int64
	say := func(status int, media, body string) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", media)
			rw.WriteHeader(status)
			_, _ = io.WriteString(rw, body)
		}
	}
	drip := func(write func(rw http.ResponseWriter, i int) error) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) {
			for i := 0; i < 1<<20 && r.Context().Err() == nil; i++ {
				if write(rw, i) != nil {
					return
				}
			}
		}
	}
	answers := map[string]struct {
		say  http.HandlerFunc
		code sso.Code
	}{
		"a page":           {say(200, "text/html", "<!doctype html><title>x</title>"), sso.MetadataNotSAML},
		"a sign-in page":   {say(200, "text/html", `<html><form><input type="password"></form></html>`), sso.MetadataNotSAML},
		"JSON":             {say(200, "application/json", `{"keys":[]}`), sso.MetadataNotSAML},
		"nothing":          {say(200, "text/xml", ""), sso.MetadataNotSAML},
		"no content":       {func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNoContent) }, sso.MetadataFetchFailed},
		"an error":         {say(500, "text/xml", "<a/>"), sso.MetadataFetchFailed},
		"a refusal":        {say(403, "text/xml", "<a/>"), sso.MetadataFetchFailed},
		"not found":        {say(404, "text/xml", "<a/>"), sso.MetadataFetchFailed},
		"half a document":  {say(200, "text/xml", "<md:EntityDescriptor xmlns:md="), sso.MetadataMalformed},
		"another document": {say(200, "text/xml", "<a/>"), sso.MetadataNotSAML},
		"a broken promise": {func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", "999")
			rw.WriteHeader(http.StatusOK)
		}, sso.MetadataFetchFailed},
		"eleven redirects": {func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, r.URL.RequestURI()+"x", http.StatusFound)
		}, sso.MetadataRedirect},
		"round in circles": {func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, r.URL.RequestURI(), http.StatusFound)
		}, sso.MetadataRedirect},
		"down to http": {func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "http://idp.example.test/", http.StatusFound)
		}, sso.MetadataRedirect},
		"a redirect to a file": {func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "file:///etc/passwd", http.StatusFound)
		}, sso.MetadataRedirect},
		"an endless body": {func(rw http.ResponseWriter, _ *http.Request) {
			for piece := make([]byte, 64<<10); endless.Load() < 1<<30; {
				n, err := rw.Write(piece)
				endless.Add(int64(n))
				if err != nil {
					return
				}
			}
		}, sso.MetadataTooLarge},
		"a bomb": {func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(rw)
			for piece, i := make([]byte, 1<<20), 0; i < 64; i++ {
				if _, err := z.Write(piece); err != nil {
					return
				}
			}
			_ = z.Close()
		}, sso.MetadataTooLarge},
		"10 MB of headers": {func(rw http.ResponseWriter, _ *http.Request) {
			for i := range 10 {
				rw.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 1<<20))
			}
		}, sso.MetadataFetchFailed},
		"a byte now and then": {drip(func(rw http.ResponseWriter, _ int) error {
			time.Sleep(within / 40) // the rate is the case
			_, err := io.WriteString(rw, " ")
			rw.(http.Flusher).Flush()
			return err
		}), sso.MetadataFetchFailed},
		"silence": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, sso.MetadataFetchFailed},
	}
	p := newProvider(t, func(rw http.ResponseWriter, r *http.Request) {
		if a, ok := answers[strings.TrimRight(r.URL.Query().Get("what"), "x")]; ok {
			a.say(rw, r)
			return
		}
		w.good(rw)
	})
	w = fetching(t, within, p)
	var all sync.WaitGroup
	tenants := map[string]sso.TenantID{}
	for name, c := range answers {
		tenant := sso.TenantID(fmt.Sprint("t", len(tenants)))
		tenants[name] = tenant
		w.tenant(tenant)
		w.trust(tenant, entity, trusted(), nil)
		require.Empty(t, w.fetch(tenant, p.URL+"/"))
		all.Go(func() {
			start := time.Now()
			if code := w.fetch(tenant, p.URL+"/?what="+url.QueryEscape(name)); code != c.code {
				t.Errorf("%s: %q, not %q", name, code, c.code)
			}
			if took := time.Since(start); took > 10*within {
				t.Errorf("%s: took %v", name, took)
			}
		})
	}
	all.Wait()
	require.Less(t, endless.Load(), int64(64<<20), "2 MiB are read; the rest is in the kernel's buffers")
	out := 0
	for name, tenant := range tenants {
		if a := w.browser().arrive(tenant, who(ada)); a.status != http.StatusSeeOther {
			out++
			t.Errorf("%s: nobody signs in any more: %d %s", name, a.status, a.body)
		}
		require.Empty(t, w.fetch(tenant, p.URL+"/"), name)
	}
	score.Report(t, "answers to a refresh that are no metadata", float64(len(answers)), ">= 18")
	score.Report(t, "tenants that nobody could sign in to after one", float64(out), "= 0")
}

// TestCertificatesOfAFetchAreJudged serves sound metadata under certificates that nobody should take.
func TestCertificatesOfAFetchAreJudged(t *testing.T) {
	t.Parallel()
	var w *world
	p := newProvider(t, func(rw http.ResponseWriter, _ *http.Request) { w.good(rw) })
	w = fetching(t, 5*time.Second, p)
	require.Empty(t, w.fetch("acme", p.URL))
	d := w.settings.Documents.(*saml.Documents)
	sound := d.TLS
	for name, config := range map[string]*tls.Config{
		"of an authority nobody knows": {MinVersion: tls.VersionTLS12},
		"of another host":              {RootCAs: sound.RootCAs, ServerName: "idp.example.test.evil.test", MinVersion: tls.VersionTLS12},
		"that has expired":             {RootCAs: sound.RootCAs, Time: func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }, MinVersion: tls.VersionTLS12},
		"that is not valid yet":        {RootCAs: sound.RootCAs, Time: func() time.Time { return time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC) }, MinVersion: tls.VersionTLS12},
	} {
		d.TLS = config
		require.Equal(t, sso.MetadataFetchFailed, w.fetch("acme", p.URL), name)
	}
	d.TLS = sound
	require.Empty(t, w.fetch("acme", p.URL))
	w.browser().signIn("acme", who(ada))
}
