package catalog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/sdk"
)

// Limits of what is recorded for a provider.
const (
	maxFixtures = 8
	maxFixture  = 256 << 10 // bytes of a document
)

// fixture is a metadata document that the plugin judged well, and what it said: a new version must say so, too.
type fixture struct {
	name      string
	SourceURL string `json:"source_url,omitempty"` // without query
	Asked     string `json:"asked,omitempty"`      // the administrator's choice among several entities
	EntityID  string `json:"entity_id"`            // the plugin's answer
	Document  []byte `json:"document"`
}

// fixtures keeps the last documents of each provider, 0600, in a folder that nobody but the service may enter. Metadata holds addresses, names
// and keys of organisations; its contact persons are left out. A nil one records nothing.
type fixtures struct {
	dir string
	log *slog.Logger
	now func() time.Time
	mu  sync.Mutex // of this process; files of another come and go whole
}

func openFixtures(stateDir string, log *slog.Logger, now func() time.Time) (*fixtures, error) {
	f := &fixtures{dir: filepath.Join(stateDir, "fixtures"), log: log, now: now}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, fmt.Errorf("catalog: fixtures: %w", err)
	}
	return f, nil
}

// record keeps a document that was judged well: an identity provider's metadata in which the plugin found nothing that cannot be used.
func (f *fixtures) record(key sso.ProviderKey, q sso.MetadataQuery, a sso.MetadataAdvice) {
	if f == nil || len(q.Document) > maxFixture || len(a.Problems.Failures()) > 0 || !names(q.Document, a.EntityID) {
		return
	}
	document, err := withoutPersons(q.Document)
	if err != nil {
		return
	}
	x := fixture{SourceURL: bare(q.SourceURL), Asked: q.EntityID, EntityID: a.EntityID, Document: document}
	if err := f.keep(key, x); err != nil {
		f.log.Warn("metadata not recorded for checks of later versions", "plugin", string(key), "err", err)
	}
}

// names tells whether an identity provider's metadata is there, of the entity if one is named.
func names(document []byte, entity string) bool {
	entities, err := sdk.Outline(document)
	return err == nil && (entity == "" || slices.ContainsFunc(entities, func(e sdk.Entity) bool { return e.ID == entity }))
}

// bare is an address without what may be secret in it.
func bare(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment, u.RawFragment, u.ForceQuery = nil, "", "", "", false
	return u.String()
}

// withoutPersons cuts every ContactPerson (SAML Metadata 2.3.2.2) out of a document.
func withoutPersons(document []byte) ([]byte, error) {
	d := xml.NewDecoder(bytes.NewReader(document))
	var out []byte
	kept := int64(0)
	for {
		from := d.InputOffset()
		token, err := d.RawToken()
		if err != nil {
			if d.InputOffset() >= int64(len(bytes.TrimRight(document, " \r\n\t"))) {
				return append(out, document[kept:]...), nil
			}
			return nil, err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "ContactPerson" {
			out = append(out, document[kept:from]...)
			if err := skip(d); err != nil {
				return nil, err
			}
			kept = d.InputOffset()
		}
	}
}

// skip reads on to the end of the element that has begun.
func skip(d *xml.Decoder) error {
	for depth := 1; depth > 0; {
		token, err := d.RawToken()
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

// keep writes a fixture, and removes the oldest when there are too many. The name tells documents apart, so that each is there once.
func (f *fixtures) keep(key sso.ProviderKey, x fixture) error {
	text, err := json.Marshal(x)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	dir := filepath.Join(f.dir, string(key))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	sum := sha256.Sum256(append([]byte(x.Asked+"\x00"), x.Document...))
	path := filepath.Join(dir, hex.EncodeToString(sum[:8])+recordExt)
	old, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(old, append(text, '\n')) {
		if err := replaceFile(path, string(text)+"\n", 0o600); err != nil {
			return err
		}
	}
	if err := os.Chtimes(path, time.Time{}, f.now()); err != nil {
		return err
	}
	files, err := f.files(key)
	if err != nil || len(files) <= maxFixtures {
		return err
	}
	var errs []error
	for _, old := range files[maxFixtures:] {
		errs = append(errs, os.Remove(filepath.Join(dir, old.Name())))
	}
	return errors.Join(errs...)
}

// files are those of a provider, the latest first.
func (f *fixtures) files(key sso.ProviderKey) ([]fs.FileInfo, error) {
	entries, err := os.ReadDir(filepath.Join(f.dir, string(key)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var infos []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && filepath.Ext(e.Name()) == recordExt && e.Name()[0] != '.' {
			infos = append(infos, info)
		}
	}
	slices.SortStableFunc(infos, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	return infos, err
}

// of returns the fixtures of a provider. A file that cannot be read is none.
func (f *fixtures) of(key sso.ProviderKey) []fixture {
	if f == nil {
		return nil
	}
	files, err := f.files(key)
	if err != nil {
		f.log.Warn("recorded metadata cannot be read", "plugin", string(key), "err", err)
	}
	var out []fixture
	for _, file := range files[:min(len(files), maxFixtures)] {
		x := fixture{name: filepath.Join(f.dir, string(key), file.Name())}
		text, err := os.ReadFile(x.name)
		if err == nil && json.Unmarshal(text, &x) == nil {
			out = append(out, x)
		}
	}
	return out
}
