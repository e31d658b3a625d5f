package arch

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// maxLines holds for every file that a person writes, tests included: a longer one holds more than one noun.
const maxLines = 400

// Check returns what is wrong with the files under the table, one sentence each, sorted by path.
func Check(house []Room, files []File) []string {
	var wrong []string
	for _, file := range files {
		for _, sentence := range checkFile(house, file) {
			wrong = append(wrong, file.Path+": "+sentence)
		}
	}
	wrong = append(wrong, checkPackages(files)...)
	slices.Sort(wrong)
	return wrong
}

func checkFile(house []Room, file File) []string {
	var wrong []string
	if file.Lines > maxLines && !file.Generated {
		wrong = append(wrong, fmt.Sprintf("%d lines, more than %d", file.Lines, maxLines))
	}
	if file.Dir() != "testing/need" {
		for _, line := range file.Skips {
			wrong = append(wrong, fmt.Sprintf("line %d skips a test without testing/need, so nobody would hear of it", line))
		}
	}
	if file.Dir() == "testing" {
		return append(wrong, "a Go file directly in testing/ makes a package called testing")
	}
	room := roomOf(house, file.Dir())
	if room == nil {
		return append(wrong, "lies in no room of the table in testing/arch/house.go")
	}
	if room.Any {
		return wrong
	}
	for _, imported := range file.Imports {
		if sentence := checkImport(house, room, file, imported); sentence != "" {
			wrong = append(wrong, sentence)
		}
	}
	return wrong
}

func checkImport(house []Room, room *Room, file File, imported string) string {
	own, isOwn := ownDir(imported)
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case isOwn && own == file.Dir():
		return "" // the external test package of this very folder
	case isOwn && anyMatches(room.Own, own):
		return ""
	case isOwn && file.Test && (anyMatches(room.TestOwn, own) || strings.HasPrefix(own, "testing/")):
		return ""
	case isOwn && roomOf(house, own) == nil:
		return "imports " + own + ", which lies in no room"
	case isOwn:
		return room.Path + " may not import " + own
	case strings.Contains(first, "."):
		if file.Test || anyBelow(room.ThirdParty, imported) {
			return ""
		}
		return room.Path + " may not import third party " + imported
	case !file.Test && anyBelow(room.NoStd, imported):
		return room.Path + " must do without " + imported
	}
	return ""
}

// checkPackages asks one file of each hand-written package for a comment that says what the room is for.
func checkPackages(files []File) []string {
	type pack struct{ documented, written bool }
	packages := map[string]pack{}
	for _, file := range files {
		if file.Test {
			continue
		}
		p := packages[file.Dir()]
		p.documented = p.documented || file.Doc != ""
		p.written = p.written || !file.Generated
		packages[file.Dir()] = p
	}
	var wrong []string
	for dir, p := range packages {
		if p.written && !p.documented {
			wrong = append(wrong, dir+": no package comment says what the room is for")
		}
	}
	return wrong
}

// ownDir returns the folder of an import of this module.
func ownDir(imported string) (string, bool) {
	if imported == Module {
		return ".", true
	}
	return strings.CutPrefix(imported, Module+"/")
}

func anyMatches(patterns []string, dir string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, dir) })
}

// anyBelow tells whether name is one of the roots or lies below one.
func anyBelow(roots []string, name string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return below(root, name) })
}

func below(root, name string) bool {
	return name == root || strings.HasPrefix(name, path.Clean(root)+"/")
}
