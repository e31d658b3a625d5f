package catalog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/catalog"
	"github.com/idplug/idplug/host/sandbox"
	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/conformance"
)

// The tests of this package run real plugin processes. Waits are bounded, generously; nothing asserts a time.

const (
	asHost     = "CATALOG_TEST_HOST"      // the test binary is a host on the folder this names
	asHostWith = "CATALOG_TEST_HOST_SHIM" // the shim of its sandbox
	patient    = 20 * time.Second         // until something that happens within a second has surely happened
)

func TestMain(m *testing.M) {
	sandbox.Main()
	if root := os.Getenv(asHost); root != "" {
		beHost(root)
	}
	code := m.Run()
	conformance.Clean()
	os.Exit(code)
}

var compiled = sync.OnceValues(func() (badplugin.Compiled, error) { return badplugin.Compile(context.Background()) })

// rig is a catalogue on folders of its own.
type rig struct {
	*catalog.Catalog
	t     *testing.T
	dir   string // of the plugins
	state string
	log   *output
	trust catalog.Trust
}

// newRig makes the folders; nothing is opened yet.
func newRig(t *testing.T) *rig {
	t.Helper()
	root, err := os.MkdirTemp("", "cat") //nolint:usetesting // a socket's path must be short, and t.TempDir's is not
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	r := &rig{t: t, dir: filepath.Join(root, "plugins.d"), state: filepath.Join(root, "state"), log: &output{}}
	require.NoError(t, os.Mkdir(r.dir, 0o755)) // #nosec G301 -- what a plugin folder looks like
	return r
}

// open opens the catalogue until the test ends.
func (r *rig) open(options ...func(*catalog.Options)) *rig {
	r.t.Helper()
	o := catalog.Options{Dir: r.dir, StateDir: r.state, Now: time.Now, Log: slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, option := range options {
		option(&o)
	}
	c, err := catalog.Open(r.t.Context(), o)
	require.NoError(r.t, err)
	r.Catalog = c
	r.t.Cleanup(func() {
		if r.Catalog == c {
			require.NoError(r.t, c.Close())
		}
	})
	return r
}

// close closes the catalogue before the test ends.
func (r *rig) close() {
	r.t.Helper()
	require.NoError(r.t, r.Close())
	r.Catalog = nil
}

// put installs a plugin and returns its path.
func (r *rig) put(b badplugin.Binary) string {
	r.t.Helper()
	c, err := compiled()
	require.NoError(r.t, err)
	path, err := c.Write(r.dir, b)
	require.NoError(r.t, err)
	return path
}

// script installs a shell script as a plugin.
func (r *rig) script(key, body string) string {
	r.t.Helper()
	path := filepath.Join(r.dir, "idplug-provider-"+key)
	hidden := filepath.Join(r.dir, ".incoming")
	require.NoError(r.t, os.WriteFile(hidden, []byte("#!/bin/sh\n"+body+"\n"), 0o755)) // #nosec G306 -- executable
	require.NoError(r.t, os.Rename(hidden, path))
	return path
}

// plugin is where a plugin stands; the zero value when it is not listed.
func (r *rig) plugin(key sso.ProviderKey) sso.PluginStatus {
	for _, p := range r.Plugins() {
		if p.Key == key {
			return p
		}
	}
	return sso.PluginStatus{}
}

// await waits until a plugin's status is as wanted, and returns it.
func (r *rig) await(key sso.ProviderKey, what string, wanted func(sso.PluginStatus) bool) sso.PluginStatus {
	r.t.Helper()
	for deadline := time.Now().Add(patient); ; time.Sleep(5 * time.Millisecond) {
		now := r.plugin(key)
		if wanted(now) {
			return now
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("%s: not %s, but %+v", key, what, now)
		}
	}
}

func (r *rig) awaitState(key sso.ProviderKey, state sso.PluginState) sso.PluginStatus {
	r.t.Helper()
	return r.await(key, string(state), func(p sso.PluginStatus) bool { return p.State == state })
}

// awaitVersion waits until a version serves.
func (r *rig) awaitVersion(key sso.ProviderKey, version string) sso.PluginStatus {
	r.t.Helper()
	return r.await(key, "ready as "+version, func(p sso.PluginStatus) bool { return p.State == sso.PluginReady && p.Version == version })
}

// ask makes one call and checks the answer.
func (r *rig) ask(key sso.ProviderKey, email string) error {
	p, err := r.Provider(key)
	if err != nil {
		return err
	}
	profile, err := p.Profile(r.t.Context(), person(email))
	if err != nil {
		return err
	}
	if profile.Email.Text != email {
		return fmt.Errorf("asked for %s, got %s", email, profile.Email.Text)
	}
	return nil
}

// advise makes the call that waits longer for a process to come back: 5 s.
func (r *rig) advise(key sso.ProviderKey) error {
	p, err := r.Provider(key)
	if err != nil {
		return err
	}
	_, err = p.Metadata(r.t.Context(), sso.MetadataQuery{Document: []byte("<x/>")})
	return err
}

func person(email string) sso.Assertion {
	return sso.Assertion{
		IDPEntityID: "https://idp.example.com", NameID: sso.NameID{Value: "n-1", Format: sso.FormatPersistent},
		Attributes: sso.Attributes{{Name: "email", Values: []string{email}}, {Name: "groups", Values: []string{"a", "b"}}},
	}
}

// output is what was logged so far.
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

// processState is the letter that Linux has for it; "" for a process that is no more.
func processState(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return ""
		}
		return "S" // no Linux: it is there, and that is all we know
	}
	_, after, _ := bytes.Cut(stat, []byte(") "))
	return string(after[:1])
}

// gone reports whether a process is no more; one that nobody has buried counts.
func gone(pid int) bool {
	state := processState(pid)
	return state == "" || state == "Z" || state == "X"
}

func awaitGone(t *testing.T, pid int) {
	t.Helper()
	require.NotZero(t, pid)
	require.Eventually(t, func() bool { return gone(pid) }, patient, 5*time.Millisecond, "process %d", pid)
}

// freeze stops a process and waits until it stands still, which is not at once.
func freeze(t *testing.T, pid int) {
	t.Helper()
	require.NoError(t, syscall.Kill(pid, syscall.SIGSTOP))
	if runtime.GOOS == "linux" {
		require.Eventually(t, func() bool { return processState(pid) == "T" }, patient, time.Millisecond)
	}
}

// mend runs a command that was shown as a remedy.
func (r *rig) mend(fix string) {
	r.t.Helper()
	require.NotEmpty(r.t, fix)
	out, err := exec.CommandContext(r.t.Context(), "/bin/sh", "-c", fix).CombinedOutput() // #nosec G204 -- what is tested
	require.NoError(r.t, err, "%s: %s", fix, out)
}

func (r *rig) kill(pid int) {
	r.t.Helper()
	require.NotZero(r.t, pid)
	require.NoError(r.t, syscall.Kill(pid, syscall.SIGKILL))
}
