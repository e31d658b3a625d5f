package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// maxBinary bounds a plugin binary; ours are 13 MiB.
const maxBinary = 512 << 20

// vault is the private store of checked binaries, named by their hash. Bytes are hashed while they are copied into it and what runs is the
// copy, so nothing can be swapped between check and start.
//
// Several processes may share it: an operator's command beside the server. Each holds the folder's lock shared; only who holds it alone sweeps.
type vault struct {
	dir  string
	lock *os.File
}

func openVault(dir string) (vault, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return vault{}, fmt.Errorf("catalog: vault: %w", err)
	}
	// #nosec G302 -- a folder needs its x bit; nobody but the service may enter.
	if err := os.Chmod(dir, 0o700); err != nil {
		return vault{}, fmt.Errorf("catalog: vault: %w", err)
	}
	lock, err := lockDir(dir, syscall.LOCK_SH)
	if err != nil {
		return vault{}, fmt.Errorf("catalog: vault: %w", err)
	}
	return vault{dir: dir, lock: lock}, nil
}

func (v vault) close() error { return v.lock.Close() }

// take copies the file into the vault and returns its hash and the path of the copy.
func (v vault) take(path string) (sum, copied string, err error) {
	// O_NOFOLLOW: links were resolved when the file was judged; a link here was put there since. O_NONBLOCK: never wait for a FIFO's writer.
	in, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", "", fmt.Errorf("catalog: take: %w", err)
	}
	defer func() { _ = in.Close() }()
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", "", errors.New("catalog: take: not a regular file")
	}
	out, err := os.CreateTemp(v.dir, ".incoming-*")
	if err != nil {
		return "", "", fmt.Errorf("catalog: take: %w", err)
	}
	defer func() { _ = os.Remove(out.Name()) }()
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, hash), io.LimitReader(in, maxBinary+1))
	if err == nil && n > maxBinary {
		err = errors.New("file grew too large while it was copied")
	}
	if err == nil {
		err = out.Chmod(0o555)
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return "", "", fmt.Errorf("catalog: take: %w", err)
	}
	sum = hex.EncodeToString(hash.Sum(nil))
	copied = filepath.Join(v.dir, sum)
	if err := os.Rename(out.Name(), copied); err != nil {
		return "", "", fmt.Errorf("catalog: take: %w", err)
	}
	return sum, copied, nil
}

// find returns the path of a copy, after looking whether it still is what its name says.
func (v vault) find(sum string) (path string, err error) {
	path = filepath.Join(v.dir, sum)
	now, err := hashFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("its copy is gone")
	case err != nil:
		return "", fmt.Errorf("catalog: vault: %w", err)
	case now != sum:
		return "", errors.New("its copy is damaged")
	}
	return path, nil
}

// sweep removes copies that nobody wants any more, and what a crash left half copied, unless another process shares the vault. It runs on the
// one goroutine that also takes files, so no copy can be under way.
func (v vault) sweep(wanted map[string]bool) {
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		return
	}
	var useless []string
	for _, e := range entries {
		if !wanted[e.Name()] {
			useless = append(useless, filepath.Join(v.dir, e.Name()))
		}
	}
	if len(useless) == 0 {
		return
	}
	if flock(v.lock, syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		for _, path := range useless {
			_ = os.Remove(path)
		}
	}
	_ = flock(v.lock, syscall.LOCK_SH) // the attempt gave the shared lock up
}
