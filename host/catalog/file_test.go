package catalog

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/sandbox"
	"github.com/idplug/idplug/testing/need"
)

func TestNamesThatAreNobodysBusiness(t *testing.T) {
	for _, name := range []string{
		".idplug-provider-okta", "idplug-provider-okta.tmp", "idplug-provider-okta.part", "idplug-provider-okta~", "README", "okta", "SHA256SUMS",
	} {
		_, ok := keyOf(name)
		require.False(t, ok, name)
	}
	key, ok := keyOf("idplug-provider-google-workspace")
	require.True(t, ok)
	require.Equal(t, sso.ProviderKey("google-workspace"), key)
}

func put(t *testing.T, dir, name string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/true\n"), 0o600))
	require.NoError(t, os.Chmod(path, mode))
	return path
}

func safeDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755)) // #nosec G302 -- what a plugin folder looks like
	return dir
}

func TestInspectRefusesWithReasonAndFix(t *testing.T) {
	const name = "idplug-provider-x1"
	cases := map[string]struct {
		prepare func(t *testing.T, dir string)
		reason  string
		fix     string
	}{
		"writable by others": {func(t *testing.T, dir string) { put(t, dir, name, 0o777) }, "others than its owner may write it", "chmod go-w "},
		"not executable":     {func(t *testing.T, dir string) { put(t, dir, name, 0o644) }, "not executable", "chmod 0755 "},
		"setuid":             {func(t *testing.T, dir string) { put(t, dir, name, 0o755|os.ModeSetuid) }, "setuid", "chmod u-s,g-s "},
		"empty": {func(t *testing.T, dir string) {
			require.NoError(t, os.Truncate(put(t, dir, name, 0o755), 0))
		}, "empty", ""},
		"FIFO": {func(t *testing.T, dir string) {
			require.NoError(t, syscall.Mkfifo(filepath.Join(dir, name), 0o700))
		}, "not a regular file", "rm "},
		"folder": {func(t *testing.T, dir string) {
			require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o700))
		}, "not a regular file", "rm "},
		"link that leaves the folder": {func(t *testing.T, dir string) {
			require.NoError(t, os.Symlink(put(t, safeDir(t), "elsewhere", 0o755), filepath.Join(dir, name)))
		}, "the link leaves the folder", "install -m 0755 "},
		"link that leaves the folder, relative": {func(t *testing.T, dir string) {
			beside := safeDir(t)
			put(t, beside, "elsewhere", 0o755)
			require.NoError(t, os.Symlink(filepath.Join("..", filepath.Base(beside), "elsewhere"), filepath.Join(dir, name)))
		}, "the link leaves the folder", "install -m 0755 "},
		"hard link to what others may write": {func(t *testing.T, dir string) {
			require.NoError(t, os.Link(put(t, safeDir(t), "elsewhere", 0o777), filepath.Join(dir, name)))
		}, "others than its owner may write it", "chmod go-w "},
		"dead link": {func(t *testing.T, dir string) {
			require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, name)))
		}, "leads nowhere", "rm "},
		"folder writable by others": {func(t *testing.T, dir string) {
			put(t, dir, name, 0o755)
			require.NoError(t, os.Chmod(dir, 0o777)) // #nosec G302 -- the fault under test
		}, "may write the folder", "chmod go-w "},
	}
	for title, c := range cases {
		t.Run(title, func(t *testing.T) {
			dir := safeDir(t)
			c.prepare(t, dir)
			_, r := inspect(dir, name, "x1")
			require.NotNil(t, r)
			require.Contains(t, r.reason, c.reason)
			require.Contains(t, r.fix, c.fix)
		})
	}
	t.Run("twin: a plain executable", func(t *testing.T) {
		dir := safeDir(t)
		path := put(t, dir, name, 0o755)
		b, r := inspect(dir, name, "x1")
		require.Nil(t, r)
		target, err := filepath.EvalSymlinks(path)
		require.NoError(t, err)
		require.Equal(t, target, b.path)
	})
	t.Run("twin: a link inside the folder", func(t *testing.T) {
		dir := safeDir(t)
		require.NoError(t, os.Mkdir(filepath.Join(dir, "..data"), 0o755)) // #nosec G301 -- as Kubernetes makes it
		put(t, filepath.Join(dir, "..data"), name, 0o755)
		require.NoError(t, os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)))
		_, r := inspect(dir, name, "x1")
		require.Nil(t, r)
	})
	t.Run("a key that is none", func(t *testing.T) {
		for _, key := range []sso.ProviderKey{"Okta Prod", "okta\nidplug", "okta\x1b[2J", "../okta", "okta; rm x"} {
			_, r := inspect(safeDir(t), prefix+string(key), key)
			require.NotNil(t, r)
			require.Contains(t, r.reason, "lower-case")
			require.NotContains(t, r.reason, string(key), "nothing of a name that anybody may choose is said")
		}
	})
}

func TestOwnerMustBeRootOrUs(t *testing.T) {
	need.Granted(t, os.Geteuid() == 0, "root, who alone can give files away") // the rule itself is the same code for every owner
	dir := safeDir(t)
	require.NoError(t, os.Chown(put(t, dir, "idplug-provider-x1", 0o755), 65534, 65534))
	_, r := inspect(dir, "idplug-provider-x1", "x1")
	require.NotNil(t, r)
	require.Contains(t, r.reason, "owner")
	require.Contains(t, r.fix, "chown root ")

	linked, another := safeDir(t), put(t, safeDir(t), "elsewhere", 0o755)
	require.NoError(t, os.Link(another, filepath.Join(linked, "idplug-provider-x1")))
	_, r = inspect(linked, "idplug-provider-x1", "x1")
	require.Nil(t, r, "twin: a second name of a file of ours")
	require.NoError(t, os.Chown(another, 65534, 65534))
	_, r = inspect(linked, "idplug-provider-x1", "x1")
	require.NotNil(t, r, "a file keeps its owner under every name")
	require.Contains(t, r.reason, "owner")
}

func TestVaultRunsTheBytesItHashed(t *testing.T) {
	v, err := openVault(filepath.Join(t.TempDir(), "vault"))
	require.NoError(t, err)
	path := put(t, t.TempDir(), "bin", 0o755)
	sum, copied, err := v.take(path)
	require.NoError(t, err)
	require.Equal(t, "1b577383bcfb9f191c785497f4ac34a8fb546807bd1094ef65d0ce9a5a63423e", sum)
	require.NoError(t, os.WriteFile(path, []byte("swapped"), 0o600)) // after the check
	kept, err := os.ReadFile(copied)
	require.NoError(t, err)
	require.Equal(t, "#!/bin/true\n", string(kept))
	info, err := os.Stat(copied)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o555), info.Mode().Perm(), "who runs it may be nobody; the folder lets none in but us")
}

func TestVaultTakesNoLinkAndNoFIFO(t *testing.T) {
	v, err := openVault(filepath.Join(t.TempDir(), "vault"))
	require.NoError(t, err)
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	require.NoError(t, os.Symlink(put(t, dir, "bin", 0o755), link))
	_, _, err = v.take(link)
	require.ErrorIs(t, err, syscall.ELOOP)
	fifo := filepath.Join(dir, "fifo")
	require.NoError(t, syscall.Mkfifo(fifo, 0o700))
	_, _, err = v.take(fifo) // and does not wait for a writer
	require.ErrorContains(t, err, "not a regular file")
}

func TestVaultSweepsWhatNobodyWants(t *testing.T) {
	v, err := openVault(filepath.Join(t.TempDir(), "vault"))
	require.NoError(t, err)
	sum, _, err := v.take(put(t, t.TempDir(), "bin", 0o755))
	require.NoError(t, err)
	put(t, v.dir, "old", 0o500)
	put(t, v.dir, ".incoming-1", 0o600)
	v.sweep(map[string]bool{sum: true})
	left, err := os.ReadDir(v.dir)
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, sum, left[0].Name())
}

func TestSumsFormatIsThatOfSha256sum(t *testing.T) {
	dir := safeDir(t)
	sum := "1b577383bcfb9f191c785497f4ac34a8fb546807bd1094ef65d0ce9a5a63423e"
	write := func(text string, mode os.FileMode) {
		path := filepath.Join(dir, SumsFile)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		require.NoError(t, os.Chmod(path, mode))
	}
	_, r := readSums(dir)
	require.Contains(t, r.fix, "plugin lock")
	write("# a comment\n"+sum+"  idplug-provider-okta\n"+sum+" *idplug-provider-b\n", 0o644)
	list, r := readSums(dir)
	require.Nil(t, r)
	require.Equal(t, sums{"idplug-provider-okta": {sum}, "idplug-provider-b": {sum}}, list)
	write("nonsense\n", 0o644)
	_, r = readSums(dir)
	require.Contains(t, r.reason, "line 1")
	write(sum+"  x\n", 0o666)
	_, r = readSums(dir)
	require.Contains(t, r.fix, "chmod go-w ")
}

func TestLockPinsWhatMayRunAndSaysWhatMayNot(t *testing.T) {
	dir := safeDir(t)
	put(t, dir, "idplug-provider-good", 0o755)
	put(t, dir, "idplug-provider-open", 0o777)
	put(t, dir, "notes.txt", 0o644)
	pins, err := Lock(dir)
	require.NoError(t, err)
	require.Len(t, pins, 2)
	require.Equal(t, "idplug-provider-good", pins[0].File)
	require.Empty(t, pins[0].Reason)
	require.Contains(t, pins[1].Fix, "chmod go-w ")
	list, r := readSums(dir)
	require.Nil(t, r)
	require.Equal(t, sums{"idplug-provider-good": {pins[0].SHA256}}, list)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 4, "no half-written list stays")
}

func TestStrictSandboxRefusesWhatIsNotShutIn(t *testing.T) {
	dir := safeDir(t)
	put(t, dir, "idplug-provider-x1", 0o755)
	vault, err := openVault(filepath.Join(t.TempDir(), "vault"))
	require.NoError(t, err)
	defer vault.close()
	c := &Catalog{opts: Options{Dir: dir, Sandbox: sandbox.Box{Mode: sandbox.Strict}}, vault: vault, taken: map[sso.ProviderKey]taken{}}
	_, r := c.admit("idplug-provider-x1", "x1", nil, nil)
	require.NotNil(t, r)
	require.Contains(t, r.reason, "strict, and it reads system files: it is a script")
	require.Contains(t, r.fix, "link it statically")
	c.lacks = []sandbox.Missing{{Step: sandbox.StepNamespaces, Why: "operation not permitted"}}
	_, r = c.admit("idplug-provider-x1", "x1", nil, nil)
	require.NotNil(t, r)
	require.Contains(t, r.reason, `does not grant "namespaces": operation not permitted`)
	require.Contains(t, r.fix, "plugin_sandbox")
}
