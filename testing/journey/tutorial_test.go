package journey

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
)

// block is one block of code of a page.
type block struct{ language, text string }

var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

func blocks(page string) []block {
	var out []block
	for _, m := range fence.FindAllStringSubmatch(page, -1) {
		out = append(out, block{m[1], m[2]})
	}
	return out
}

// secondTerminal begins a block that runs on while the next ones do.
const secondTerminal = "# second terminal\n"

// blockTime bounds one block; the longest builds a plugin and checks it.
const blockTime = 3 * time.Minute

// TestTheTutorialDoesWhatItSays runs every command of the page, in order, in one shell, and looks for what the page shows in what they say.
func TestTheTutorialDoesWhatItSays(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(docblock.Root(t), "docs/tutorial/write-a-plugin.md"))
	require.NoError(t, err)
	s := newShell(t)
	var said string
	ran, began := 0, time.Now()
	for _, b := range blocks(string(page)) {
		switch {
		case b.language == "text":
			shows(t, said, b.text)
		case strings.HasPrefix(b.text, secondTerminal):
			s.start(b.text)
			ran++
		default:
			require.Equal(t, "sh", b.language)
			said = s.run(b.text)
			ran++
		}
	}
	require.Greater(t, ran, 10)
	t.Logf("%d blocks took %s", ran, time.Since(began).Round(time.Millisecond))
}

// shows looks for each line of want; columns may be wider apart.
func shows(t *testing.T, said, want string) {
	t.Helper()
	plain := strings.Join(strings.Fields(said), " ")
	for line := range strings.Lines(want) {
		require.Contains(t, plain, strings.Join(strings.Fields(line), " "), said)
	}
}

// shell is a terminal: it stays in a folder and keeps its variables from one block to the next.
type shell struct {
	t    *testing.T
	home string
	env  []string
}

func newShell(t *testing.T) *shell {
	t.Helper()
	s := &shell{t: t, home: t.TempDir()}
	require.NoError(t, os.Symlink(docblock.Root(t), filepath.Join(s.home, "idplug")))
	s.env = append(os.Environ(), "IDPLUG_LISTEN="+freeAddress(t), "GOWORK=off", "HOME="+s.home)
	for _, name := range []string{"GOMODCACHE", "GOCACHE", "GOPROXY", "GOFLAGS"} { // which lie below the real home, or are configured there
		out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		require.NoError(t, err)
		s.env = append(s.env, name+"="+strings.TrimSpace(string(out)))
	}
	require.NoError(t, os.WriteFile(filepath.Join(s.home, ".state"), []byte("cd '"+s.home+"'\n"), 0o600))
	return s
}

// freeAddress is one that nobody listens on at this moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func (s *shell) command(ctx context.Context, text string) *exec.Cmd {
	state := filepath.Join(s.home, ".state")
	script := "set -e\n. '" + state + "'\n" + text + "\n{ echo \"cd '$PWD'\"; echo \"export PATH='$PATH'\"; } > '" + state + "'\n"
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Env = s.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

func (s *shell) run(text string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), blockTime)
	defer cancel()
	began := time.Now()
	out, err := s.command(ctx, text).CombinedOutput()
	require.NoError(s.t, err, "%s\n%s", text, out)
	first, _, _ := strings.Cut(text, "\n")
	s.t.Logf("%7s  %s", time.Since(began).Round(time.Millisecond), first)
	return string(out)
}

// start runs a block until the test ends.
func (s *shell) start(text string) {
	s.t.Helper()
	var said bytes.Buffer
	cmd := s.command(context.WithoutCancel(s.t.Context()), text)
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = 10 * time.Second
	require.NoError(s.t, cmd.Start())
	s.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		_ = cmd.Wait()
		if s.t.Failed() {
			s.t.Log(text + said.String())
		}
	})
}
