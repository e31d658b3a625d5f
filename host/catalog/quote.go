package catalog

import (
	"regexp"
	"strings"
)

var plain = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// quote writes a path as a shell reads it.
func quote(path string) string {
	if plain.MatchString(path) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
