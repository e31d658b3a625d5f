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

// Env names the mutant that lives in a test compiled with the overlay.
const Env = "IDPLUG_MUTANT"

// What lies over the tree beside changed sources: a test of every vector, what the switches call, and which mutant lives.
var (
	//go:embed testdata/needed_test.go
	needed string
	//go:embed testdata/kept.go
	kept string
	//go:embed testdata/without.go
	without string
)

// instrument puts switches into the source of a file. IDs begin behind those that are taken.
type instrument func(name, source string, taken int) (string, []Mutant, error)

// overlay writes the sources of rooms with their switches into dir and gives the path of the file that lays them over the tree.
func overlay(root, dir string, rooms []room, with instrument) (path string, mutants []Mutant, err error) {
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
			text, found, err := with(name, string(source), len(mutants))
			if err != nil {
				return "", nil, err
			}
			seen := map[string]int{}
			for _, m := range found {
				seen[m.Kind+m.Text]++
				m.room, m.nth = r, seen[m.Kind+m.Text]
				mutants = append(mutants, m)
			}
			if err := add(filepath.Join(r.dir, name), text); err != nil {
				return "", nil, err
			}
		}
		if err := add(filepath.Join(r.dir, "zz_kept.go"), strings.Replace(kept, "package kept", "package "+filepath.Base(r.dir), 1)); err != nil {
			return "", nil, err
		}
	}
	if err := add("testing/mutation/without/without.go", without); err != nil {
		return "", nil, err
	}
	if err := add("host/saml/zz_needed_test.go", needed); err != nil {
		return "", nil, err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "overlay.json")
	return path, mutants, os.WriteFile(path, text, 0o600)
}
