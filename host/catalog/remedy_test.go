package catalog_test

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/catalog"
	"github.com/idplug/idplug/host/sandbox"
	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/need"
)

// remedy is a fault of the folder, what is said of it, and whether the file has to be brought again after the command that is shown.
type remedy struct {
	spoil  func(t *testing.T, r *rig, path string)
	reason string
	fix    string // how the command begins
	again  bool
	key    sso.ProviderKey // that is ready then; "" = one
}

// Every refusal says what is wrong, and the command that it shows mends it.
func TestEveryRefusalIsMendedByTheCommandItShows(t *testing.T) {
	t.Parallel()
	instead := func(put func(path string) error) func(*testing.T, *rig, string) {
		return func(t *testing.T, _ *rig, path string) {
			t.Helper()
			require.NoError(t, os.Remove(path))
			require.NoError(t, put(path))
		}
	}
	mode := func(m os.FileMode, of func(r *rig, path string) string) func(*testing.T, *rig, string) {
		return func(t *testing.T, r *rig, path string) {
			t.Helper()
			require.NoError(t, os.Chmod(of(r, path), m))
		}
	}
	file := func(_ *rig, path string) string { return path }
	folder := func(r *rig, _ string) string { return r.dir }
	above := func(r *rig, _ string) string { return filepath.Dir(r.dir) }
	for name, c := range map[string]remedy{
		"file that others may write":          {spoil: mode(0o757, file), reason: "others than its owner may write it", fix: "chmod go-w "},
		"file that a group may write":         {spoil: mode(0o775, file), reason: "others than its owner may write it", fix: "chmod go-w "},
		"file that is not executable":         {spoil: mode(0o644, file), reason: "it is not executable", fix: "chmod 0755 "},
		"setuid":                              {spoil: mode(0o755|os.ModeSetuid, file), reason: "it is setuid or setgid", fix: "chmod u-s,g-s "},
		"setgid":                              {spoil: mode(0o755|os.ModeSetgid, file), reason: "it is setuid or setgid", fix: "chmod u-s,g-s "},
		"folder that others may write":        {spoil: mode(0o777, folder), reason: "others than its owner may write the folder", fix: "chmod go-w "},
		"folder that a group may write":       {spoil: mode(0o775, folder), reason: "others than its owner may write the folder", fix: "chmod go-w "},
		"folder above that a group may write": {spoil: mode(0o775, above), reason: "and so exchange what lies in it", fix: "chmod go-w "},
		"sticky folder":                       {spoil: mode(0o777|os.ModeSticky, folder), reason: "others than its owner may write the folder", fix: "chmod go-w "},
		"folder above that others may write": {
			spoil: mode(0o777, above), reason: "and so exchange what lies in it", fix: "chmod go-w ",
		},
		"FIFO":   {spoil: instead(func(path string) error { return syscall.Mkfifo(path, 0o700) }), reason: "it is a FIFO, not a regular file", fix: "rm ", again: true},
		"socket": {spoil: instead(listen), reason: "it is a socket, not a regular file", fix: "rm ", again: true},
		"folder in its place": {
			spoil:  instead(func(path string) error { return os.MkdirAll(filepath.Join(path, "in it"), 0o700) }),
			reason: "it is a folder, not a regular file", fix: "rm -r ", again: true,
		},
		"empty":     {spoil: instead(func(path string) error { return os.WriteFile(path, nil, 0o755) }), reason: "it is empty", fix: "rm ", again: true}, // #nosec G306
		"too large": {spoil: func(t *testing.T, _ *rig, path string) { require.NoError(t, os.Truncate(path, 513<<20)) }, reason: "larger than 512 MiB", fix: "rm ", again: true},
		"link that leads nowhere": {
			spoil: instead(func(path string) error { return os.Symlink("nowhere", path) }), reason: "the link leads nowhere", fix: "rm ", again: true,
		},
		"link that leaves the folder": {
			spoil: func(t *testing.T, r *rig, path string) {
				elsewhere := filepath.Join(filepath.Dir(r.dir), "with 'quotes' and spaces")
				require.NoError(t, os.Rename(path, elsewhere))
				require.NoError(t, os.Symlink(elsewhere, path))
			},
			reason: "the link leaves the folder", fix: "rm ",
		},
		"name that is no key": {
			spoil: func(t *testing.T, r *rig, path string) {
				require.NoError(t, os.Rename(path, filepath.Join(r.dir, "idplug-provider-One")))
			}, key: "One",
			reason: "must be 2 to 40 lower-case letters", fix: "mv ",
		},
		"manifest with another key": {
			spoil: func(_ *testing.T, r *rig, _ string) {
				r.put(badplugin.Binary{Key: "one", Mode: badplugin.FalseManifest})
			},
			reason: `its manifest says "somebody-else"`, fix: "mv ", key: "somebody-else",
		},
		"not on the list": {
			spoil:  func(_ *testing.T, r *rig, _ string) { r.trust = catalog.TrustPinned },
			reason: "plugins are pinned and there is no SHA256SUMS", fix: "idplug plugin lock --plugin-dir ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			c.spoil(t, r, r.put(badplugin.Binary{Key: "one"}))
			r.mended(c)
		})
	}
}

// mended opens the catalogue on a spoilt folder, runs the command that is shown, and waits for the plugin.
func (r *rig) mended(c remedy) {
	r.t.Helper()
	r.open(func(o *catalog.Options) { o.Trust = r.trust })
	var status sso.PluginStatus
	for _, p := range r.Plugins() {
		if p.Reason != "" {
			status = p
		}
	}
	require.Contains(r.t, status.Reason, c.reason)
	require.Contains(r.t, []sso.PluginState{sso.PluginRejected, sso.PluginFailed, sso.PluginBackingOff, sso.PluginStarting}, status.State)
	require.Contains(r.t, status.Fix, c.fix)
	switch {
	case c.key == "One": // what the key should be, nobody knows but the operator
		r.mend("cd " + r.dir + " && mv idplug-provider-One idplug-provider-one")
		c.key = ""
	case r.trust == catalog.TrustPinned:
		_, err := catalog.Lock(r.dir) // what the command does
		require.NoError(r.t, err)
	default:
		r.mend(status.Fix)
	}
	if c.again {
		require.NoFileExists(r.t, filepath.Join(r.dir, status.File))
		r.put(badplugin.Binary{Key: "one"})
	}
	if c.key == "" {
		c.key = "one"
	}
	r.awaitState(c.key, sso.PluginReady)
}

// A copy that nobody may execute stands for a data folder whose file system is mounted noexec, which a test cannot do to a machine.
func TestADataFolderThatRunsNothingIsTold(t *testing.T) {
	t.Parallel()
	for name, box := range map[string]sandbox.Box{"plainly": ajar, "in the sandbox": shut} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.put(badplugin.Binary{Key: "one"})
			r.open(in(box))
			before := r.awaitState("one", sso.PluginReady)
			vault := filepath.Join(r.state, "vault")
			require.NoError(t, os.Chmod(filepath.Join(vault, before.SHA256), 0o444)) // #nosec G302 -- the fault under test
			r.kill(before.PID)
			r.awaitState("one", sso.PluginFailed)
			status := r.plugin("one")
			require.Equal(t, "it does not start: nothing in "+vault+" can run, the file system of the data folder is mounted noexec", status.Reason)
			require.Equal(t, `mount -o remount,exec "$(findmnt --noheadings --output TARGET --target `+vault+`)" && idplug plugin restart one`, status.Fix)

			require.NoError(t, os.Chmod(filepath.Join(vault, before.SHA256), 0o555)) // #nosec G302 -- as it was
			require.NoError(t, r.Restart(t.Context(), "one"))
			r.awaitState("one", sso.PluginReady)
			require.NoError(t, r.ask("one", "ada@example.com"))
		})
	}
}

func listen(path string) error {
	here, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return err
	}
	here.SetUnlinkOnClose(false)
	return here.Close()
}

// Two files claim one key, the second by link or by its manifest: the first serves, the second is told off.
func TestOfTwoFilesThatClaimOneKeyTheRightOneServes(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]func(r *rig) error{
		"by link": func(r *rig) error {
			return os.Symlink("idplug-provider-one", filepath.Join(r.dir, "idplug-provider-two"))
		},
		"by manifest": func(r *rig) error {
			return os.Link(filepath.Join(r.dir, "idplug-provider-one"), filepath.Join(r.dir, "idplug-provider-two"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.put(badplugin.Binary{Key: "one"})
			require.NoError(t, second(r))
			r.open()
			status := r.awaitReason("two", `its file is named after "two", its manifest says "one"`)
			require.Equal(t, "rm "+filepath.Join(r.dir, "idplug-provider-two"), status.Fix)
			require.NoError(t, r.ask("one", "ada@example.com"))
			r.mend(status.Fix)
			r.awaitState("two", sso.PluginStopped)
			require.Equal(t, sso.PluginReady, r.plugin("one").State)
		})
	}
}

// The folder is a link in a folder that others may write: they choose where it leads.
func TestALinkToTheFolderIsJudgedToo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put(badplugin.Binary{Key: "one"})
	open := filepath.Join(filepath.Dir(r.dir), "open")
	require.NoError(t, os.Mkdir(open, 0o755)) // #nosec G301 -- what a folder looks like
	link := filepath.Join(open, "link")
	require.NoError(t, os.Symlink(r.dir, link))
	require.NoError(t, os.Chmod(open, 0o777)) // #nosec G302 -- the fault under test
	r.dir = link
	r.mended(remedy{reason: "others than its owner may write " + open + ", and so exchange", fix: "chmod go-w " + open})
}

func TestOwnersOfFileAndFolders(t *testing.T) {
	t.Parallel()
	need.Granted(t, os.Geteuid() == 0, "root, who alone can give files away")
	const stranger = 65534
	for name, of := range map[string]func(r *rig) string{
		"file":         func(r *rig) string { return filepath.Join(r.dir, "idplug-provider-one") },
		"folder":       func(r *rig) string { return r.dir },
		"folder above": func(r *rig) string { return filepath.Dir(r.dir) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.put(badplugin.Binary{Key: "one"})
			require.NoError(t, os.Chown(of(r), stranger, stranger))
			r.mended(remedy{reason: "neither root nor the service's user", fix: "chown root " + of(r)})
		})
	}
}

func TestADeviceIsNoPlugin(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := filepath.Join(r.dir, "idplug-provider-one")
	need.Granted(t, syscall.Mknod(path, syscall.S_IFCHR|0o700, 1<<8|3) == nil, "root, to make a device")
	r.mended(remedy{reason: "it is a device, not a regular file", fix: "rm " + path, again: true})
}
