package plugins

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/badplugin"
	"github.com/idplug/idplug/testing/docblock"
)

// The how-tos about plugins are carried out as they are printed: each sh block is run, in order, on a server of the page's own, and the text block
// after one is what it prints. What an operator has before the page begins is below; all the rest is on the page.

// With -update the pages get what is printed now where that is something else; read the difference before you believe it.
var update = flag.Bool("update", false, "rewrite what the how-tos say is printed")

const downloads = "/srv/idplug" // where the pages say that everything is

// versions are the binaries that lie there for every page, in folders of their version. 1.6.0 does not run.
func versions() []badplugin.Binary {
	return []badplugin.Binary{
		{Key: "acme", Version: "1.4.0"},
		{Key: "acme", Version: "1.5.0"},
		{Key: "acme", Version: "1.6.0", Mode: badplugin.ExitAtStart},
		{Key: "acme", Version: "1.7.0"},
	}
}

// begins is the version that is installed, and used by a tenant, when a page begins; "" is none. The names of the pages are those of docs/howto.
var begins = map[string]string{
	"install-a-plugin.md": "", "upgrade-a-plugin.md": "1.4.0", "roll-back-a-plugin.md": "1.4.0", "pin-plugins.md": "1.4.0", "plugin-states.md": "1.4.0",
}

func TestHowTosAboutPlugins(t *testing.T) {
	for name, version := range begins {
		page := filepath.Join(docblock.Root(t), "docs/howto", name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(page)
			require.NoError(t, err)
			h := howTo{site: open(t), tenant: version != "", page: page, text: string(text)}
			h.prepare(t, version)
			h.carryOut(t, blocksOf(h.text))
		})
	}
}

// howTo is a page that is carried out.
type howTo struct {
	site   *Site
	tenant bool // people sign in with the plugin all the while
	page   string
	text   string
}

func (h *howTo) prepare(t *testing.T, version string) {
	t.Helper()
	for _, b := range versions() {
		dir := filepath.Join(h.site.Dir, b.Version)
		require.NoError(t, os.Mkdir(dir, 0o755))
		_, err := h.site.Programs.Plugin.Write(dir, b)
		require.NoError(t, err)
	}
	if !h.tenant {
		return
	}
	require.NoError(t, h.site.Install(badplugin.Binary{Key: "acme", Version: version}))
	_, err := h.site.AwaitVersion(t.Context(), "acme", version)
	require.NoError(t, err)
	require.NoError(t, h.site.Tenant(t.Context(), "acme", "acme"))
}

// block is a fenced block of a page.
type block struct{ kind, text string }

var fenced = regexp.MustCompile("(?s)\n```([a-z]*)\n(.*?)\n```\n")

func blocksOf(page string) (all []block) {
	for _, m := range fenced.FindAllStringSubmatch(page, -1) {
		all = append(all, block{m[1], m[2]})
	}
	return all
}

func (h *howTo) carryOut(t *testing.T, blocks []block) {
	t.Helper()
	require.NotEmpty(t, blocks)
	for i, b := range blocks {
		switch {
		case b.kind == "text":
			require.True(t, i > 0 && blocks[i-1].kind == "sh", "what prints this? %s", b.text)
			continue
		case b.kind != "sh":
			t.Errorf("a block of kind %q is not carried out: %s", b.kind, b.text)
		case strings.HasSuffix(b.text, "idplug serve"):
			require.NoError(t, h.site.Restart(strings.Fields(strings.TrimSuffix(b.text, "idplug serve"))...))
		case i+1 < len(blocks) && blocks[i+1].kind == "text":
			h.prints(t, b.text, blocks[i+1].text)
		default:
			out, err := h.sh(t, b.text)
			require.NoError(t, err, "%s\n%s", b.text, out)
		}
		if h.tenant {
			o, err := h.site.SignIn(t.Context(), "acme")
			require.NoError(t, err)
			require.Equal(t, "signed in", o.String(), "a first sign-in after: %s", b.text)
		}
	}
}

func (h *howTo) sh(t *testing.T, script string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", strings.ReplaceAll(script, downloads, h.site.Dir))
	cmd.Dir, cmd.Env = h.site.Dir, h.site.Env()
	out, err := cmd.CombinedOutput()
	return strings.ReplaceAll(string(out), h.site.Dir, downloads), err
}

// looks is how a block begins that changes nothing; what it shows may take a moment to be so.
const looks = "idplug plugin list"

func (h *howTo) prints(t *testing.T, script, want string) {
	t.Helper()
	patience := patient
	if *update {
		patience = 3 * time.Second
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		out, err := h.sh(t, script)
		if plain(out) == plain(want) && err == nil {
			return
		}
		if strings.HasPrefix(script, looks) && time.Now().Before(deadline) {
			continue
		}
		if !*update || err != nil {
			t.Fatalf("%s\nprints (%v):\n%s\nand not:\n%s", script, err, out, want)
		}
		h.text = strings.Replace(h.text, script+"\n```\n\n```text\n"+want+"\n", script+"\n```\n\n```text\n"+trimmed(out)+"\n", 1)
		require.NoError(t, os.WriteFile(h.page, []byte(h.text), 0o644))
		return
	}
}

var (
	hash  = regexp.MustCompile(`\b[0-9a-f]{12,64}\b`)
	level = regexp.MustCompile(`\b(full   |partial|basic  )  `)
	gap   = regexp.MustCompile(`\n\n[^\n]*: its sandbox is without [^\n]*`)
)

// plain is a text without what differs from build to build, the digits of hashes, and from machine to machine, how far the sandbox goes.
func plain(text string) string {
	text = level.ReplaceAllString(gap.ReplaceAllString(trimmed(text), ""), "(level)  ")
	return hash.ReplaceAllStringFunc(text, func(h string) string { return strings.Repeat("0", len(h)) })
}

func trimmed(text string) string {
	var lines []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return strings.Join(lines, "\n")
}
