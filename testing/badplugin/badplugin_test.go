package badplugin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/sdktest"
	"github.com/idplug/idplug/sdk/wire"
	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/need"
)

var compile = sync.OnceValues(func() (badplugin.Compiled, error) { return badplugin.Compile(context.Background()) })

func write(t *testing.T, b badplugin.Binary) string {
	t.Helper()
	compiled, err := compile()
	require.NoError(t, err)
	path, err := compiled.Write(t.TempDir(), b)
	require.NoError(t, err)
	return path
}

// start runs a plugin the way a careless host would.
func start(t *testing.T, b badplugin.Binary) (sdk.Provider, *output, *exec.Cmd, error) {
	t.Helper()
	cmd, stderr := exec.Command(write(t, b)), &output{}
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig: wire.Handshake(), VersionedPlugins: wire.VersionedPlugins(nil), Cmd: cmd,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC}, AutoMTLS: true, SkipHostEnv: true, Stderr: stderr,
		Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Off}), GRPCDialOptions: wire.DialOptions(), StartTimeout: 2 * time.Second,
	})
	t.Cleanup(func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill() // modes that stay would make go-plugin wait
		}
		client.Kill()
	})
	protocol, err := client.Client()
	if err != nil {
		return nil, stderr, cmd, err
	}
	dispensed, err := protocol.Dispense(wire.Name)
	if err != nil {
		return nil, stderr, cmd, err
	}
	return dispensed.(sdk.Provider), stderr, cmd, nil
}

// output is what a process wrote so far.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func profile(t *testing.T, p sdk.Provider) (*sdk.Profile, error) {
	t.Helper()
	return profileOf(t, p, "ada@example.com")
}

func profileOf(t *testing.T, p sdk.Provider, email string) (*sdk.Profile, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	return p.(sdk.Provisioner).Profile(ctx, &sdk.ProfileRequest{Attributes: sdk.Attributes{{Name: "email", Values: []string{email}}}})
}

func TestGoodOnesConform(t *testing.T) {
	t.Parallel()
	report, err := sdktest.Binary{Path: write(t, badplugin.Binary{Key: "fine", Version: "2.3.4"})}.Check(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, "2.3.4", report.Manifest.Version)
	for _, r := range report.Results {
		require.NotEqual(t, sdktest.Failed, r.Outcome, "%s: %s", r.Check, r.Seen)
	}
}

func TestTheyDoNotStart(t *testing.T) {
	t.Parallel()
	for _, mode := range []badplugin.Mode{badplugin.ExitAtStart, badplugin.NeverReady, badplugin.SlowStart, badplugin.WrongCookie, badplugin.VersionSkew, badplugin.TCPAddress, badplugin.InTheClear} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			_, _, _, err := start(t, badplugin.Binary{Mode: mode, Address: "127.0.0.1:1"})
			require.Error(t, err)
		})
	}
}

func TestTheyFailProfiles(t *testing.T) {
	t.Parallel()
	for mode, kind := range map[badplugin.Mode]wire.Kind{
		badplugin.Refuses: wire.Refused, badplugin.PanicOnProfile: wire.Faulty, badplugin.CrashOnProfile: wire.Down, badplugin.HangOnProfile: wire.Late,
		badplugin.HugeProfile: wire.TooLarge, badplugin.Garbled: wire.Faulty,
		badplugin.StopsItself: wire.Late, badplugin.StdoutFlood: wire.Late, // go-plugin reads no line that long, and then no more at all
	} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			p, _, _, err := start(t, badplugin.Binary{Mode: mode})
			require.NoError(t, err)
			_, err = profile(t, p)
			var failure *wire.Failure
			require.ErrorAs(t, err, &failure)
			require.Equal(t, kind, failure.Kind)
		})
	}
}

func TestOneIsGarbledInTwoWays(t *testing.T) {
	t.Parallel()
	p, _, _, err := start(t, badplugin.Binary{Mode: badplugin.Garbled})
	require.NoError(t, err)
	for _, how := range []string{"cannot parse", "UTF-8", "cannot parse"} {
		_, err = profile(t, p)
		var failure *wire.Failure
		require.ErrorAs(t, err, &failure)
		require.Equal(t, wire.Faulty, failure.Kind)
		require.Contains(t, failure.Text, how)
	}
}

func TestTheyAnswerWhatTheyShouldNot(t *testing.T) {
	t.Parallel()
	p, _, _, err := start(t, badplugin.Binary{Mode: badplugin.HugeReply})
	require.NoError(t, err)
	_, err = p.Metadata(t.Context(), &sdk.MetadataRequest{})
	var failure *wire.Failure
	require.ErrorAs(t, err, &failure)
	require.Equal(t, wire.TooLarge, failure.Kind)

	p, _, _, err = start(t, badplugin.Binary{Mode: badplugin.InventedValue})
	require.NoError(t, err)
	got, err := profile(t, p)
	require.NoError(t, err)
	require.Equal(t, "administrator@example.com", got.Email.Text)

	p, _, _, err = start(t, badplugin.Binary{Mode: badplugin.InventedName})
	require.NoError(t, err)
	got, err = profile(t, p)
	require.NoError(t, err)
	require.Equal(t, sdk.Value{Text: "administrator@example.com", From: sdk.FromNameID, Op: sdk.OpAsIs}, got.Subject)

	p, _, _, err = start(t, badplugin.Binary{Mode: badplugin.FalseManifest})
	require.NoError(t, err)
	require.Equal(t, "somebody-else", p.Manifest().Key)
}

func TestTheyWriteWhatTheyShouldNot(t *testing.T) {
	t.Parallel()
	for mode, want := range map[badplugin.Mode]string{
		badplugin.BadStderrJSON: `{"@message": 1`, badplugin.StderrFlood: "flood line 99999\n", badplugin.LogsValues: "ada@example.com",
		badplugin.Escapes: `escape nowhere: got "", no way "nowhere"`,
	} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			p, stderr, _, err := start(t, badplugin.Binary{Mode: mode, Address: "nowhere"})
			require.NoError(t, err)
			_, err = profile(t, p)
			require.NoError(t, err)
			require.Eventually(t, func() bool { return strings.Contains(stderr.String(), want) }, 10*time.Second, 20*time.Millisecond)
		})
	}
}

func TestTheyAreGoodToTheExampleOfTheirManifest(t *testing.T) {
	t.Parallel()
	for _, mode := range []badplugin.Mode{badplugin.HangOnProfile, badplugin.InventedValue} {
		p, _, _, err := start(t, badplugin.Binary{Mode: mode})
		require.NoError(t, err)
		got, err := profileOf(t, p, badplugin.Example)
		require.NoError(t, err)
		require.Equal(t, badplugin.Example, got.Email.Text)
		require.Equal(t, badplugin.Example, p.Manifest().AttributeHints[0].Example)
	}
	p, _, _, err := start(t, badplugin.Binary{Mode: badplugin.FailsExample})
	require.NoError(t, err)
	_, err = profile(t, p)
	require.NoError(t, err)
	_, err = profileOf(t, p, badplugin.Example)
	require.Error(t, err)
}

func TestOneGrows(t *testing.T) {
	t.Parallel()
	p, _, cmd, err := start(t, badplugin.Binary{Mode: badplugin.Grows})
	require.NoError(t, err)
	for range 3 {
		_, err := p.(sdk.Provisioner).Profile(t.Context(), &sdk.ProfileRequest{})
		require.NoError(t, err)
	}
	usage, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", cmd.Process.Pid))
	need.Granted(t, err == nil, "reading /proc")
	var size, resident int
	_, err = fmt.Sscan(string(usage), &size, &resident)
	require.NoError(t, err)
	require.Greater(t, resident*os.Getpagesize(), 3*64<<20)
}

func TestOneLeavesAChildBehind(t *testing.T) {
	t.Parallel()
	_, _, cmd, err := start(t, badplugin.Binary{Mode: badplugin.LeaksDescendants, Key: "leaks-in-this-test"})
	require.NoError(t, err)
	_, err = os.Stat("/proc/self/exe")
	need.Granted(t, err == nil, "reading /proc")
	found, err := badplugin.Descendants("leaks-in-this-test")
	require.NoError(t, err)
	require.NotEmpty(t, found)
	require.NoError(t, cmd.Process.Kill())
	t.Cleanup(func() {
		for _, pid := range found {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	require.Never(t, func() bool { return syscall.Kill(found[0], 0) != nil }, 200*time.Millisecond, 20*time.Millisecond)
}

func TestOneIgnoresSIGTERM(t *testing.T) {
	t.Parallel()
	p, _, cmd, err := start(t, badplugin.Binary{Mode: badplugin.IgnoresSIGTERM})
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.Never(t, func() bool {
		_, err := profile(t, p)
		return err != nil
	}, 300*time.Millisecond, 50*time.Millisecond)
}

func TestAStampFitsAndIsNeeded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, mode := range badplugin.Modes() {
		want := badplugin.Binary{Mode: mode, Key: "a-key-of-the-greatest-length-of-forty-xx", Version: "10.20.30-rc.1", Address: "127.0.0.1:65535"}
		path, err := badplugin.Compiled(badplugin.Blank).Write(dir, want)
		require.NoError(t, err)
		require.Equal(t, filepath.Join(dir, "idplug-provider-"+want.Key), path)
		written, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Len(t, written, len(badplugin.Blank))
		require.Equal(t, want, badplugin.Read(string(written)))
	}
	_, err := badplugin.Compiled("no blank in here").Write(dir, badplugin.Binary{})
	require.Error(t, err)
	require.False(t, errors.Is(err, os.ErrNotExist))
	require.Equal(t, badplugin.Binary{Mode: badplugin.Good, Key: "bad", Version: "1.0.0"}, badplugin.Read(badplugin.Blank))
}

func TestDescribeWorksOnAStampedBinary(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), write(t, badplugin.Binary{Key: "fine"}), "--describe").Output()
	require.NoError(t, err)
	var m sdk.Manifest
	require.NoError(t, json.Unmarshal(out, &m))
	require.Equal(t, "fine", m.Key)
}
