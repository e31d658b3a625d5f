package catalog_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/catalog"
	"github.com/idplug/idplug/testing/badplugin"
)

// serve brings versions into service, one after the other.
func (r *rig) serve(versions ...string) {
	r.t.Helper()
	for _, v := range versions {
		r.put(badplugin.Binary{Key: "one", Version: v})
		r.awaitVersion("one", v)
	}
}

func (r *rig) versions() (list []string) {
	for _, v := range r.plugin("one").Versions {
		list = append(list, v.Version)
	}
	return list
}

func TestAVersionThatServedServesAgainAndStays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	r.open()
	r.serve("1.1.0", "1.2.0", "1.3.0")
	require.Equal(t, []string{"1.3.0", "1.2.0", "1.1.0"}, r.versions(), "three are kept")
	callers := call(t, 4, 0, func(email string) error { return r.ask("one", email) })

	v, err := r.Pin(t.Context(), "one", "1.1.0", "")
	require.NoError(t, err)
	status := r.awaitVersion("one", "1.1.0")
	require.Equal(t, v.SHA256, status.Pin)
	require.Equal(t, v.SHA256, status.SHA256)
	require.Empty(t, status.Reason)
	r.put(badplugin.Binary{Key: "one", Version: "1.4.0"})
	path := filepath.Join(r.dir, "idplug-provider-one")

	require.NoError(t, os.Chmod(path, 0o777)) // #nosec G302 -- the fault under test
	status = r.await("one", "told about the file", func(p sso.PluginStatus) bool { return p.Reason != "" })
	require.Contains(t, status.Reason, "it runs because it is pinned; the file in the folder would not: others than its owner may write it")
	require.NoError(t, os.Remove(path))
	status = r.awaitReason("one", "its file is gone")
	require.Equal(t, "1.1.0", status.Version)
	require.Equal(t, "idplug plugin pin one --none", status.Fix)

	_, err = r.Pin(t.Context(), "one", "", r.plugin("one").Versions[1].SHA256[:9])
	require.NoError(t, err)
	r.awaitVersion("one", "1.3.0")
	r.put(badplugin.Binary{Key: "one", Version: "1.5.0"})
	require.Empty(t, r.await("one", "well", func(p sso.PluginStatus) bool { return p.Reason == "" }).Reason)
	require.Equal(t, "1.3.0", r.plugin("one").Version)
	require.NoError(t, r.Unpin(t.Context(), "one"))
	require.Empty(t, r.awaitVersion("one", "1.5.0").Pin)
	callers.awaitAnswers()
	callers.stop()
}

func TestAPinLastsOverRestartsAndWorksWithoutAHost(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	r.open()
	r.serve("2.0.0")
	r.close()
	_, err := catalog.SetPin(r.state, "one", "9.9.9", "")
	require.Equal(t, sso.PluginVersionUnknown, sso.CodeOf(err))
	var refused *sso.Error
	require.ErrorAs(t, err, &refused)
	require.Contains(t, refused.Params["kept"], "2.0.0 (")
	require.Contains(t, refused.Params["kept"], "1.0.0 (")
	_, err = catalog.SetPin(r.state, "../one", "1.0.0", "")
	require.Equal(t, sso.NotFound, sso.CodeOf(err))
	v, err := catalog.SetPin(r.state, "one", "1.0.0", "")
	require.NoError(t, err)

	require.NoError(t, os.WriteFile(filepath.Join(r.dir, "idplug-provider-one"), []byte("broken"), 0o755)) // #nosec G306 -- executable
	r.open()
	status := r.plugin("one")
	require.Equal(t, sso.PluginReady, status.State)
	require.Equal(t, "1.0.0", status.Version)
	require.Equal(t, v.SHA256, status.Pin)
	r.close()
	require.NoError(t, os.Remove(filepath.Join(r.dir, "idplug-provider-one")))
	r.open()
	require.Equal(t, "1.0.0", r.awaitState("one", sso.PluginReady).Version, "there is no file at all")
	_, err = r.Pin(t.Context(), "nobody", "1.0.0", "")
	require.Equal(t, sso.NotFound, sso.CodeOf(err))
	require.NoError(t, r.Unpin(t.Context(), "one"))
	r.awaitState("one", sso.PluginStopped)
	_, err = r.Pin(t.Context(), "one", "2.0.0", "")
	require.NoError(t, err, "what was removed can be gone back to")
	r.awaitVersion("one", "2.0.0")
}

func TestAPinDoesNotTrustWhatIsNotTrusted(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	_, err := catalog.Lock(r.dir)
	require.NoError(t, err)
	r.open(func(o *catalog.Options) { o.Trust = catalog.TrustPinned })
	r.put(badplugin.Binary{Key: "one", Version: "2.0.0"})
	_, err = catalog.Lock(r.dir)
	require.NoError(t, err)
	r.awaitVersion("one", "2.0.0")
	_, err = r.Pin(t.Context(), "one", "1.0.0", "")
	require.NoError(t, err)
	status := r.awaitReason("one", "does not stand in SHA256SUMS")
	require.Equal(t, "2.0.0", status.Version)
	require.Contains(t, status.Reason, "the version it is pinned to")
	r.mend(status.Fix)
	r.awaitVersion("one", "1.0.0")
}

func TestAKeptVersionThatIsGoneOrDamagedIsNotRun(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	r.open()
	r.serve("2.0.0", "3.0.0")
	for n, v := range r.plugin("one").Versions[1:] {
		path := filepath.Join(r.state, "vault", v.SHA256)
		require.NoError(t, os.Remove(path))
		reason := "its copy is gone"
		if n == 1 {
			require.NoError(t, os.WriteFile(path, []byte("other bytes"), 0o755)) // #nosec G306 -- executable
			reason = "its copy is damaged"
		}
		_, err := r.Pin(t.Context(), "one", "", v.SHA256)
		require.NoError(t, err)
		status := r.awaitReason("one", reason)
		require.Equal(t, "3.0.0", status.Version, "what serves, serves on")
		require.Equal(t, "idplug plugin pin one --none", status.Fix)
	}
}

func TestARestartBringsAFreshProcessAndTriesAFailedOneAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	r.put(badplugin.Binary{Key: "bad", Mode: badplugin.ExitAtStart})
	r.script("closed", "")
	require.NoError(t, os.Chmod(filepath.Join(r.dir, "idplug-provider-closed"), 0o644)) // #nosec G302 -- the fault under test
	r.open()
	callers := call(t, 4, 0, func(email string) error { return r.ask("one", email) })
	old := r.plugin("one").PID
	require.NoError(t, r.Restart(t.Context(), "one"))
	fresh := r.await("one", "restarted", func(p sso.PluginStatus) bool { return p.State == sso.PluginReady && p.PID != old })
	require.Zero(t, fresh.Restarts, "an operator's do not count")
	callers.awaitAnswers()
	callers.stop()
	awaitGone(t, old)

	failed := r.awaitState("bad", sso.PluginFailed)
	require.NoError(t, r.Restart(t.Context(), "bad"))
	r.await("bad", "failed again", func(p sso.PluginStatus) bool { return p.State == sso.PluginFailed && p.Since.After(failed.Since) })
	require.Equal(t, sso.PluginNotStartable, sso.CodeOf(r.Restart(t.Context(), "closed")))
	require.Equal(t, sso.NotFound, sso.CodeOf(r.Restart(t.Context(), "nobody")))
}

// A new version is tried before it serves.
func TestANewVersionThatFailsItsCheckLeavesTheOldOneInCharge(t *testing.T) {
	t.Parallel()
	metadata := []byte(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com">
		<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/></EntityDescriptor>`)
	for mode, reason := range map[badplugin.Mode]string{
		badplugin.FailsExample: "version 2.0.0 fails the check with the example person of its manifest",
		badplugin.HugeReply:    "version 2.0.0 fails the check with recorded metadata from https://idp.example.com/metadata: metadata: too_large",
	} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.put(badplugin.Binary{Key: "one"})
			r.open()
			p, err := r.Provider("one")
			require.NoError(t, err)
			_, err = p.Metadata(t.Context(), sso.MetadataQuery{Document: metadata, SourceURL: "https://idp.example.com/metadata?for=us"})
			require.NoError(t, err)
			callers := call(t, 4, 0, func(email string) error { return r.ask("one", email) })
			r.put(badplugin.Binary{Key: "one", Version: "2.0.0", Mode: mode})
			status := r.awaitReason("one", reason)
			require.Equal(t, "1.0.0", status.Version)
			require.Equal(t, sso.PluginReady, status.State)
			callers.awaitAnswers()
			callers.stop()

			r.close()
			r.open()
			status = r.awaitReason("one", reason)
			require.Equal(t, "1.0.0", r.awaitState("one", sso.PluginReady).Version, "also after a restart: %s", status.Reason)
			r.put(badplugin.Binary{Key: "one", Version: "3.0.0"})
			require.Empty(t, r.awaitVersion("one", "3.0.0").Reason)
		})
	}
}

// The death of the version that serves is noticed and mended while the next one takes its time.
func TestAVersionOnTrialKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	r.open(catalog.Patient)
	r.put(badplugin.Binary{Key: "one", Version: "2.0.0", Mode: badplugin.NeverReady})
	for range 3 {
		old := r.awaitVersion("one", "1.0.0").PID
		r.kill(old)
		require.NoError(t, r.ask("one", "ada@example.com"))
	}
	require.NotContains(t, r.plugin("one").Reason, "the new file does not run", "it still is on its way up")
}
