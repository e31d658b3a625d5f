package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/idplug/idplug/core/sso"
)

// keptVersions is how many versions of a plugin that served can be gone back to.
const keptVersions = 3

// record is what is remembered of one provider over restarts of the host.
type record struct {
	Serving  string              `json:"serving,omitempty"` // SHA-256 of what served last; "" once it was removed
	Pin      string              `json:"pin,omitempty"`     // SHA-256 of what an operator wants, "" to follow the folder
	Versions []sso.PluginVersion `json:"versions,omitempty"`
}

// shelf keeps the records, one file for each provider, in a folder that nobody but the service may enter. Several processes may share it: an
// operator's command beside the server. Changes are made under the folder's lock and take the file's place at once. A nil shelf remembers nothing.
type shelf struct{ dir string }

func openShelf(stateDir string) (*shelf, error) {
	s := &shelf{dir: filepath.Join(stateDir, "versions")}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("catalog: shelf: %w", err)
	}
	return s, nil
}

const recordExt = ".json"

func (s *shelf) path(key sso.ProviderKey) string { return filepath.Join(s.dir, string(key)+recordExt) }

// read returns the record of a provider; one that has none has an empty one.
func (s *shelf) read(key sso.ProviderKey) (record, error) {
	var r record
	if s == nil {
		return r, nil
	}
	text, err := os.ReadFile(s.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		return record{}, fmt.Errorf("catalog: shelf: %s: %w", s.path(key), err)
	}
	return r, nil
}

// keys are the providers that have a record.
func (s *shelf) keys() []sso.ProviderKey {
	entries, _ := os.ReadDir(s.dir)
	var out []sso.ProviderKey
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), recordExt); ok && sso.ProviderKey(name).Valid() {
			out = append(out, sso.ProviderKey(name))
		}
	}
	return out
}

// change changes a record and returns what it is now.
func (s *shelf) change(key sso.ProviderKey, change func(*record) error) (record, error) {
	if s == nil {
		return record{}, nil
	}
	lock, err := lockDir(s.dir, syscall.LOCK_EX)
	if err != nil {
		return record{}, fmt.Errorf("catalog: shelf: %w", err)
	}
	defer func() { _ = lock.Close() }()
	r, err := s.read(key)
	if err != nil {
		return r, err
	}
	before, err := json.Marshal(r)
	if err != nil {
		return r, fmt.Errorf("catalog: shelf: %w", err)
	}
	if err := change(&r); err != nil {
		return r, err
	}
	after, err := json.Marshal(r)
	if err != nil || bytes.Equal(before, after) {
		return r, err
	}
	return r, replaceFile(s.path(key), string(after)+"\n", 0o600)
}

// served puts a version first among those that can be gone back to. What is pinned is kept besides the last ones.
func (s *shelf) served(key sso.ProviderKey, v sso.PluginVersion) (record, error) {
	return s.change(key, func(r *record) error {
		kept := []sso.PluginVersion{v}
		for _, old := range r.Versions {
			if old.SHA256 != v.SHA256 && (len(kept) < keptVersions || old.SHA256 == r.Pin) {
				kept = append(kept, old)
			}
		}
		r.Serving, r.Versions = v.SHA256, kept
		return nil
	})
}

// removed notes that the provider was taken out of service: what served does not stand in for a later file that fails.
func (s *shelf) removed(key sso.ProviderKey) error {
	_, err := s.change(key, func(r *record) error {
		r.Serving = ""
		return nil
	})
	return err
}

// find returns the one kept version that is meant. Refusals: [sso.PluginVersionUnknown], with those that exist.
func (r record) find(key sso.ProviderKey, version, sum string) (sso.PluginVersion, error) {
	var all []string
	matches := 0
	var meant sso.PluginVersion
	for _, v := range r.Versions {
		words := fmt.Sprintf("%s (%.12s)", v.Version, v.SHA256)
		all = append(all, words)
		if (version == "" || version == v.Version) && strings.HasPrefix(v.SHA256, strings.ToLower(sum)) {
			matches++
			meant = v
		}
	}
	if matches == 1 {
		return meant, nil
	}
	kept := strings.Join(all, ", ")
	if kept == "" {
		kept = "none"
	}
	return meant, sso.Refuse("catalog.pin", sso.PluginVersionUnknown, "provider", string(key), "value", strings.TrimSpace(version+" "+sum),
		"found", strconv.Itoa(matches), "kept", kept)
}
