package catalog_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/catalog"
	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/conformance"
)

func TestADroppedBinaryIsSelectable(t *testing.T) {
	t.Parallel()
	r := newRig(t).open()
	require.Empty(t, r.Providers())
	_, err := r.Provider("okta")
	require.Equal(t, sso.ProviderUnknown, sso.CodeOf(err))

	data, err := os.ReadFile(conformance.Build(t, "github.com/idplug/idplug/cmd/idplug-provider-okta"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, "idplug-provider-okta"), data, 0o755)) // #nosec G306 -- executable
	status := r.awaitState("okta", sso.PluginReady)
	require.Empty(t, status.Reason)
	sum := sha256.Sum256(data)
	require.Equal(t, hex.EncodeToString(sum[:]), status.SHA256)
	require.NotZero(t, status.PID)

	listed := r.Providers()
	require.Len(t, listed, 1)
	require.Equal(t, sso.PluginReady, listed[0].State)
	require.True(t, listed[0].Manifest.Capabilities.JIT)
	require.NotEmpty(t, listed[0].Manifest.Guide)
	require.NoError(t, r.ask("okta", "ada@example.com"))
	p, err := r.Provider("okta")
	require.NoError(t, err)
	_, err = p.Metadata(t.Context(), sso.MetadataQuery{Document: []byte("<x/>")})
	require.NoError(t, err)
}

func TestABinaryThatIsThereServesWhenOpenReturns(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	r.put(badplugin.Binary{Key: "two"})
	r.open()
	require.NoError(t, r.ask("one", "ada@example.com"))
	require.NoError(t, r.ask("two", "ada@example.com"))
}

func TestTheFolderMayComeGoAndBeExchanged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	require.NoError(t, os.Remove(r.dir))
	r.open()
	require.NoError(t, os.Mkdir(r.dir, 0o755)) // #nosec G301 -- what a plugin folder looks like
	r.put(badplugin.Binary{Key: "one"})
	r.awaitState("one", sso.PluginReady)

	require.NoError(t, os.Rename(r.dir, r.dir+".old"))
	require.NoError(t, os.Mkdir(r.dir, 0o755)) // #nosec G301 -- what a plugin folder looks like
	r.awaitState("one", sso.PluginStopped)
	r.put(badplugin.Binary{Key: "two"})
	r.awaitState("two", sso.PluginReady)
	r.put(badplugin.Binary{Key: "two", Version: "2.0.0"}) // an event of the new folder
	r.awaitVersion("two", "2.0.0")
}

func TestACopyInChunksEndsUpServing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	elsewhere := newRig(t)
	data, err := os.ReadFile(elsewhere.put(badplugin.Binary{Key: "one", Version: "2.0.0"}))
	require.NoError(t, err)
	path := r.put(badplugin.Binary{Key: "one"})
	r.open()
	before := r.plugin("one")

	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0) // as cp writes over a file; the one that runs is not this one
	require.NoError(t, err)
	const chunks = 4
	for i := range chunks {
		_, err := f.Write(data[i*len(data)/chunks : (i+1)*len(data)/chunks])
		require.NoError(t, err)
		time.Sleep(100 * time.Millisecond) // longer than the debounce, so that halves are seen
		require.NoError(t, r.ask("one", "ada@example.com"))
	}
	require.NoError(t, f.Close())
	after := r.awaitVersion("one", "2.0.0")
	require.Empty(t, after.Reason)
	require.NotEqual(t, before.PID, after.PID)
}

func TestRemovalStopsAndKeepsTheManifest(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := r.put(badplugin.Binary{Key: "one"})
	r.open()
	pid := r.plugin("one").PID
	held, err := r.Provider("one")
	require.NoError(t, err)

	require.NoError(t, os.Remove(path))
	r.awaitState("one", sso.PluginStopped)
	awaitGone(t, pid)
	require.Empty(t, r.Providers())
	_, err = r.Provider("one")
	require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(err))
	_, err = held.Profile(t.Context(), person("ada@example.com"))
	require.Equal(t, sso.ProviderUnavailable, sso.CodeOf(err))
	manifest, known := r.Manifest("one")
	require.True(t, known)
	require.Equal(t, "1.0.0", manifest.Version)

	r.put(badplugin.Binary{Key: "one", Version: "1.1.0"})
	r.awaitVersion("one", "1.1.0")
	require.NoError(t, r.ask("one", "ada@example.com"))
}

func TestRemovalLetsCallsUnderWayEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := r.put(badplugin.Binary{Key: "one", Mode: badplugin.Slow})
	r.open()
	answers := make(chan error, 8)
	for range cap(answers) {
		go func() { answers <- r.ask("one", "ada@example.com") }()
	}
	time.Sleep(100 * time.Millisecond) // under way; if not, the test is only weaker
	require.NoError(t, os.Remove(path))
	for range cap(answers) {
		require.NoError(t, <-answers)
	}
	r.awaitState("one", sso.PluginStopped)
}

func TestARejectedFileIsMended(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := r.put(badplugin.Binary{Key: "one"})
	require.NoError(t, os.Chmod(path, 0o777)) // #nosec G302 -- the fault under test
	r.open()
	status := r.plugin("one")
	require.Equal(t, sso.PluginRejected, status.State)
	require.Contains(t, status.Fix, "chmod go-w "+path)
	require.Empty(t, r.Providers())

	require.NoError(t, os.Chmod(path, 0o755)) // #nosec G302 -- what a plugin looks like
	require.Empty(t, r.awaitState("one", sso.PluginReady).Reason)

	require.NoError(t, os.Chmod(path, 0o777)) // #nosec G302 -- the fault under test
	status = r.await("one", "blamed", func(p sso.PluginStatus) bool { return p.Reason != "" })
	require.Equal(t, sso.PluginReady, status.State, "a bad file takes no good process away")
	require.NoError(t, r.ask("one", "ada@example.com"))
	require.NoError(t, os.Chmod(path, 0o755)) // #nosec G302 -- what a plugin looks like
	r.await("one", "well", func(p sso.PluginStatus) bool { return p.Reason == "" })
}

func TestPinnedTrustRunsWhatIsInTheListAndNothingElse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := r.put(badplugin.Binary{Key: "one"})
	r.open(func(o *catalog.Options) { o.Trust = catalog.TrustPinned })
	status := r.plugin("one")
	require.Equal(t, sso.PluginRejected, status.State)
	require.Contains(t, status.Fix, "idplug plugin lock")

	pin := func() {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		sum := sha256.Sum256(data)
		require.NoError(t, os.WriteFile(filepath.Join(r.dir, catalog.SumsFile), []byte(hex.EncodeToString(sum[:])+"  "+filepath.Base(path)+"\n"), 0o600))
	}
	pin()
	r.awaitVersion("one", "1.0.0")
	r.put(badplugin.Binary{Key: "one", Version: "2.0.0"})
	status = r.await("one", "blamed", func(p sso.PluginStatus) bool { return p.Reason != "" })
	require.Contains(t, status.Reason, "not the one pinned")
	require.Equal(t, "1.0.0", status.Version)
	require.NoError(t, r.ask("one", "ada@example.com"))
	pin()
	require.Empty(t, r.awaitVersion("one", "2.0.0").Reason)
}
