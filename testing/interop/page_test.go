package interop

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
)

const page = "docs/reference/interop.md"

// TestThePageSaysWhatIsTested prints the page from the data that the other tests hold the implementations to.
func TestThePageSaysWhatIsTested(t *testing.T) {
	docblock.Check(t, page, "opinions", opinionTable(), *update)
	docblock.Check(t, page, "providers", providerTable(), *update)
}

func providerTable() string {
	var b strings.Builder
	b.WriteString("| flow |")
	for _, e := range entities() {
		fmt.Fprintf(&b, " %s %s (%s) |", e.name, e.version, e.stack)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(entities())) + "\n")
	for _, f := range flows() {
		fmt.Fprintf(&b, "| %s |", f.name)
		for _, e := range entities() {
			if lacking := e.lacks[f.name]; lacking != "" {
				fmt.Fprintf(&b, " – (%s) |", lacking)
				continue
			}
			b.WriteString(" works |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (d differences) lines(of string) (lines []string) {
	for _, s := range d.stricter {
		lines = append(lines, of+"refuses: "+s.why)
	}
	for _, r := range d.reads {
		lines = append(lines, of+"reads differently: "+r.why)
	}
	return lines
}

func opinionTable() string {
	var b strings.Builder
	b.WriteString("| implementation | version | rests on | differs, because |\n|---|---|---|---|\n")
	for _, p := range peers() {
		lines := slices.Concat(p.lines(""), p.logouts.lines("of logouts, "))
		if p.onlySignatures {
			lines = append(lines, "judges signatures alone")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", p.name, p.version, p.stack, strings.Join(lines, "; "))
	}
	return b.String()
}

// TestThePageNamesTheVersionsThatAreHere: other versions are tested just as well, but the page would not tell of them.
func TestThePageNamesTheVersionsThatAreHere(t *testing.T) {
	var all []software
	for _, p := range peers() {
		all = append(all, p.software)
	}
	for _, e := range entities() {
		all = append(all, e.software)
	}
	for _, s := range all {
		here, pinned := s.installed(t)
		switch {
		case pinned:
			require.Equal(t, s.version, here, "%s in %s", s.name, page)
		case here != "" && here != s.version: // the distribution chooses
			t.Logf("%s is %s here, %s says %s", s.name, here, page, s.version)
		}
	}
}
