package proxy

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
	"github.com/idplug/idplug/testing/need"
)

const howTo = "docs/howto/connect-an-application.md"

var printed = regexp.MustCompile("(?s)\n```nginx\n(.*?)\n```\n")

// page is the configuration as the how-to prints it.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(docblock.Root(t), filepath.FromSlash(howTo)))
	require.NoError(t, err)
	blocks := printed.FindAllStringSubmatch(string(text), -1)
	require.Len(t, blocks, 1, "one nginx block in %s", howTo)
	return blocks[0][1]
}

// around is what a server block needs to run in a folder of its own and in the foreground. Its worker is the user of the test, who alone may
// enter that folder.
const around = `daemon off;
user %s;
pid nginx.pid;
events {}
http {
access_log off;
client_body_temp_path body;
proxy_temp_path proxy;
fastcgi_temp_path fastcgi;
uwsgi_temp_path uwsgi;
scgi_temp_path scgi;
`

// startNginx runs the printed configuration on the listener, with the addresses of this test in place of the printed ones, and returns the
// certificates that a client has to trust.
func startNginx(t *testing.T, program string, listener *net.TCPListener, idplug, application string) *x509.CertPool {
	t.Helper()
	dir := t.TempDir()
	roots := writeCertificate(t, dir)
	me, err := user.Current()
	require.NoError(t, err)
	config := page(t)
	for old, now := range map[string]string{
		"listen 443 ssl;":               "listen " + listener.Addr().String() + " ssl;",
		"/etc/ssl/app.example.com.pem;": "server.pem;",
		"/etc/ssl/app.example.com.key;": "server.key;",
		"server 127.0.0.1:8080;":        "server " + idplug + ";",
		"server 127.0.0.1:3000;":        "server " + application + ";",
	} {
		require.Equal(t, 1, strings.Count(config, old), "%q in the block of %s", old, howTo)
		config = strings.Replace(config, old, now, 1)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "nginx.conf"), fmt.Appendf(nil, around+"%s\n}\n", me.Username, config), 0o600))

	// nginx takes over the socket as it does from its predecessor at an upgrade, so no port can be lost between choosing and listening.
	socket, err := listener.File()
	require.NoError(t, err)
	cmd := exec.Command(program, "-p", dir, "-c", "nginx.conf", "-e", "error.log")
	cmd.ExtraFiles, cmd.Env = []*os.File{socket}, []string{"NGINX=3;"}
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { stopNginx(t, cmd, filepath.Join(dir, "error.log")) })
	require.NoError(t, socket.Close())
	require.NoError(t, listener.Close())
	return roots
}

func stopNginx(t *testing.T, cmd *exec.Cmd, log string) {
	_ = cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(10*time.Second, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer kill.Stop()
	if err := cmd.Wait(); err != nil {
		t.Errorf("nginx: %v", err)
	}
	if said, err := os.ReadFile(log); err == nil && t.Failed() {
		t.Logf("nginx said:\n%s", said)
	}
}

// writeCertificate writes the certificate that net/http/httptest brings, which is good for 127.0.0.1.
func writeCertificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	lender := httptest.NewTLSServer(nil)
	defer lender.Close()
	pair := lender.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{
		"server.pem": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]},
		"server.key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
	roots := x509.NewCertPool()
	roots.AddCert(lender.Certificate())
	return roots
}

func nginx(t *testing.T) string {
	t.Helper()
	return need.Tool(t, "nginx", "nginx", "/usr/sbin/nginx") // a user's PATH lacks sbin on Debian
}
