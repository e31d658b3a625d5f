package vectors

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/idplug/idplug/core/login"
	"github.com/idplug/idplug/testing/devidp"
)

// File is a vector as other implementations read it: lines of "key: value", an empty line, then the value of the form field SAMLResponse, or, where
// a Kind is given, a message to the single logout service: the query of the address, or the body of the form.
type File struct {
	Name, Kind, Expect, Code, Why, Source, Twin string
	Message                                     string
}

// Expect's values.
const (
	Accept = "accept"
	Refuse = "refuse"
)

var noSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slug is a vector's name as the name of a file: its letters and digits, and a piece of its hash, since names differ in other characters, too.
func slug(name string) string {
	sum := sha256.Sum256([]byte(name))
	words := strings.Trim(noSlug.ReplaceAllString(strings.ToLower(name), "-"), "-")
	return fmt.Sprintf("%.80s-%x", words, sum[:3])
}

// String writes the file.
func (f File) String() string {
	var b strings.Builder
	for _, line := range [][2]string{{"name", f.Name}, {"kind", f.Kind}, {"expect", f.Expect}, {"code", f.Code}, {"why", f.Why}, {"source", f.Source}, {"twin", f.Twin}} {
		if line[1] != "" {
			fmt.Fprintf(&b, "%s: %s\n", line[0], line[1])
		}
	}
	return b.String() + "\n" + f.Message
}

// Parse reads a file again.
func Parse(text string) (File, error) {
	var f File
	head, body, ok := strings.Cut(text, "\n\n")
	if !ok {
		return f, fmt.Errorf("no empty line behind the header")
	}
	f.Message = body
	for line := range strings.SplitSeq(head, "\n") {
		key, value, _ := strings.Cut(line, ": ")
		to := map[string]*string{"name": &f.Name, "kind": &f.Kind, "expect": &f.Expect, "code": &f.Code, "why": &f.Why, "source": &f.Source, "twin": &f.Twin}[key]
		if to == nil {
			return f, fmt.Errorf("unknown key %q", key)
		}
		*to = value
	}
	return f, nil
}

// Write writes every vector, the twins of each kind and world.json into a folder.
func Write(dir string) (files int, err error) {
	b, sp, err := Fixed()
	if err != nil {
		return 0, err
	}
	if err := writeWorld(filepath.Join(dir, "world.json"), b, sp); err != nil {
		return 0, err
	}
	w := writer{dir: dir, base: b, twins: map[string]string{}}
	for _, v := range All() {
		f := File{Name: v.Name, Code: string(v.Code), Why: v.Why, Source: v.source}
		if err := w.both(f, v.Kind(), v.Message, v.Twin); err != nil {
			return w.files, err
		}
	}
	for _, l := range Logouts() {
		f := File{Name: l.Name, Kind: l.Kind(), Code: string(l.Code), Why: l.Why, Source: l.source}
		if err := w.both(f, l.Kind(), l.Message, l.Twin); err != nil {
			return w.files, err
		}
	}
	return w.files, nil
}

// writer writes vectors into a folder.
type writer struct {
	dir   string
	base  Base
	twins map[string]string // their files by kind
	files int
}

func (w *writer) put(name string, f File) error {
	path := filepath.Join(w.dir, name+".vector")
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("two vectors are written to %s", path)
	}
	w.files++
	return os.WriteFile(path, []byte(f.String()), 0o600)
}

// both writes a vector, and its twin where no vector of its kind had one.
func (w *writer) both(f File, kind string, message, twin func(Base) (string, error)) (err error) {
	name, ok := w.twins[kind]
	if !ok {
		name = fmt.Sprintf("twin-%d", len(w.twins))
		w.twins[kind] = name
		sound := File{Name: "twin of " + f.Name, Kind: f.Kind, Expect: Accept, Why: "sound", Source: f.Source}
		if sound.Message, err = twin(w.base); err != nil {
			return err
		}
		if err := w.put(name, sound); err != nil {
			return err
		}
	}
	f.Expect, f.Twin = Accept, name
	if f.Code != "" {
		f.Expect = Refuse
	}
	if f.Message, err = message(w.base); err != nil {
		return err
	}
	return w.put(slug(f.Name), f)
}

// writeWorld writes what a verifier has to be set up with.
func writeWorld(path string, b Base, sp devidp.Key) error {
	private, err := x509.MarshalPKCS8PrivateKey(sp.Signer)
	if err != nil {
		return err
	}
	armour := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	text, err := json.MarshalIndent(map[string]any{
		"sp_entity_id": b.SP.EntityID, "acs_url": b.SP.ACSURL, "slo_url": b.SP.SLOURL, "idp_entity_id": b.IDPEntityID, "request_id": b.RequestID,
		"now": b.Now.Format(time.RFC3339), "clock_skew_seconds": skew.Seconds(), "longest_login_seconds": login.FlowTTL.Seconds(),
		"name_id": Ada, "idp_certificate": armour("CERTIFICATE", b.Key.Certificate.Raw), "sp_private_key": armour("PRIVATE KEY", private),
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}
