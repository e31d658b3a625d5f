package seal

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLoadOrCreateKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	made, err := LoadOrCreateKey(path)
	require.NoError(t, err)
	require.NotEqual(t, Key{}, made)

	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	again, err := LoadOrCreateKey(path)
	require.NoError(t, err)
	require.Equal(t, made, again)

	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing of the making is left behind")
}

func TestLoadOrCreateKeyOnceAmongMany(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	var wg sync.WaitGroup
	keys := make([]Key, 16)
	for i := range keys {
		wg.Go(func() {
			k, err := LoadOrCreateKey(path)
			if err == nil {
				keys[i] = k
			}
		})
	}
	wg.Wait()
	for _, k := range keys {
		require.NotEqual(t, Key{}, k)
		require.Equal(t, keys[0], k)
	}
}

func TestLoadKeyRefuses(t *testing.T) {
	good := NewKey().Text() + "\n"
	for name, c := range map[string]struct {
		content string
		mode    os.FileMode
		want    string
	}{
		"group may read":   {good, 0o640, "chmod 600"},
		"others may read":  {good, 0o604, "chmod 600"},
		"others may write": {good, 0o602, "chmod 600"},
		"empty":            {"", 0o600, "has 0 bytes"},
		"too short":        {"AAAA", 0o600, "has 3 bytes"},
		"no base64":        {"a pass phrase that is no key", 0o600, "not base64"},
		"too long":         {string(make([]byte, 5000)), 0o600, "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "master.key")
			require.NoError(t, os.WriteFile(path, []byte(c.content), 0o600))
			require.NoError(t, os.Chmod(path, c.mode))
			_, err := LoadOrCreateKey(path)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "pass phrase")
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, c.content, string(after), "a file that was refused is not overwritten")
		})
	}
	_, err := LoadOrCreateKey(t.TempDir())
	require.ErrorContains(t, err, "not a regular file")
	_, err = LoadOrCreateKey(filepath.Join(t.TempDir(), "absent", "master.key"))
	require.ErrorContains(t, err, "create key")
}

func TestParseKeyReadsBothPaddings(t *testing.T) {
	k := NewKey()
	for _, text := range []string{k.Text(), k.Text() + "\n", k.Text()[:43]} {
		got, err := ParseKey(text)
		require.NoError(t, err)
		require.Equal(t, k, got)
	}
}
