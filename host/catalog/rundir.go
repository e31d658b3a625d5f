package catalog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// maxRunBase is how long the path above a run folder may be: a socket's path ends at 107 bytes, of which the run folder's own name takes 11 and
// the two that go-plugin adds 21 and 17.
const maxRunBase = 107 - 11 - 21 - 17

// runDir is the folder for the sockets of one host. Its lock tells other hosts that it is in use: it goes with the process, however that ends,
// where a process ID would mislead (in a container every host is number 1).
type runDir struct {
	path string
	lock *os.File
}

// makeRunDir makes the folder: under the state folder where its path is short enough, else under the system's. Folders of hosts that are gone
// are removed.
func makeRunDir(stateDir string) (runDir, error) {
	base, err := filepath.Abs(filepath.Join(stateDir, "run"))
	if err != nil {
		return runDir{}, fmt.Errorf("catalog: run folder: %w", err)
	}
	if len(base) > maxRunBase {
		base = filepath.Join(os.TempDir(), "idplug-"+strconv.Itoa(os.Geteuid()))
	}
	if len(base) > maxRunBase {
		return runDir{}, fmt.Errorf("catalog: run folder %s: its path may have %d bytes at most, or no socket fits below it", base, maxRunBase)
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return runDir{}, fmt.Errorf("catalog: run folder: %w", err)
	}
	if info, err := os.Lstat(base); err != nil || !info.IsDir() || info.Mode().Perm()&0o077 != 0 || judgeOwner(base, info) != nil {
		return runDir{}, fmt.Errorf("catalog: run folder %s: it must be a folder that only the service's user may enter", base)
	}
	all, err := lockDir(base, syscall.LOCK_EX) // or another host would sweep ours between its making and its lock
	if err != nil {
		return runDir{}, fmt.Errorf("catalog: run folder: %w", err)
	}
	defer func() { _ = all.Close() }()
	sweepRunDirs(base)
	r := runDir{}
	if r.path, err = os.MkdirTemp(base, ""); err == nil {
		r.lock, err = lockDir(r.path, syscall.LOCK_EX)
	}
	if err != nil {
		return runDir{}, fmt.Errorf("catalog: run folder: %w", err)
	}
	return r, nil
}

func (r runDir) remove() error {
	return errors.Join(os.RemoveAll(r.path), r.lock.Close())
}

func sweepRunDirs(base string) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, e := range entries {
		path := filepath.Join(base, e.Name())
		if lock, err := lockDir(path, syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			_ = os.RemoveAll(path)
			_ = lock.Close()
		}
	}
}

// lockDir locks a folder until the returned file is closed.
func lockDir(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := flock(f, how); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how) // #nosec G115 -- a descriptor
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
