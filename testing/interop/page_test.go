package interop

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
)

const page = "docs/reference/interop.md"

// TestThePageSaysWhatIsTested prints the page from the data that the other tests hold the implementations to.
func TestThePageSaysWhatIsTested(t *testing.T) {
	docblock.Check(t, page, "opinions", opinionTable(), *update)
}

func opinionTable() string {
	var b strings.Builder
	b.WriteString("| implementation | version | rests on | differs, because |\n|---|---|---|---|\n")
	for _, p := range peers() {
		var lines []string
		for _, d := range p.stricter {
			lines = append(lines, "refuses: "+d.why)
		}
		for _, d := range p.reads {
			lines = append(lines, "reads differently: "+d.why)
		}
		if p.onlySignatures {
			lines = append(lines, "judges signatures alone")
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", p.name, p.version, p.stack, strings.Join(lines, "; "))
	}
	return b.String()
}

// TestThePageNamesTheVersionsThatAreHere: other versions are tested just as well, but the page would not tell of them.
func TestThePageNamesTheVersionsThatAreHere(t *testing.T) {
	for _, p := range peers() {
		here := p.installed(t)
		if here == "" {
			continue // the tests that need it say so
		}
		if strings.HasPrefix(p.from, "python3-") || p.from == "xmlsec1" { // the distribution chooses
			if here != p.version {
				t.Logf("%s is %s here, %s says %s", p.name, here, page, p.version)
			}
			continue
		}
		require.Equal(t, p.version, here, "%s in %s", p.name, page)
	}
}
