package mutation

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// rooms are the verifier's, each with the files of it that verify; none: all.
var rooms = []struct {
	dir   string
	files []string
}{
	{"host/saml", []string{
		"assertion.go", "attributes.go", "authentication.go", "conditions.go", "confirmation.go", "encryption.go", "envelope.go", "form.go",
		"logout_read.go", "logout_redirect.go", "message.go", "response.go", "signature.go", "structure.go", "subject.go", "value.go",
	}},
	{"host/saml/signedxml", nil},
	{"host/saml/xmlenc", nil},
}

const (
	// Env names the check to do without in a test of a room that was compiled with the overlay.
	Env  = "IDPLUG_WITHOUT_CHECK"
	kept = `package %s

import (
	"os"
	"strconv"
)

// Without is the check that is not done.
var Without, _ = strconv.Atoi(os.Getenv(%q))

func kept(id int) bool { return Without != id }
`
	keptBorrowed = `package %s

import "github.com/idplug/idplug/host/saml/signedxml"

func kept(id int) bool { return signedxml.Without != id }
`
)

//go:embed testdata/needed_test.go
var needed string

// overlay writes switched sources of all rooms into dir and gives the path of the file that lays them over the tree.
func overlay(root, dir string) (path string, checks []Check, err error) {
	replace := map[string]string{}
	add := func(tree, text string) error {
		to := filepath.Join(dir, fmt.Sprintf("%d_%s", len(replace), filepath.Base(tree)))
		replace[filepath.Join(root, tree)] = to
		return os.WriteFile(to, []byte(text), 0o600)
	}
	for _, r := range rooms {
		files, err := filepath.Glob(filepath.Join(root, r.dir, "*.go"))
		if err != nil {
			return "", nil, err
		}
		for _, file := range files {
			name := filepath.Base(file)
			if strings.HasSuffix(name, "_test.go") || r.files != nil && !slices.Contains(r.files, name) {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				return "", nil, err
			}
			text, found, err := switched(name, string(source), len(checks))
			if err != nil {
				return "", nil, err
			}
			seen := map[string]int{}
			for _, c := range found {
				seen[c.Text]++
				c.room, c.nth = r.dir, seen[c.Text]
				checks = append(checks, c)
			}
			if err := add(filepath.Join(r.dir, name), text); err != nil {
				return "", nil, err
			}
		}
		text := fmt.Sprintf(keptBorrowed, filepath.Base(r.dir))
		if r.files == nil && r.dir == "host/saml/signedxml" {
			text = fmt.Sprintf(kept, filepath.Base(r.dir), Env)
		}
		if err := add(filepath.Join(r.dir, "zz_kept.go"), text); err != nil {
			return "", nil, err
		}
	}
	if err := add("host/saml/zz_needed_test.go", needed); err != nil {
		return "", nil, err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "overlay.json")
	return path, checks, os.WriteFile(path, text, 0o600)
}
