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
	"strings"

	"github.com/idplug/idplug/core/sso"
)

// Pin is one line of the list of pinned hashes, or why a binary has none.
type Pin struct {
	File   string
	SHA256 string // "" when it was left out
	Reason string // why it was left out
	Fix    string
}

// Lock writes the hash of every plugin binary in dir that may run into [SumsFile], which replaces the list that was there, and returns what it
// saw. The list is what trust "pinned" goes by; whoever may write it decides what runs, so it is made like the binaries: by their owner.
func Lock(dir string) ([]Pin, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("catalog: lock: %w", err)
	}
	var pins []Pin
	var list strings.Builder
	for _, e := range entries {
		key, ok := keyOf(e.Name())
		if !ok {
			continue
		}
		pin := pinOf(dir, e.Name(), key)
		if pin.SHA256 != "" {
			fmt.Fprintf(&list, "%s  %s\n", pin.SHA256, pin.File)
		}
		pins = append(pins, pin)
	}
	return pins, replaceFile(filepath.Join(dir, SumsFile), list.String(), 0o644) // no secret, and sha256sum -c is for everybody
}

func pinOf(dir, name string, key sso.ProviderKey) Pin {
	pin := Pin{File: name}
	b, r := inspect(dir, name, key)
	if r == nil {
		sum, err := hashFile(b.path)
		if err == nil {
			pin.SHA256 = sum
			return pin
		}
		r = refuse("", "%v", err)
	}
	pin.Reason, pin.Fix = r.reason, r.fix
	return pin
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// replaceFile writes beside the place and renames: nobody ever reads half a file.
func replaceFile(path, content string, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("catalog: replace: %w", err)
	}
	_, err = f.WriteString(content)
	err = errors.Join(err, f.Chmod(mode), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("catalog: replace: %w", err), os.Remove(f.Name()))
	}
	return nil
}
