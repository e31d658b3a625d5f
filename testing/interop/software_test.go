package interop

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
)

// software is what other people wrote.
type software struct {
	name    string
	version string // that the page tells of
	from    string // Debian's package, npm's or a Go module
	stack   string // what its cryptography and XML rest on
}

// installed is the version that is here, "" where nobody can say, and whether this repository pins it.
func (s software) installed(t *testing.T) (version string, pinned bool) {
	t.Helper()
	root := docblock.Root(t)
	if module, err := os.ReadFile(filepath.Join(root, "go.mod")); err == nil {
		if found := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(s.from) + ` v(\S+)`).FindSubmatch(module); found != nil {
			return string(found[1]), true
		}
	}
	var lock struct {
		Packages map[string]struct{ Version string }
	}
	text, err := os.ReadFile(filepath.Join(root, npm, "package-lock.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &lock))
	if found, ok := lock.Packages["node_modules/"+s.from]; ok {
		return found.Version, true
	}
	out, _ := exec.CommandContext(t.Context(), "dpkg-query", "-W", "-f", "${source:Upstream-Version}", s.from).Output()
	return strings.TrimSpace(string(out)), false
}
