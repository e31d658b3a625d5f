// Package conformance holds real plugin binaries against the contract: the ones this project ships, started as a host starts them. It also builds
// binaries for other tests, once each. Only tests enter.
package conformance

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/idplug/idplug/testing/program"
)

// builds are the binaries of this test process.
type builds struct {
	mu   sync.Mutex
	dir  string
	done map[string]func() (string, error)
}

var built = builds{done: map[string]func() (string, error){}}

// Build returns the path of the binary of a main package, given by its import path. It is made by the go command as a release is, without cgo and
// symbols, once per test process; ldflags are added to the linker's. Whoever builds calls [Clean] from TestMain.
func Build(t testing.TB, pkg string, ldflags ...string) string {
	t.Helper()
	path, err := built.once(pkg, ldflags)()
	if err != nil {
		t.Fatalf("build %s: %v", pkg, err)
	}
	return path
}

// Clean removes what was built. A test process that ends without it leaves the binaries in the system's folder for temporary files.
func Clean() {
	built.mu.Lock()
	defer built.mu.Unlock()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	built.dir, built.done = "", map[string]func() (string, error){}
}

// once returns the build of a binary; those of different binaries may run side by side.
func (b *builds) once(pkg string, ldflags []string) func() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	flags := strings.Join(ldflags, " ")
	id := pkg + " " + flags
	if b.done[id] == nil {
		b.done[id] = sync.OnceValues(func() (string, error) { return b.build(pkg, flags) })
	}
	return b.done[id]
}

func (b *builds) build(pkg, flags string) (string, error) {
	dir, err := b.folder()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, filepath.Base(pkg)), program.BuildWith(context.Background(), dir, flags, pkg)
}

// folder is a new one for each binary, so that two builds of one package do not meet.
func (b *builds) folder() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "idplug-built-")
		if err != nil {
			return "", err
		}
		b.dir = dir
	}
	return os.MkdirTemp(b.dir, "")
}
