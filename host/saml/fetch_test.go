package saml_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/saml"
)

const secret = "body-that-must-not-be-echoed"

// fetched serves one handler over TLS on a loopback address that is allowed, and fetches path from it.
func fetched(t *testing.T, path string, h http.HandlerFunc) ([]byte, error) {
	t.Helper()
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	body, err := allowing(t, server).Fetch(t.Context(), server.URL+path)
	if err != nil {
		require.NotContains(t, err.Error(), secret)
		require.NotEmpty(t, sso.TextOf(sso.CodeOf(err)).Summary)
	}
	return body, err
}

func allowing(t *testing.T, server *httptest.Server) *saml.Documents {
	t.Helper()
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	return &saml.Documents{Allow: []string{u.Host}, TLS: server.Client().Transport.(*http.Transport).TLSClientConfig}
}

func detail(t *testing.T, err error) string {
	t.Helper()
	var e *sso.Error
	require.ErrorAs(t, err, &e)
	return e.Params["detail"]
}

func TestFetchReadsXML(t *testing.T) {
	body, err := fetched(t, "/m?x=1", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RequestURI() != "/m?x=1" || !strings.HasPrefix(r.Header.Get("Accept"), "application/samlmetadata+xml") || r.Header.Get("Cookie") != "" {
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/plain") // wrong and harmless
		io.WriteString(w, "<a/>")
	})
	require.NoError(t, err)
	require.Equal(t, "<a/>", string(body))
}

func TestFetchReadsCompressedXML(t *testing.T) {
	body, err := fetched(t, "/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, "<a/>")
		z.Close()
	})
	require.NoError(t, err)
	require.Equal(t, "<a/>", string(body))
}

func TestFetchSaysWhatCameInstead(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   sso.Code
		detail string
	}{
		"page":      {says(200, "text/html", "<!DOCTYPE html><html>"+secret), sso.MetadataNotSAML, "web page"},
		"xhtml":     {says(200, "text/xml", `<?xml version="1.0"?><html xmlns="x">`+secret), sso.MetadataNotSAML, "web page"},
		"sign-in":   {says(200, "text/html", `<html><form><input name=u><input type="password">`+secret), sso.MetadataNotSAML, "sign-in page"},
		"json":      {says(200, "application/json", `{"a":"`+secret+`"}`), sso.MetadataNotSAML, "JSON"},
		"empty":     {says(200, "text/xml", ""), sso.MetadataNotSAML, "empty"},
		"text":      {says(200, "text/xml", secret), sso.MetadataNotSAML, "not XML"},
		"204":       {says(204, "", ""), sso.MetadataFetchFailed, "nothing"},
		"401":       {says(401, "text/xml", "<a>"+secret+"</a>"), sso.MetadataFetchFailed, "sign-in"},
		"404":       {says(404, "text/xml", "<a>"+secret+"</a>"), sso.MetadataFetchFailed, "nothing at this address"},
		"500":       {says(500, "text/xml", "<a>"+secret+"</a>"), sso.MetadataFetchFailed, "HTTP 500"},
		"brotli":    {encoded("br", []byte("x")), sso.MetadataFetchFailed, "not asked for"},
		"broken":    {encoded("gzip", []byte(secret)), sso.MetadataFetchFailed, "wrongly"},
		"large":     {says(200, "text/xml", "<a>"+strings.Repeat("x", 2<<20)), sso.MetadataTooLarge, ""},
		"gzip bomb": {encoded("gzip", bomb(t)), sso.MetadataTooLarge, ""},
		"big head":  {bigHeader, sso.MetadataFetchFailed, "connection failed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := fetched(t, "/", c.answer)
			require.Equal(t, c.code, sso.CodeOf(err), "%v", err)
			require.Contains(t, detail(t, err), c.detail)
		})
	}
}

func says(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func encoded(encoding string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", encoding)
		w.Write(body)
	}
}

func bigHeader(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
}

func bomb(t *testing.T) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(bytes.Repeat([]byte("<a/>"), 4<<20))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestFetchRefusesAddresses(t *testing.T) {
	for _, address := range []string{
		"", "x", "/metadata", "file:///etc/passwd", "gopher://h/", "ftp://h/", "data:text/xml,<a/>", "javascript:alert(1)", "http://idp.example/",
		"https://", "https:///x", "https:h", "https://user@idp.example/", "https://u:p@idp.example/", "https://idp.example/#x", "https://idp.example:22/",
		"https://idp.example:25/", "https://idp.example:6379/", "https://idp.example:80/", "https://idp.example:0443/", "https://a b/",
		"https://idp.example/" + strings.Repeat("x", 2048), "https://idp.example:port/", "//idp.example/", "https://[::1", " https://idp.example/",
	} {
		_, err := new(saml.Documents).Fetch(t.Context(), address)
		require.Equal(t, sso.MetadataURLInvalid, sso.CodeOf(err), address)
	}
}

// TestFetchKnocksAtNoOtherService: every address here is public, so nothing but the port can be refused. The context is over before anything is dialled.
func TestFetchKnocksAtNoOtherService(t *testing.T) {
	over, end := context.WithCancel(t.Context())
	end()
	for _, port := range []string{
		"0", "1", "22", "022", "00022", "000022", "25", "0000025", "80", "0080", "444", "999", "0443", "00443", "1023", "01023", "65536", "65979", "4294967318",
		"3306", "03306", "5432", "05432", "6379", "006379", "9200", "11211", "011211", "27017",
	} {
		_, err := new(saml.Documents).Fetch(over, "https://1.1.1.1:"+port+"/")
		require.Equal(t, sso.MetadataURLInvalid, sso.CodeOf(err), port)
		require.Equal(t, "no metadata is served on that port", detail(t, err), port)
	}
	for _, port := range []string{"", ":", ":443", ":1024", ":8443", ":9443", ":10443", ":65535"} {
		_, err := new(saml.Documents).Fetch(over, "https://1.1.1.1"+port+"/")
		require.Equal(t, sso.MetadataFetchFailed, sso.CodeOf(err), "%s: the twin is dialled", port)
	}
}

func TestFetchConnectsToNoPrivateAddress(t *testing.T) {
	var visits atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	defer server.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "https://"), ":")
	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "[::1]", "[::]", "10.0.0.1", "169.254.169.254", "[fd00::1]", "[64:ff9b::7f00:1]"} {
		_, err := new(saml.Documents).Fetch(t.Context(), "https://"+host+":"+port+"/")
		require.Equal(t, sso.MetadataAddress, sso.CodeOf(err), "%s: %v", host, err)
	}
	require.Zero(t, visits.Load())
}

func TestFetchFollowsThreeRedirectsEachChecked(t *testing.T) {
	var canary atomic.Int32
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { canary.Add(1) }))
	defer inside.Close()
	hops := func(w http.ResponseWriter, r *http.Request) {
		switch to := r.URL.Query().Get("to"); {
		case to != "":
			http.Redirect(w, r, to, http.StatusFound)
		case len(r.URL.Path) > 1:
			http.Redirect(w, r, r.URL.Path[:len(r.URL.Path)-1], http.StatusMovedPermanently)
		default:
			io.WriteString(w, "<a/>")
		}
	}
	_, err := fetched(t, "/aaa", hops)
	require.NoError(t, err)
	_, err = fetched(t, "/aaaa", hops)
	require.Equal(t, sso.MetadataRedirect, sso.CodeOf(err))
	for _, to := range []string{inside.URL, "http://idp.example/", "file:///etc/passwd", "https://u@idp.example/", "https://169.254.169.254/", "https://idp.example:22/", "%zz"} {
		_, err = fetched(t, "/?to="+url.QueryEscape(to), hops)
		require.Equal(t, sso.MetadataRedirect, sso.CodeOf(err), "%s: %v", to, err)
	}
	require.Zero(t, canary.Load())
}

func TestFetchAllowsListedHostsOverHTTP(t *testing.T) {
	server := httptest.NewServer(says(200, "text/xml", "<a/>"))
	defer server.Close()
	_, err := new(saml.Documents).Fetch(t.Context(), server.URL)
	require.Equal(t, sso.MetadataURLInvalid, sso.CodeOf(err))
	body, err := (&saml.Documents{Allow: []string{strings.TrimPrefix(server.URL, "http://")}}).Fetch(t.Context(), server.URL)
	require.NoError(t, err)
	require.Equal(t, "<a/>", string(body))
}

func TestFetchIgnoresTheEnvironmentsProxy(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	_, err := fetched(t, "/", says(200, "text/xml", "<a/>"))
	require.NoError(t, err)
}

func TestFetchSaysWhyThereIsNoAnswer(t *testing.T) {
	server := httptest.NewTLSServer(says(200, "text/xml", "<a/>"))
	documents := allowing(t, server)
	documents.TLS = &tls.Config{MinVersion: tls.VersionTLS12} // trusts nobody's test certificate
	_, err := documents.Fetch(t.Context(), server.URL)
	require.Contains(t, detail(t, err), "TLS certificate is not trusted")

	server.Close()
	_, err = documents.Fetch(t.Context(), server.URL)
	require.Contains(t, detail(t, err), "refused")

	stuck := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<a>")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer stuck.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = allowing(t, stuck).Fetch(ctx, stuck.URL)
	require.Contains(t, detail(t, err), "no complete answer")

	broken := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "<a>")
	}))
	defer broken.Close()
	_, err = allowing(t, broken).Fetch(t.Context(), broken.URL)
	require.Contains(t, detail(t, err), "broke off")
}
