package interop

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/testing/devidp"
	"github.com/idplug/idplug/testing/need"
	"github.com/idplug/idplug/testing/program"
)

// simpleSAMLphp is Debian's, run by the web server that PHP brings, with a configuration of our own.
type simpleSAMLphp struct {
	url, dir string
}

func startSimpleSAMLphp(t *testing.T, h *host, tenant string) provider {
	t.Helper()
	php, home := need.PHP(t)
	p := &simpleSAMLphp{url: "http://127.0.0.1:" + h.ports[tenant], dir: t.TempDir()}
	for _, folder := range []string{"metadata", "log", "data", "tmp", "sessions"} {
		require.NoError(t, os.Mkdir(filepath.Join(p.dir, folder), 0o700))
	}
	writeKeys(t, p.dir)
	p.write(t, "config.php", fmt.Sprintf(phpConfig, p.url, p.dir, h.url+"/saml/"+tenant+"/metadata"))
	p.write(t, "authsources.php", fmt.Sprintf(phpPeople, password, ada))
	require.NoError(t, p.configure(settings{keys: []string{"first"}}))
	addr := strings.TrimPrefix(p.url, "http://")
	background(t, addr, []string{"SIMPLESAMLPHP_CONFIG_DIR=" + p.dir}, php, "-d", "opcache.enable=0",
		"-d", "session.save_path="+filepath.Join(p.dir, "sessions"), "-d", "error_log="+filepath.Join(p.dir, "log", "php"),
		"-S", addr, "-t", filepath.Join(home, "www"))
	t.Cleanup(func() {
		if log, err := os.ReadFile(filepath.Join(p.dir, "log", "simplesamlphp.log")); err == nil && t.Failed() {
			t.Logf("%s", log)
		}
	})
	return p
}

// phpConfig: the metadata source of type xml reads the host's own document, as it is, at every request.
const phpConfig = `<?php
$config = [
    'baseurlpath' => '%[1]s/', 'certdir' => '%[2]s/', 'loggingdir' => '%[2]s/log/', 'datadir' => '%[2]s/data/', 'tempdir' => '%[2]s/tmp',
    'metadatadir' => '%[2]s/metadata', 'secretsalt' => 'interop', 'auth.adminpassword' => 'interop-admin', 'timezone' => 'UTC',
    'technicalcontact_email' => 'na@example.org', 'logging.handler' => 'file', 'logging.level' => SimpleSAML\Logger::INFO, 'logging.logfile' => 'simplesamlphp.log',
    'enable.saml20-idp' => true, 'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
    'session.cookie.secure' => false, 'session.cookie.samesite' => null, 'language.cookie.secure' => false, 'language.cookie.samesite' => null, 'store.type' => 'phpsession', 'session.phpsession.cookiename' => 'SimpleSAML',
    'metadata.sources' => [['type' => 'flatfile'], ['type' => 'xml', 'url' => '%[3]s']],
];
`

const phpPeople = `<?php
$config = ['people' => ['exampleauth:UserPass', 'ada:%s' => [
    'mail' => ['%s'], 'displayName' => ['Ada Lovelace'], 'groups' => ['staff', 'admins'],
]]];
`

const phpProvider = `<?php
$metadata['%[1]s/saml2/idp/metadata.php'] = [
    'host' => '__DEFAULT__', 'auth' => 'people', 'privatekey' => '%[2]s.pem', 'certificate' => '%[2]s.crt', %[3]s
    'assertion.encryption' => %[4]t, 'validate.authnrequest' => %[5]t, 'SingleSignOnServiceBinding' => [%[6]s],
    'sign.logout' => true, 'validate.logout' => true,
    'SingleLogoutServiceBinding' => ['urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'],
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    'authproc' => [3 => [
        'class' => 'saml:AttributeNameID', 'attribute' => 'mail', 'Format' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    ]],
];
`

func (p *simpleSAMLphp) configure(s settings) error {
	next := ""
	if len(s.keys) > 1 {
		next = fmt.Sprintf("'new_privatekey' => '%[1]s.pem', 'new_certificate' => '%[1]s.crt',", s.keys[1])
	}
	bindings := "'" + sso.BindingPOST + "'"
	if !s.onlyPOST {
		bindings = "'" + sso.BindingRedirect + "', " + bindings
	}
	text := fmt.Sprintf(phpProvider, p.url, s.keys[0], next, s.encrypt, s.wantSigned, bindings)
	return os.WriteFile(filepath.Join(p.dir, "metadata", "saml20-idp-hosted.php"), []byte(text), 0o600)
}

func (p *simpleSAMLphp) write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600))
}

func (p *simpleSAMLphp) metadataURL() string { return p.url + "/saml2/idp/metadata.php" }

func (p *simpleSAMLphp) tile(application string) string {
	return p.url + "/saml2/idp/SSOService.php?spentityid=" + url.QueryEscape(application)
}

func (p *simpleSAMLphp) leave() string {
	return p.url + "/saml2/idp/initSLO.php?RelayState=" + url.QueryEscape(p.url+"/logout.php")
}

// writeKeys puts the keys first and second into a folder, as .pem with a .crt each.
func writeKeys(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"first", "second"} {
		key, err := devidp.NewKey(devidp.RSA2048, "", pkix.Name{CommonName: name}, time.Now().Add(-time.Hour), 1)
		require.NoError(t, err)
		plain, err := x509.MarshalPKCS8PrivateKey(key.Signer)
		require.NoError(t, err)
		for file, block := range map[string]*pem.Block{".pem": {Type: "PRIVATE KEY", Bytes: plain}, ".crt": {Type: "CERTIFICATE", Bytes: key.Certificate.Raw}} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name+file), pem.EncodeToMemory(block), 0o600))
		}
	}
}

// background runs a server at an address until the test ends.
func background(t *testing.T, addr string, env []string, path string, args ...string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	p, err := program.Start(program.Command{Path: path, Args: args, Env: append(os.Environ(), env...), Log: log, Addr: addr})
	if err == nil {
		t.Cleanup(func() { require.NoError(t, p.Kill()) })
	}
	t.Cleanup(func() {
		if said, err := os.ReadFile(log); err == nil && t.Failed() {
			t.Logf("%s", said)
		}
	})
	require.NoError(t, err)
}
