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

// File is a vector as other implementations read it: lines of "key: value", an empty line, then the value of the form field SAMLResponse.
type File struct {
	Name, Expect, Code, Why, Source, Twin string
	Message                               string
}

// Expect's values.
const (
	Accept = "accept"
	Refuse = "refuse"
)

var noSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slug is a vector's name as the name of a file: its letters and digits, and a piece of its hash, since names differ in other characters, too.
func (v Vector) slug() string {
	sum := sha256.Sum256([]byte(v.Name))
	words := strings.Trim(noSlug.ReplaceAllString(strings.ToLower(v.Name), "-"), "-")
	return fmt.Sprintf("%.80s-%x", words, sum[:3])
}

// String writes the file.
func (f File) String() string {
	var b strings.Builder
	for _, line := range [][2]string{{"name", f.Name}, {"expect", f.Expect}, {"code", f.Code}, {"why", f.Why}, {"source", f.Source}, {"twin", f.Twin}} {
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
		to := map[string]*string{"name": &f.Name, "expect": &f.Expect, "code": &f.Code, "why": &f.Why, "source": &f.Source, "twin": &f.Twin}[key]
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
	put := func(slug string, f File) error {
		path := filepath.Join(dir, slug+".vector")
		if _, err := os.Stat(path); err == nil {
			return fmt.Errorf("two vectors are written to %s", path)
		}
		files++
		return os.WriteFile(path, []byte(f.String()), 0o600)
	}
	twins := map[string]string{}
	for _, v := range All() {
		twin, ok := twins[v.Kind()]
		if !ok {
			twin = fmt.Sprintf("twin-%d", len(twins))
			twins[v.Kind()] = twin
			message, err := v.Twin(b)
			if err != nil {
				return files, err
			}
			if err := put(twin, File{Name: "twin of " + v.Name, Expect: Accept, Why: "sound", Source: v.source, Message: message}); err != nil {
				return files, err
			}
		}
		message, err := v.Message(b)
		if err != nil {
			return files, err
		}
		f := File{Name: v.Name, Expect: Accept, Code: string(v.Code), Why: v.Why, Source: v.source, Twin: twin, Message: message}
		if v.Code != "" {
			f.Expect = Refuse
		}
		if err := put(v.slug(), f); err != nil {
			return files, err
		}
	}
	return files, nil
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
		"sp_entity_id": b.SP.EntityID, "acs_url": b.SP.ACSURL, "idp_entity_id": b.IDPEntityID, "request_id": b.RequestID,
		"now": b.Now.Format(time.RFC3339), "clock_skew_seconds": skew.Seconds(), "longest_login_seconds": login.FlowTTL.Seconds(),
		"name_id": Ada, "idp_certificate": armour("CERTIFICATE", b.Key.Certificate.Raw), "sp_private_key": armour("PRIVATE KEY", private),
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}
