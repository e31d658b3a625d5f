package python_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/wire"
	"github.com/idplug/idplug/testing/python"
)

const patient = 20 * time.Second // until something that takes a second has surely happened

func TestItIsHealthyAndEndsWhenItsHostAsks(t *testing.T) {
	t.Parallel()
	p := start(t, python.Build(t))
	require.NoError(t, p.protocol.Ping())
	p.client.Kill() // asks first, and kills who has not gone after two seconds
	require.True(t, p.client.Exited())
	require.Zero(t, p.cmd.ProcessState.ExitCode(), "it was killed")
	require.Empty(t, p.log.String())
}

// Whoever reaches the socket is not yet the host.
func TestItAnswersNobodyButItsHost(t *testing.T) {
	t.Parallel()
	p := start(t, python.Build(t))
	address := p.client.ReattachConfig().Addr.String()
	for name, stranger := range map[string]credentials.TransportCredentials{
		"in the clear":          insecure.NewCredentials(),
		"without a certificate": credentials.NewTLS(&tls.Config{InsecureSkipVerify: true}), // #nosec G402 -- a stranger does not care
	} {
		conn, err := grpc.NewClient("unix:"+address, grpc.WithTransportCredentials(stranger))
		require.NoError(t, err)
		_, err = grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
		require.Error(t, err, name)
		require.NoError(t, conn.Close())
	}
	require.NoError(t, p.protocol.Ping(), "its host may")
}

func TestAnExceptionFailsOneCallAndIsNotQuoted(t *testing.T) {
	t.Parallel()
	p := start(t, faulty(t, `def profile(request): raise ValueError(request.name_id.value)`)...)
	_, err := p.provider.(sdk.Provisioner).Profile(t.Context(), &sdk.ProfileRequest{NameID: sdk.NameID{Value: "canary"}})
	var failure *wire.Failure
	require.ErrorAs(t, err, &failure)
	require.Equal(t, wire.Faulty, failure.Kind)
	require.Eventually(t, func() bool { return strings.Contains(p.log.String(), `"cause": "ValueError"`) }, patient, 5*time.Millisecond)
	require.NotContains(t, failure.Text+p.log.String(), "canary")

	_, err = p.provider.Metadata(t.Context(), &sdk.MetadataRequest{})
	require.NoError(t, err, "the process lives")
}

func TestAStrayPrintGoesToTheLog(t *testing.T) {
	t.Parallel()
	p := start(t, faulty(t, `def metadata(request): print("stray", flush=True); return serve.pb.MetadataResponse()`)...)
	_, err := p.provider.Metadata(t.Context(), &sdk.MetadataRequest{})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return strings.Contains(p.log.String(), "stray") }, patient, 5*time.Millisecond)
}

func TestAProviderWithoutProfilesIsNoProvisioner(t *testing.T) {
	t.Parallel()
	p := start(t, faulty(t, `del acme.profile`)...)
	require.NotImplements(t, (*sdk.Provisioner)(nil), p.provider)
}

func TestACallThatHangsDoesNotKeepTheProcess(t *testing.T) {
	t.Parallel()
	p := start(t, faulty(t, `def metadata(request): import time; time.sleep(3600)`)...)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := p.provider.Metadata(ctx, &sdk.MetadataRequest{})
	require.Error(t, err)
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, p.client.Exited, patient, 5*time.Millisecond)
	require.Zero(t, p.cmd.ProcessState.ExitCode())
}

// faulty is the command of the plugin with a function of the provider exchanged by a line of Python.
func faulty(t *testing.T, line string) []string {
	t.Helper()
	program := `
import sys
sys.path.insert(0, sys.argv.pop())
import acme, serve
` + line + `
for name in ("metadata", "profile"):
    if name in globals(): setattr(acme, name, globals()[name])
serve.main(acme)`
	return []string{"/usr/bin/python3", "-I", "-c", program, python.Build(t)}
}

func TestSIGTERMEndsIt(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(python.Build(t))
	cmd.Env = environment(t)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	out := bufio.NewReader(stdout)
	line, err := out.ReadString('\n')
	require.NoError(t, err)
	require.Regexp(t, `^1\|1\|unix\|/.+\|grpc\|[A-Za-z0-9+/]+\n$`, line)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	rest, err := io.ReadAll(out)
	require.NoError(t, err)
	require.Empty(t, rest)
	require.NoError(t, cmd.Wait())
}

func TestItDiesWithItsHost(t *testing.T) {
	t.Parallel()
	host := exec.Command("/bin/sh", "-c", `"$0" & wait`, python.Build(t))
	host.Env = environment(t)
	stderr, err := host.StderrPipe() // open as long as host or plugin lives
	require.NoError(t, err)
	stdout, err := host.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, host.Start())
	_, err = bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, host.Process.Kill())
	gone := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, stderr); close(gone) }()
	select {
	case <-gone:
	case <-time.After(patient):
		t.Fatal("the plugin outlived its host")
	}
	require.Error(t, host.Wait(), "killed")
}

func TestWhoCannotServeSaysWhy(t *testing.T) {
	t.Parallel()
	path := python.Build(t)
	for name, c := range map[string]struct {
		env  []string
		says string
	}{
		"started by hand":         {nil, "install -m 0755 idplug-provider-acme plugins.d/"},
		"a host of another time":  {append(environment(t), "PLUGIN_PROTOCOL_VERSIONS=7,8"), "speaks version 7,8 of the protocol, this plugin 1"},
		"a host that is a nobody": {append(environment(t), "PLUGIN_CLIENT_CERT="), "PLUGIN_CLIENT_CERT is empty"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), patient)
		cmd := exec.CommandContext(ctx, path)
		cmd.Env = append([]string{"LANG=C.UTF-8"}, c.env...)
		out, err := cmd.CombinedOutput()
		cancel()
		require.Error(t, err, name)
		require.Contains(t, string(out), c.says, name)
		require.Equal(t, 1, strings.Count(string(out), "\n"), "%s: one line: %s", name, out)
	}
}

// environment is what a host tells a plugin; the certificate is anybody's.
func environment(t *testing.T) []string {
	t.Helper()
	dir, err := os.MkdirTemp("", "py") //nolint:usetesting // a socket's path must be short, and t.TempDir's is not
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	shake := wire.Handshake()
	return []string{
		shake.MagicCookieKey + "=" + shake.MagicCookieValue, "PLUGIN_PROTOCOL_VERSIONS=1", "PLUGIN_UNIX_SOCKET_DIR=" + dir,
		"PLUGIN_CLIENT_CERT=" + certificate(t),
	}
}

func certificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
