package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fetched is the answer's body as a browser sees it, and as it was sent.
func fetched(t *testing.T, a *httptest.ResponseRecorder) (seen string, sent int) {
	t.Helper()
	sent = a.Body.Len()
	if a.Header().Get("Content-Encoding") != "gzip" {
		return a.Body.String(), sent
	}
	z, err := gzip.NewReader(a.Body)
	require.NoError(t, err)
	body, err := io.ReadAll(z)
	require.NoError(t, err)
	return string(body), sent
}

func TestAssetsAreSentCompressedAndKept(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	for name, a := range w.pages.assets {
		for _, at := range []struct{ path, keep string }{
			{w.pages.assetPath(name), "public, max-age=31536000, immutable"},
			{"/assets/" + name, "public, no-cache"},
			{"/assets/" + name + "?v=000000000000", "public, no-cache"},
		} {
			plain := b.do("GET", at.path, nil)
			packed := b.do("GET", at.path, nil, "Accept-Encoding", "gzip, deflate, br, zstd")
			require.Equal(t, at.keep, plain.Header().Get("Cache-Control"), at.path)
			require.Equal(t, a.body, plain.Body.String())
			require.Equal(t, a.mime, packed.Header().Get("Content-Type"))
			require.Equal(t, "Accept-Encoding", packed.Header().Get("Vary"))
			require.Equal(t, strconv.Itoa(packed.Body.Len()), packed.Header().Get("Content-Length"))
			require.NotEqual(t, plain.Header().Get("ETag"), packed.Header().Get("ETag"), "different bytes are different representations")
			tag := packed.Header().Get("ETag")
			seen, sent := fetched(t, packed)
			require.Equal(t, a.body, seen)
			require.Less(t, sent, len(a.body))
			again := b.do("GET", at.path, nil, "Accept-Encoding", "gzip", "If-None-Match", `"other", `+tag)
			require.Equal(t, 304, again.Code)
			require.Zero(t, again.Body.Len())
			require.Equal(t, 200, b.do("GET", at.path, nil, "If-None-Match", tag).Code, "who takes no gzip does not have this one")
		}
	}
	require.Equal(t, 404, b.do("GET", "/assets/nothing.css", nil).Code)
	require.Equal(t, "public, max-age=86400", b.do("GET", "/favicon.ico", nil).Header().Get("Cache-Control"))
}

func TestTheOpenAPIFileIsSentCompressed(t *testing.T) {
	a := newWorld(t).browser().do("GET", "/api/v1/openapi.yaml", nil, "Accept-Encoding", "gzip")
	require.Equal(t, "application/yaml", a.Header().Get("Content-Type"))
	require.Equal(t, "public, no-cache", a.Header().Get("Cache-Control"))
	seen, sent := fetched(t, a)
	require.True(t, strings.HasPrefix(seen, "openapi: 3"), seen[:20])
	require.Less(t, 3*sent, len(seen))
}

func TestThePageAboutTheAPIIsSentCompressed(t *testing.T) {
	a := newWorld(t).browser().do("GET", "/api/docs?lang=de", nil, "Accept-Encoding", "gzip")
	require.Equal(t, "no-store", a.Header().Get("Cache-Control"))
	seen, sent := fetched(t, a)
	require.Contains(t, seen, `<html lang="de">`)
	require.Less(t, 3*sent, len(seen))
}

// TestPagesWithSecretsAreNotCompressed: what is private stands there beside what a request brings.
func TestPagesWithSecretsAreNotCompressed(t *testing.T) {
	w := newWorld(t)
	b := w.administrator()
	for _, path := range []string{"/", "/login", "/console/sso", "/console/users?search=ada", "/session"} {
		a := b.do("GET", path, nil, "Accept-Encoding", "gzip")
		require.Equal(t, 200, a.Code, path)
		require.Empty(t, a.Header().Get("Content-Encoding"), path)
	}
}

func TestAcceptEncoding(t *testing.T) {
	for header, want := range map[string]bool{
		"": false, "gzip": true, "br": false, "br, gzip": true, "GZIP": true, "gzip;q=0": false, "gzip; q=0.5": true, "*": true,
		"*;q=0": false, "gzip;q=0, *": false, "*, gzip;q=0": false, "*;q=0, gzip": true, "gzip;q=high": false, "identity": false,
	} {
		require.Equal(t, want, takesGzip([]string{header}), header)
	}
	require.True(t, takesGzip([]string{"br", "gzip"}))
}

var loads = regexp.MustCompile(`<(?:link|script|img)[^>]* (?:href|src)="([^"]+)"`)

// TestPageWeight counts what crosses the network for a first look at each page: the page and everything it loads.
func TestPageWeight(t *testing.T) {
	const most = 60 << 10
	w := newWorld(t)
	b := w.administrator()
	require.Equal(t, 303, b.saves(on()).Code)
	paths := []string{"/", "/login", "/login/acme", "/nothing", "/api/docs"}
	for _, at := range w.sections() {
		for _, r := range at.routes {
			if r.method == http.MethodGet && !strings.Contains(r.path, ":") {
				paths = append(paths, consolePath+at.path+r.path)
			}
		}
	}
	require.Contains(t, paths, "/console/users/new")
	for _, path := range paths {
		a := b.do("GET", path, nil, "Accept-Encoding", "gzip")
		if !strings.HasPrefix(a.Header().Get("Content-Type"), "text/html") {
			continue
		}
		page, sent := fetched(t, a)
		require.NotRegexp(t, `<script>| style=| on[a-z]+="`, page, path)
		found := loads.FindAllStringSubmatch(page, -1)
		require.NotEmpty(t, found, path)
		for _, m := range found {
			loaded := b.do("GET", m[1], nil, "Accept-Encoding", "gzip")
			require.Equal(t, 200, loaded.Code, m[1])
			sent += loaded.Body.Len()
		}
		t.Logf("%6d bytes: %s", sent, path)
		require.Less(t, sent, most, path)
	}
}
