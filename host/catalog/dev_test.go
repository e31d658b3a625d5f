package catalog_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/catalog"
	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/docblock"
)

// workshop is a vendor's module: a provider whose version is in its source.
func workshop(t *testing.T) (dir string, save func(version, more string)) {
	t.Helper()
	root := docblock.Root(t)
	dir = t.TempDir()
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	mod = []byte(strings.Replace(string(mod), "module github.com/idplug/idplug", "module example.org/acme", 1) +
		"\nrequire github.com/idplug/idplug v0.0.0\nreplace github.com/idplug/idplug => " + root + "\n")
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), mod, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o600))
	return dir, func(version, more string) {
		t.Helper()
		source := fmt.Sprintf(`package main

import (
	"context"

	"github.com/idplug/idplug/sdk"
	"github.com/idplug/idplug/sdk/serve"
)

func main() { serve.Main(provider{}) }

type provider struct{}

func (provider) Manifest() sdk.Manifest {
	return sdk.Manifest{Key: "acme", Name: "Acme", Vendor: "Acme", Version: %q, Capabilities: sdk.Capabilities{MetadataURL: true}}
}

func (provider) Metadata(context.Context, *sdk.MetadataRequest) (*sdk.MetadataAdvice, error) {
	return &sdk.MetadataAdvice{}, nil
}

func (provider) Profile(_ context.Context, r *sdk.ProfileRequest) (*sdk.Profile, error) {
	return &sdk.Profile{Email: r.Attributes.First("email")}, nil
}
%s
`, version, more)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600))
	}
}

// awaitReason waits until a plugin's reason holds a text.
func (r *rig) awaitReason(key sso.ProviderKey, text string) sso.PluginStatus {
	r.t.Helper()
	return r.await(key, "with the reason: "+text, func(p sso.PluginStatus) bool { return strings.Contains(p.Reason, text) })
}

func dev(key sso.ProviderKey, from string) func(*catalog.Options) {
	return func(o *catalog.Options) { o.Dev = append(o.Dev, catalog.Dev{Key: key, From: from}) }
}

func TestAPluginUnderDevelopmentFollowsItsSource(t *testing.T) {
	dir, save := workshop(t)
	save("1.0.0", "")
	r := newRig(t)
	r.put(badplugin.Binary{Key: "acme", Version: "7.0.0"}) // what is developed comes before what lies in the folder
	r.open(dev("acme", dir))
	first := r.awaitVersion("acme", "1.0.0")
	require.Equal(t, dir, first.File)
	require.NoError(t, r.ask("acme", "ada@example.org"))

	save("1.1.0", "func broken() { return 1 }")
	broken := r.awaitReason("acme", "it does not build")
	require.Contains(t, broken.Reason, "main.go:")
	require.Contains(t, broken.Reason, "too many return values")
	require.Contains(t, broken.Fix, "save")
	require.Equal(t, sso.PluginReady, broken.State, "what was built before serves on")
	require.Contains(t, r.log.String(), "too many return values")
	require.NoError(t, r.ask("acme", "ada@example.org"))

	save("1.2.0", "")
	require.Empty(t, r.awaitVersion("acme", "1.2.0").Reason)
}

func TestABinaryUnderDevelopmentFollowsItsFile(t *testing.T) {
	c, err := compiled()
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "bin")
	r := newRig(t).open(dev("acme", filepath.Join(dir, "idplug-provider-acme")))
	r.awaitReason("acme", "there is nothing at")

	require.NoError(t, os.Mkdir(dir, 0o777)) // a folder that a plugin folder may not be: anybody may write it
	require.NoError(t, os.Chmod(dir, 0o777)) // #nosec G302 -- that is the point
	_, err = c.Write(dir, badplugin.Binary{Key: "acme", Version: "1.0.0"})
	require.NoError(t, err)
	r.awaitVersion("acme", "1.0.0")
	_, err = c.Write(dir, badplugin.Binary{Key: "acme", Version: "1.1.0"})
	require.NoError(t, err)
	r.awaitVersion("acme", "1.1.0")
}

func TestAProcessUnderADebuggerIsAttachedToAndLeftAlone(t *testing.T) {
	c, err := compiled()
	require.NoError(t, err)
	dir := t.TempDir()
	path, err := c.Write(dir, badplugin.Binary{Key: "acme", Version: "1.0.0"})
	require.NoError(t, err)
	where := filepath.Join(dir, "attach.json")
	debug := func() *exec.Cmd {
		cmd := exec.Command(path, "--debug", where)
		require.NoError(t, cmd.Start())
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		return cmd
	}

	r := newRig(t).open(dev("acme", "attach:"+where))
	require.Contains(t, r.awaitReason("acme", "it does not run").Fix, "--debug "+where)

	first := debug()
	r.awaitVersion("acme", "1.0.0")
	require.NoError(t, r.ask("acme", "ada@example.org"))

	freeze(t, first.Process.Pid) // at a breakpoint
	answer := make(chan error, 1)
	go func() { answer <- r.ask("acme", "ada@example.org") }()
	select {
	case err := <-answer:
		t.Fatalf("a breakpoint must not end the call, but: %v", err)
	case <-time.After(2500 * time.Millisecond): // longer than any profile may take
	}
	require.NoError(t, syscall.Kill(first.Process.Pid, syscall.SIGCONT))
	require.NoError(t, <-answer)

	require.NoError(t, first.Process.Signal(os.Interrupt))
	require.NoError(t, first.Wait())
	require.NoFileExists(t, where, "an orderly end takes the file away")
	r.awaitReason("acme", "it does not run")

	second := debug()
	r.await("acme", "attached to the second", func(p sso.PluginStatus) bool {
		return p.State == sso.PluginReady && p.SHA256 == fmt.Sprintf("attached to process %d", second.Process.Pid)
	})
	require.NoError(t, r.ask("acme", "ada@example.org"))
	r.close()
	require.False(t, gone(second.Process.Pid), "it belongs to its debugger")
}

func TestWhatIsDevelopedIsNamed(t *testing.T) {
	for text, says := range map[string]string{
		"acme":                              "KEY=FOLDER",
		"Acme=.":                            "KEY=FOLDER",
		"acme=":                             "KEY=FOLDER",
		"acme=attach:":                      "KEY=FOLDER",
		`acme=attach:{"Protocol":"netrpc"}`: "none of ours",
		`acme=attach:{"Protocol":"grpc","ProtocolVersion":1,"Pid":1,"Addr":{"Network":"tcp","String":"192.0.2.1:1"}}`: "no unix socket",
		`acme=attach:{`: "not the JSON",
	} {
		_, err := catalog.ParseDev(text)
		require.ErrorContains(t, err, says, text)
	}
	d, err := catalog.ParseDev("acme=./cmd/a=b")
	require.NoError(t, err)
	require.Equal(t, catalog.Dev{Key: "acme", From: "./cmd/a=b"}, d)
}
