package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Key is a master key: 32 random bytes, never a passphrase.
type Key [32]byte

// String hides the key from logs and formatted errors.
func (Key) String() string { return "seal.Key(hidden)" }

// GoString hides the key from %#v.
func (k Key) GoString() string { return k.String() }

// NewKey makes a random key.
func NewKey() Key {
	var k Key
	_, _ = rand.Read(k[:]) // never fails: the program is ended instead (crypto/rand)
	return k
}

// ParseKey reads a key as operators write it: standard base64 of 32 bytes, padded or not.
func ParseKey(text string) (Key, error) {
	raw, err := base64.RawStdEncoding.DecodeString(string(bytes.TrimRight(bytes.TrimSpace([]byte(text)), "=")))
	if err != nil {
		return Key{}, errors.New("seal: master key is not base64") // the cause would quote from the key
	}
	if len(raw) != len(Key{}) {
		return Key{}, fmt.Errorf("seal: master key has %d bytes, needs %d", len(raw), len(Key{}))
	}
	return Key(raw), nil
}

// Text is the form that ParseKey reads.
func (k Key) Text() string { return base64.StdEncoding.EncodeToString(k[:]) }

// keyFileLimit is far above a key and its line break.
const keyFileLimit = 1024

// LoadOrCreateKey reads the key at path, or makes one there (mode 0600) when there is no such file. A file that group or others can read or
// write is refused: it is a secret no longer. Several processes may start at once; all get the same key.
func LoadOrCreateKey(path string) (Key, error) {
	k, err := loadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := createKey(path, NewKey()); err != nil && !errors.Is(err, fs.ErrExist) {
		return Key{}, fmt.Errorf("seal: create key: %w", err)
	}
	return loadKey(path)
}

func loadKey(path string) (Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return Key{}, fmt.Errorf("seal: load key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat() // of the opened file, which nobody can exchange any more
	if err != nil {
		return Key{}, fmt.Errorf("seal: load key: %w", err)
	}
	switch mode := info.Mode(); {
	case !mode.IsRegular():
		return Key{}, fmt.Errorf("seal: load key: %s is not a regular file", path)
	case mode.Perm()&0o077 != 0:
		return Key{}, fmt.Errorf("seal: load key: %s has mode %#o and others may have read it: make a new key, or if you trust them, chmod 600 %s",
			path, mode.Perm(), path)
	case info.Size() > keyFileLimit:
		return Key{}, fmt.Errorf("seal: load key: %s is too long for a key", path)
	}
	raw := make([]byte, info.Size())
	if _, err := f.ReadAt(raw, 0); err != nil {
		return Key{}, fmt.Errorf("seal: load key: %w", err)
	}
	k, err := ParseKey(string(raw))
	if err != nil {
		return Key{}, fmt.Errorf("%w (%s)", err, path)
	}
	return k, nil
}

// createKey writes the whole key beside path and then links it there: no other process ever sees half a key, and the link fails with
// [fs.ErrExist] when another one was first.
func createKey(path string, k Key) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // O_EXCL, mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := f.WriteString(k.Text() + "\n"); err != nil {
		return err
	}
	if err := f.Sync(); err != nil { // a lost key is lost data
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
