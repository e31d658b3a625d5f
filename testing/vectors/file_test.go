package vectors_test

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/cryptotest"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/vectors"
)

var write = flag.String("write", "", "folder to write the vectors into, for other implementations")

// TestFiles writes the vectors as files, which are the same whoever writes them, and can be read again. With -write they stay.
func TestFiles(t *testing.T) {
	var sums []string
	for range 2 {
		cryptotest.SetGlobalRandom(t, 1) // keys, nonces and padding of what is encrypted
		dir := t.TempDir()
		n, err := vectors.Write(dir)
		require.NoError(t, err)
		files, err := filepath.Glob(filepath.Join(dir, "*.vector"))
		require.NoError(t, err)
		require.Len(t, files, n)
		sum, refused := sha256.New(), 0
		for _, path := range files {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			fmt.Fprintf(sum, "%s %x\n", filepath.Base(path), sha256.Sum256(text))
			f, err := vectors.Parse(string(text))
			require.NoError(t, err, path)
			require.Equal(t, string(text), f.String())
			require.NotEmpty(t, f.Source)
			require.Equal(t, f.Expect == vectors.Refuse, f.Code != "", path)
			if f.Code != "" {
				refused++
				require.FileExists(t, filepath.Join(dir, f.Twin+".vector"))
			}
		}
		require.GreaterOrEqual(t, refused, 1_000)
		sums = append(sums, hex.EncodeToString(sum.Sum(nil)))
		if *write != "" {
			require.NoError(t, os.MkdirAll(*write, 0o750))
			require.NoError(t, os.CopyFS(*write, os.DirFS(dir)))
			return
		}
	}
	require.Equal(t, sums[0], sums[1])
}
