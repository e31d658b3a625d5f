package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"math/big"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/serve"
	"github.com/idplug/idplug/sdk/wire"
)

// The test binary is the plugin under test when it is started as one.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv("SERVE_TEST_AS") == "parent":
		parent()
	case os.Getenv("SERVE_TEST_AS") == "broken":
		serve.Main(provider{version: "one"})
	case os.Getenv("SERVE_TEST_AS") == "plugin", os.Getenv(cookie()) != "":
		serve.Main(provider{version: "1.0.0"})
	}
	os.Exit(m.Run())
}

func cookie() string { return wire.Handshake().MagicCookieKey }

type provider struct{ version string }

func (p provider) Manifest() sdk.Manifest {
	return sdk.Manifest{
		Key: "acme", Name: "Acme", Version: p.version, Vendor: "Acme",
		Capabilities: sdk.Capabilities{MetadataURL: true, JIT: true},
	}
}

func (provider) Metadata(ctx context.Context, r *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	sdk.Log(ctx).InfoContext(ctx, "metadata seen", "bytes", len(r.Document))
	os.Stdout.WriteString("a vendor's stray print\n")
	return &sdk.MetadataAdvice{EntityID: string(r.Document)}, nil
}

func (provider) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	time.Sleep(300 * time.Millisecond)
	return &sdk.Profile{Email: r.Attributes.First("email").Lower()}, nil
}

// start runs the plugin as a host does.
func start(t *testing.T, stderr io.Writer) (sdk.Provider, *exec.Cmd, *plugin.Client) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  wire.Handshake(),
		VersionedPlugins: wire.VersionedPlugins(nil),
		Cmd:              cmd,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		Stderr:           stderr,
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Off}),
		GRPCDialOptions:  wire.DialOptions(),
	})
	t.Cleanup(client.Kill)
	protocol, err := client.Client()
	require.NoError(t, err)
	dispensed, err := protocol.Dispense(wire.Name)
	require.NoError(t, err)
	return dispensed.(sdk.Provider), cmd, client
}

func TestAPluginAnswersItsHost(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	p, _, client := start(t, &stderr)
	require.Equal(t, "acme", p.Manifest().Key)

	ctx := sdk.WithCall(t.Context(), sdk.Call{RequestID: "r42", Traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})
	advice, err := p.Metadata(ctx, &sdk.MetadataRequest{Document: []byte("urn:acme")})
	require.NoError(t, err)
	require.Equal(t, "urn:acme", advice.EntityID)

	profile, err := p.(sdk.Provisioner).Profile(ctx, &sdk.ProfileRequest{Attributes: sdk.Attributes{{Name: "email", Values: []string{"Ada@Example.com"}}}})
	require.NoError(t, err)
	require.Equal(t, sdk.Value{Text: "ada@example.com", From: "email", Op: sdk.OpLower}, profile.Email)

	client.Kill()
	var line struct {
		Msg       string
		RequestID string `json:"request_id"`
		TraceID   string `json:"trace_id"`
	}
	require.NoError(t, json.Unmarshal(stderr.Bytes(), &line), "one JSON line and nothing else: %s", stderr.Bytes())
	require.Equal(t, "metadata seen", line.Msg)
	require.Equal(t, "r42", line.RequestID)
	require.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", line.TraceID)
}

// TestItAnswersNobodyButItsHost: whoever reaches the socket, another user of the machine for one, is not yet the host.
func TestItAnswersNobodyButItsHost(t *testing.T) {
	t.Parallel()
	p, _, client := start(t, io.Discard)
	address := client.ReattachConfig().Addr.String()
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	for name, stranger := range map[string]credentials.TransportCredentials{
		"in the clear":          insecure.NewCredentials(),
		"without a certificate": credentials.NewTLS(&tls.Config{InsecureSkipVerify: true}), // #nosec G402 -- a stranger does not care
		"with one of its own": credentials.NewTLS(&tls.Config{
			InsecureSkipVerify: true, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, // #nosec G402 -- nor does this one
		}),
	} {
		conn, err := grpc.NewClient("unix:"+address, grpc.WithTransportCredentials(stranger))
		require.NoError(t, err)
		_, err = grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
		require.Error(t, err, name)
		require.NoError(t, conn.Close())
	}
	_, err = p.Metadata(t.Context(), &sdk.MetadataRequest{})
	require.NoError(t, err, "its host may")
}

func TestSIGTERMLetsCallsEnd(t *testing.T) {
	t.Parallel()
	p, cmd, client := start(t, io.Discard)
	answered := make(chan error, 1)
	go func() {
		_, err := p.(sdk.Provisioner).Profile(context.Background(), &sdk.ProfileRequest{})
		answered <- err
	}()
	time.Sleep(100 * time.Millisecond) // into the call, which takes 300
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, <-answered)
	require.Eventually(t, client.Exited, 5*time.Second, 10*time.Millisecond)

	_, err := p.Metadata(t.Context(), &sdk.MetadataRequest{})
	var failure *wire.Failure
	require.ErrorAs(t, err, &failure)
	require.Equal(t, wire.Down, failure.Kind)
}

func TestStandardOutputBelongsToTheHandshake(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{cookie() + "=" + wire.Handshake().MagicCookieValue, "PLUGIN_PROTOCOL_VERSIONS=1"}
	pipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })

	out := bufio.NewReader(pipe)
	line, err := out.ReadString('\n')
	require.NoError(t, err)
	require.Regexp(t, `^1\|1\|unix\|/.+\|grpc\|\n$`, line)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	rest, err := io.ReadAll(out)
	require.NoError(t, err)
	require.Empty(t, rest)
	require.NoError(t, cmd.Wait())
}

func TestStartedByHandItExplainsItself(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"alone": nil, "with an argument": {"--help"}} {
		stdout, stderr, code := run(t, "plugin", args...)
		require.Equal(t, 2, code, name)
		require.Empty(t, stdout, name)
		require.Contains(t, stderr, "install -m 0755 idplug-provider-acme plugins.d/", name)
	}
}

func TestDescribePrintsTheManifest(t *testing.T) {
	t.Parallel()
	stdout, stderr, code := run(t, "plugin", "--describe")
	require.Zero(t, code)
	require.Empty(t, stderr)
	var d struct {
		sdk.Manifest
		Provisioner bool
		Protocols   []int
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &d))
	require.Equal(t, provider{version: "1.0.0"}.Manifest(), d.Manifest)
	require.True(t, d.Provisioner)
	require.Equal(t, []int{1}, d.Protocols)
}

func TestDescribeFailsOnABrokenManifest(t *testing.T) {
	t.Parallel()
	_, stderr, code := run(t, "broken", "--describe")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, `version: "one"`)
}

func run(t *testing.T, as string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = []string{"SERVE_TEST_AS=" + as}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the code says it
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestAPluginDiesWithItsParent(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{"SERVE_TEST_AS=parent"}
	both, err := cmd.StdoutPipe() // open as long as parent or plugin lives
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	out := bufio.NewReader(both)
	line, err := out.ReadString('\n')
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(line, "1|1|unix|"), line)

	require.NoError(t, cmd.Process.Kill())
	closed := make(chan error, 1)
	go func() { _, err := io.ReadAll(out); closed <- err }()
	select {
	case err := <-closed:
		require.NoError(t, err)
	case <-time.After(30 * time.Second):
		t.Fatal("the plugin outlived its parent")
	}
	require.Error(t, cmd.Wait(), "killed")
}

// parent starts the plugin without any of a host's care, and waits to be killed.
func parent() {
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{cookie() + "=" + wire.Handshake().MagicCookieValue, "PLUGIN_PROTOCOL_VERSIONS=1"}
	cmd.Stdout = os.Stdout
	if cmd.Start() != nil {
		os.Exit(1)
	}
	time.Sleep(time.Minute)
	_ = cmd.Process.Kill()
	os.Exit(1)
}
