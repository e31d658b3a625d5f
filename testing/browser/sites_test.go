package browser

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/program"
)

// sites are a server and a provider on two host names, which is what makes them two sites for a browser.
type sites struct {
	host, idp string
}

// newSites starts a server at origin ("http://localhost:40123", its port free) with tenant acme that trusts a provider on 127.0.0.1.
func newSites(t *testing.T, origin string, flags ...string) sites {
	t.Helper()
	idp := startProgram(t, "", "devidp", "--listen", "127.0.0.1:0")
	dir := t.TempDir()
	plugins := filepath.Join(dir, "plugins.d")
	require.NoError(t, os.Mkdir(plugins, 0o755))
	const plugin = "idplug-provider-okta"
	out, err := exec.Command("install", "-m", "0755", filepath.Join(theStage.bin, plugin), plugins).CombinedOutput()
	require.NoError(t, err, string(out))
	_, port, err := net.SplitHostPort(strings.SplitAfter(origin, "://")[1])
	require.NoError(t, err)
	startProgram(t, "", "idplug", append([]string{
		"serve", "--listen", "127.0.0.1:" + port, "--base-url", origin, "--data-dir", filepath.Join(dir, "data"), "--plugin-dir", plugins,
		"--fetch-allow", idp.Addr, "--operator-token", operatorToken,
	}, flags...)...)
	api := func(method, path string, body any) int {
		return call(t, method, origin+"/api/v1"+path, operatorToken, body)
	}
	require.Eventually(t, func() bool { return api(http.MethodGet, "/providers/okta", nil) == http.StatusOK }, 10*time.Second, 50*time.Millisecond)
	require.Equal(t, http.StatusCreated, api(http.MethodPost, "/tenants", map[string]any{"slug": "acme", "name": "Acme"}))
	require.Equal(t, http.StatusOK, api(http.MethodPut, "/tenants/acme/sso", map[string]any{
		"version": 0, "use_sso": true, "provider": "okta", "metadata_url": idp.URL + "/okta/metadata",
		"create_user_on_first_login": true, "default_roles": []string{"agent"}, "force_reauthentication": true,
	}))
	return sites{origin, idp.URL}
}

// insecure does not check the self-signed certificate of the server under test.
var insecure = &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}

func call(t testing.TB, method, address, token string, body any) int {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(string(text)))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := insecure.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	if response.StatusCode >= http.StatusBadRequest {
		t.Logf("%s %s: %s", method, address, said)
	}
	return response.StatusCode
}

// freePort is one that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	port, err := program.FreePort(t.Context())
	require.NoError(t, err)
	return port
}

// TestSignInAcrossSites signs in, out, and in again, with server and provider on two sites by http.
func TestSignInAcrossSites(t *testing.T) {
	t.Parallel()
	c := open(t, desktop)
	s := newSites(t, "http://localhost:"+freePort(t))
	signInAndOut(t, c, s)
}

// TestSignInOverHTTPS is the same by https, where the cookies have their strict names.
func TestSignInOverHTTPS(t *testing.T) {
	t.Parallel()
	c := open(t, desktop)
	cert, key := selfSigned(t)
	s := newSites(t, "https://localhost:"+freePort(t), "--tls-cert", cert, "--tls-key", key)
	trustByFile(t, s)
	signInAndOut(t, c, s)
}

func signInAndOut(t *testing.T, c *chromium, s sites) {
	t.Helper()
	secure, prefix := strings.HasPrefix(s.host, "https://"), ""
	if secure {
		prefix = "__Host-"
	}
	c.visit(s.host+"/login/acme", "Who are you?")
	c.at(s.idp)
	flows := c.cookies(prefix + "idplug_flow_")
	require.Len(t, flows, 1)
	require.True(t, flows[0].HTTPOnly)
	require.Equal(t, secure, flows[0].Secure)
	if secure {
		require.Equal(t, network.CookieSameSiteNone, flows[0].SameSite)
	}
	c.click("Grace Hopper")
	c.see("Signed in as Grace Hopper")
	c.at(s.host)
	sessions := c.cookies(prefix + "idplug_session")
	require.Len(t, sessions, 1)
	require.True(t, sessions[0].HTTPOnly)
	require.Equal(t, secure, sessions[0].Secure)
	require.Equal(t, network.CookieSameSiteLax, sessions[0].SameSite)
	require.Empty(t, c.cookies(prefix+"idplug_flow_"), "a login that has ended leaves no cookie")

	// The way in by e-mail address: a form of ours whose answer leads to the other site.
	c.click("Sign out")
	c.see("Sign in")
	c.fill("#email", "grace@example.com")
	c.click("Continue")
	// This provider ignores ForceAuthn: started over once, then refused, with what to do.
	c.see("You logged out")
	require.Contains(t, c.words(), "reauthentication_required")
}

// trustByFile gives the provider the server's metadata, which it will not fetch by https from a certificate it does not know.
func trustByFile(t *testing.T, s sites) {
	t.Helper()
	response, err := insecure.Get(s.host + "/saml/acme/metadata")
	require.NoError(t, err)
	defer response.Body.Close()
	answer, err := http.Post(s.idp+"/_control/service-providers", "application/xml", response.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
}

// selfSigned writes a certificate for localhost and its key.
func selfSigned(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
	return cert, key
}
