package e2e

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/idplug/idplug/testing/hygiene"
	"github.com/idplug/idplug/testing/postman"
	"github.com/idplug/idplug/testing/program"
)

// world is what one story has: a folder, processes, browsers, and what was answered last.
type world struct {
	ctx      context.Context
	dir      string
	env      []string
	operator string // the operator's token
	token    string // bearer token of the next API calls
	procs    map[string]*program.Process
	logs     []string
	browsers map[string]*browser
	current  *browser
	last     answer
	secrets  *hygiene.Register
	postman  *postman.Postman // nil where nobody takes mail
}

// answer is an HTTP answer read to its end, or a document from elsewhere.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func newWorld(dir string) *world {
	w := &world{
		ctx: context.Background(), dir: dir, operator: randomText(),
		procs: map[string]*program.Process{}, browsers: map[string]*browser{}, secrets: hygiene.New(),
	}
	w.env = []string{
		"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + os.TempDir(),
		"IDPLUG_DATA_DIR=" + filepath.Join(dir, "data"), "IDPLUG_PLUGIN_DIR=" + filepath.Join(dir, "plugins.d"),
		"IDPLUG_LISTEN=127.0.0.1:0", "IDPLUG_OPERATOR_TOKEN=" + w.operator, "IDPLUG_LOG_LEVEL=debug",
		"IDPLUG_TRUSTED_PROXIES=127.0.0.1", // every test is one: see elsewhere
	}
	w.token = w.operator
	return w
}

var networks atomic.Uint32

// elsewhere lets a request come from a network of its own, so that attempts are not counted together.
func elsewhere(r *http.Request) {
	n := networks.Add(1)
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", n>>16&0xff, n>>8&0xff, n&0xff))
}

func randomText() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}

// worldKey is where testscript keeps a story's world.
type worldKey struct{}

// setup gives a script its world and ends it after the last line.
func setup(env *testscript.Env) error {
	w := newWorld(env.WorkDir)
	env.Values[worldKey{}] = w
	for _, pair := range w.env {
		key, value, _ := strings.Cut(pair, "=")
		env.Setenv(key, value)
	}
	env.Setenv("bin", bin)
	env.Defer(func() {
		if err := w.end(); err != nil {
			env.T().Log(err)
			env.T().FailNow()
		}
	})
	return os.Mkdir(filepath.Join(env.WorkDir, "plugins.d"), 0o755)
}

// testWorld is a world for a test that is no script.
func testWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t.TempDir())
	if err := os.Mkdir(filepath.Join(w.dir, "plugins.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.end(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// start starts a program under a name and waits until it listens. Standard output and error go to <name>.log.
func (w *world) start(name, file string, args ...string) (*program.Process, error) {
	if p := w.procs[name]; p != nil && p.Running() {
		return nil, fmt.Errorf("%s is running", name)
	}
	log := filepath.Join(w.dir, name+".log")
	p, err := program.Start(program.Command{Path: filepath.Join(bin, file), Args: args, Env: w.env, Log: log})
	if err != nil {
		said, _ := os.ReadFile(log)
		return nil, fmt.Errorf("%w\n%s", err, said)
	}
	w.procs[name] = p
	if name == host && !slices.Contains(w.logs, log) {
		w.logs = append(w.logs, log)
	}
	return p, nil
}

// host is the name under which a story runs idplug.
const host = "host"

// end stops every process and searches what the servers printed, kept and answered.
func (w *world) end() error {
	w.secrets.Environ(w.env)
	wrong := w.metrics()
	for name, p := range w.procs {
		if !p.Running() {
			continue
		}
		if code, err := p.Stop(); err != nil {
			wrong = append(wrong, fmt.Sprintf("stop %s: %v", name, err))
		} else if code != 0 {
			wrong = append(wrong, fmt.Sprintf("%s ended with code %d", name, code))
		}
	}
	for _, log := range w.logs {
		found, err := w.secrets.Host(log, filepath.Join(w.dir, "data"))
		if err != nil {
			wrong = append(wrong, err.Error())
		}
		wrong = append(wrong, found...)
	}
	for _, pair := range w.env {
		address, ok := strings.CutPrefix(pair, "IDPLUG_DATABASE_URL=")
		if !ok || address == "" || len(w.logs) == 0 {
			continue
		}
		found, err := w.secrets.PostgreSQL(w.ctx, address)
		if err != nil {
			wrong = append(wrong, err.Error())
		}
		wrong = append(wrong, found...)
	}
	if len(wrong) == 0 {
		return nil
	}
	const most = 20 // lines, of what may be thousands
	return fmt.Errorf("after the story, %d times:\n%s", len(wrong), strings.Join(wrong[:min(len(wrong), most)], "\n"))
}

// metrics searches what a running server tells the operator's monitoring, which is nobody's business but its own.
func (w *world) metrics() []string {
	p := w.procs[host]
	if p == nil || !p.Running() {
		return nil
	}
	request, err := http.NewRequestWithContext(w.ctx, http.MethodGet, p.URL+"/metrics", nil)
	if err != nil {
		return []string{err.Error()}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return []string{err.Error()}
	}
	page, err := read(response)
	if err != nil {
		return []string{err.Error()}
	}
	return w.secrets.LogText("/metrics", string(page.body))
}

// killPlugins ends every process below the server at once, as the kernel's memory killer would, and returns how many there were.
func (w *world) killPlugins() int {
	killed := 0
	for _, pid := range children(w.procs[host].PID()) {
		if syscall.Kill(pid, syscall.SIGKILL) == nil {
			killed++
		}
	}
	return killed
}

// children are the processes below a process, however deep.
func children(parent int) []int {
	parents := map[int]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the only error is a bad pattern
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		var pid, ppid int
		var state string
		head, rest, _ := strings.Cut(string(b), " (")
		_, rest, _ = strings.Cut(rest, ") ")
		if _, err := fmt.Sscan(head, &pid); err != nil {
			continue
		}
		if _, err := fmt.Sscan(rest, &state, &ppid); err == nil && state != "Z" {
			parents[pid] = ppid
		}
	}
	var below []int
	for pid := range parents {
		for up := parents[pid]; up != 0; up = parents[up] {
			if up == parent {
				below = append(below, pid)
				break
			}
		}
	}
	return below
}

// eventually repeats check until it holds, for twenty seconds at most, which is long on a busy machine.
func eventually(check func() error) error {
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := check()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// installPlugin drops a plugin into the folder, as an operator would.
func (w *world) installPlugin(t *testing.T, key string) {
	t.Helper()
	name := "idplug-provider-" + key
	command := exec.Command("install", "-m", "0755", filepath.Join(bin, name), filepath.Join(w.dir, "plugins.d", name))
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
