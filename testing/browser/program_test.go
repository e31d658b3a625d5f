package browser

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/program"
)

// startProgram starts one of our programs until the end of the test.
func startProgram(t *testing.T, ready, name string, args ...string) *program.Process {
	t.Helper()
	log := filepath.Join(t.TempDir(), name+".log")
	p, err := program.Start(program.Command{
		Path: filepath.Join(theStage.bin, name), Args: args, Env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, Log: log, Ready: ready,
	})
	said, _ := os.ReadFile(log)
	require.NoError(t, err, string(said))
	t.Cleanup(func() {
		code, err := p.Stop()
		require.NoError(t, err)
		require.Zero(t, code, "%s must end in peace", name)
	})
	return p
}
