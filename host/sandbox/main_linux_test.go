package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/host/sandbox"
	"github.com/idplug/idplug/testing/need"
	"github.com/idplug/idplug/testing/program"
)

// nobody is a user who is neither root nor anybody.
const nobody = 65534

// builtAt names the folder of the escaping program for tests that run again as another user.
const builtAt = "SANDBOX_TEST_BUILT"

func TestMain(m *testing.M) {
	sandbox.Main()
	code := m.Run()
	if dir, err := built(); err == nil && os.Getenv(builtAt) == "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// built is the folder of the program that tries to get out; linked statically whatever the tests are.
var built = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv(builtAt); dir != "" {
		return dir, nil
	}
	dir, err := os.MkdirTemp("", "sandbox")
	if err != nil {
		return "", err
	}
	return dir, errors.Join(os.Chmod(dir, 0o755), program.Build(context.Background(), dir, "./testing/escape/run"))
})

// asEachUser runs a test as whoever we are and, where that is root, once more as an ordinary user.
func asEachUser(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	need.Granted(t, len(shut.Lacks()) == 0, fmt.Sprintf("the whole sandbox, which a container may withhold: %v", shut.Lacks()))
	dir, err := built()
	require.NoError(t, err)
	t.Run(fmt.Sprintf("as user %d", os.Geteuid()), test)
	if os.Geteuid() != 0 {
		return
	}
	t.Run("as an ordinary user", func(t *testing.T) {
		temp, err := os.MkdirTemp("", "sandbox") //nolint:usetesting // t.TempDir's parents let nobody in
		require.NoError(t, err)
		t.Cleanup(func() { _ = os.RemoveAll(temp) })
		require.NoError(t, os.Chown(temp, nobody, nobody))
		name, _, _ := strings.Cut(t.Name(), "/")
		again := exec.Command("/proc/self/exe", "-test.run=^"+name+"$", "-test.v")
		again.Env = append(os.Environ(), "TMPDIR="+temp, builtAt+"="+dir, "GOCOVERDIR=")
		again.Dir = temp
		again.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		out, err := again.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS: "+name+"/as_user_65534")
	})
}

// run is a program that was started in a box.
type run struct {
	*sandbox.Cell
	output string
	err    error
}

// escape starts the escaping program, runs it to its end and returns what it said.
func escape(t *testing.T, b sandbox.Box, ways ...string) run {
	t.Helper()
	dir, err := built()
	require.NoError(t, err)
	r, err := try(t, b, filepath.Join(dir, "run"), ways...)
	require.NoError(t, err)
	return r
}

// start starts a program; wait waits for its end.
func start(t *testing.T, b sandbox.Box, path string, ways ...string) (cell *sandbox.Cell, said func() string, err error) {
	t.Helper()
	out, in, err := os.Pipe()
	require.NoError(t, err)
	cell, err = b.Start(sandbox.Program{
		Path: path, Name: "escape", Env: []string{"ESCAPE=" + strings.Join(ways, " "), "GOMAXPROCS=2"}, Dir: t.TempDir(), Stdout: in, Stderr: in,
	})
	require.NoError(t, in.Close())
	return cell, func() string {
		b, err := io.ReadAll(out)
		require.NoError(t, err)
		return string(b)
	}, err
}

// try runs a program to its end.
func try(t *testing.T, b sandbox.Box, path string, ways ...string) (run, error) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cell, said, err := start(t, b, path, ways...)
	if err != nil {
		return run{}, err
	}
	r := run{Cell: cell, output: said()}
	r.err = r.Wait()
	return r, nil
}

// bare is the path of the escaping program.
func bare(t *testing.T) string {
	t.Helper()
	dir, err := built()
	require.NoError(t, err)
	return filepath.Join(dir, "run")
}
