package catalog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/idplug/idplug/core/sso"
)

// Options say where plugins are and how far they are trusted.
type Options struct {
	Dir      string // operators drop binaries here; it may not exist yet
	StateDir string // private to this host: copies of checked binaries
	Trust    Trust  // "" = directory
	Log      *slog.Logger
}

// Timing of the reconcile loop.
const (
	debounce = 50 * time.Millisecond // after the last event of a burst, such as a copy in chunks
	rescan   = 15 * time.Second      // events can be lost, and some file systems have none
)

// Catalog is the set of plugins.
type Catalog struct {
	opts   Options
	vault  vault
	runDir string
	stop   context.CancelFunc
	loop   sync.WaitGroup

	mu    sync.RWMutex
	units map[sso.ProviderKey]*unit

	taken map[sso.ProviderKey]taken // of the loop alone
}

// taken remembers a file that is in the vault, so that an unchanged file is not read again.
type taken struct {
	path string
	mark mark
	wanted
}

// Open starts the catalogue; the binaries that are there are started before it returns, as far as they come up in time.
func Open(ctx context.Context, o Options) (*Catalog, error) {
	if o.Trust == "" {
		o.Trust = TrustDirectory
	}
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, fmt.Errorf("catalog: open: %w", err)
	}
	c := &Catalog{opts: o, units: map[sso.ProviderKey]*unit{}, taken: map[sso.ProviderKey]taken{}}
	if c.vault, err = openVault(filepath.Join(o.StateDir, "vault")); err != nil {
		return nil, err
	}
	if c.runDir, err = makeRunDir(o.StateDir); err != nil {
		return nil, err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	c.reconcile(background)
	c.loop.Go(func() { c.watch(background) })
	c.settle(ctx)
	return c, nil
}

// Close stops every plugin and returns when the last process is gone.
func (c *Catalog) Close() error {
	c.stop()
	c.loop.Wait()
	for _, u := range c.all() {
		<-u.done
	}
	return os.RemoveAll(c.runDir)
}

// settle waits until every unit serves or has failed once, at most startTimeout.
func (c *Catalog) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for _, u := range c.all() {
		for {
			u.mu.Lock()
			state, changed := u.status.State, u.changed
			u.mu.Unlock()
			if state != sso.PluginVerified && state != sso.PluginStarting {
				break
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}
}

func (c *Catalog) all() []*unit {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make([]*unit, 0, len(c.units))
	for _, u := range c.units {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b *unit) int { return strings.Compare(string(a.key), string(b.key)) })
	return out
}

// watch is the reconcile loop: events and time only say when to look, never what to do.
func (c *Catalog) watch(ctx context.Context) {
	events := c.subscribe()
	if events != nil {
		defer func() { _ = events.Close() }()
	}
	tick := time.NewTicker(rescan)
	defer tick.Stop()
	for {
		var changed chan fsnotify.Event
		if events != nil {
			changed = events.Events
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if events == nil {
				events = c.subscribe()
			}
		case _, ok := <-changed:
			if !ok || !quietFor(ctx, changed, debounce) {
				events = nil
			}
		}
		c.reconcile(ctx)
	}
}

// subscribe watches the folder; nil while it does not exist or cannot be watched, then only the rescan sees changes.
func (c *Catalog) subscribe() *fsnotify.Watcher {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil
	}
	if err := w.Add(c.opts.Dir); err != nil {
		_ = w.Close()
		return nil
	}
	return w
}

// quietFor returns once no event came for d; ok is false when the stream ended.
func quietFor(ctx context.Context, events <-chan fsnotify.Event, d time.Duration) (ok bool) {
	for {
		select {
		case _, ok := <-events:
			if !ok {
				return false
			}
		case <-time.After(d):
			return true
		case <-ctx.Done():
			return true
		}
	}
}

// reconcile makes what runs follow what lies in the folder.
func (c *Catalog) reconcile(ctx context.Context) {
	found := map[sso.ProviderKey]bool{}
	entries, err := os.ReadDir(c.opts.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.opts.Log.Warn("plugin folder cannot be read", "err", err)
		return // not the same as an empty folder: what runs, runs on
	}
	var sums map[string]string
	var noSums *refusal
	if c.opts.Trust == TrustPinned {
		sums, noSums = readSums(c.opts.Dir)
	}
	for _, e := range entries {
		key, ok := keyOf(e.Name())
		if !ok {
			continue
		}
		found[key] = true
		u := c.unit(ctx, key, e.Name())
		w, r := c.admit(e.Name(), key, sums, noSums)
		if r != nil {
			u.reject(r.reason, r.fix)
			continue
		}
		u.update(func(s *sso.PluginStatus) {
			if s.State == sso.PluginDiscovered || s.State == sso.PluginRejected || s.State == sso.PluginStopped {
				s.State, s.SHA256, s.Reason, s.Fix = sso.PluginVerified, w.sum, "", ""
			}
		})
		u.set(w)
	}
	c.forget(found)
}

// admit judges a file and brings its bytes into the vault.
func (c *Catalog) admit(name string, key sso.ProviderKey, sums map[string]string, noSums *refusal) (wanted, *refusal) {
	b, r := inspect(c.opts.Dir, name, key)
	if r != nil {
		return wanted{}, r
	}
	if noSums != nil {
		return wanted{}, noSums
	}
	t, ok := c.taken[key]
	if !ok || t.path != b.path || t.mark != b.mark {
		sum, copied, err := c.vault.take(b.path)
		if err != nil {
			return wanted{}, refuse("", "%v", err)
		}
		t = taken{path: b.path, mark: b.mark, wanted: wanted{sum: sum, path: copied}}
		c.taken[key] = t
	}
	if c.opts.Trust == TrustPinned && sums[name] != t.sum {
		return wanted{}, refuse("idplug plugin lock --plugin-dir "+c.opts.Dir, "its SHA-256 %s is not the one pinned in %s", t.sum, SumsFile)
	}
	return t.wanted, nil
}

// unit returns the provider's unit, started when it is new.
func (c *Catalog) unit(ctx context.Context, key sso.ProviderKey, file string) *unit {
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.units[key]
	if u == nil {
		u = newUnit(key, file, c.runDir, c.opts.Log)
		c.units[key] = u
		go u.run(ctx)
	}
	return u
}

// forget retires units whose file is gone. They stay listed as stopped: tenants may still have them as provider.
func (c *Catalog) forget(found map[sso.ProviderKey]bool) {
	keep := map[string]bool{}
	for _, u := range c.all() {
		if !found[u.key] {
			delete(c.taken, u.key)
			u.set(wanted{})
		}
		keep[u.snapshot().SHA256] = true
		keep[c.taken[u.key].sum] = true
	}
	c.vault.sweep(keep)
}

// Provider returns a provider whose plugin is ready or about to be again. Errors: [sso.ProviderUnknown], [sso.ProviderNotReady].
func (c *Catalog) Provider(key sso.ProviderKey) (sso.Provider, error) {
	const op = "catalog.provider"
	c.mu.RLock()
	u := c.units[key]
	c.mu.RUnlock()
	if u == nil {
		return nil, sso.Refuse(op, sso.ProviderUnknown, "value", string(key))
	}
	manifest := u.known()
	state := u.snapshot().State
	if manifest == nil || (state != sso.PluginReady && state != sso.PluginBackingOff && state != sso.PluginStarting) {
		return nil, sso.Refuse(op, sso.ProviderNotReady, "provider", string(key))
	}
	return provider{unit: u, manifest: *manifest}, nil
}

// Manifest returns the last manifest of a provider that was ready once.
func (c *Catalog) Manifest(key sso.ProviderKey) (sso.Manifest, bool) {
	c.mu.RLock()
	u := c.units[key]
	c.mu.RUnlock()
	if u == nil {
		return sso.Manifest{}, false
	}
	if m := u.known(); m != nil {
		return *m, true
	}
	return sso.Manifest{}, false
}

// Providers lists the providers that administrators can choose, by key: those whose plugin was ready once and whose file is still there.
func (c *Catalog) Providers() []sso.ProviderStatus {
	var out []sso.ProviderStatus
	for _, u := range c.all() {
		state := u.snapshot().State
		if m := u.known(); m != nil && state != sso.PluginStopped {
			out = append(out, sso.ProviderStatus{Manifest: *m, State: state})
		}
	}
	return out
}

// Plugins lists every plugin binary and where it stands, by key.
func (c *Catalog) Plugins() []sso.PluginStatus {
	var out []sso.PluginStatus
	for _, u := range c.all() {
		out = append(out, u.snapshot())
	}
	return out
}

// maxSocketDir is how long the run folder's path may be: a socket's path ends at 107 bytes, and go-plugin adds two names to it.
const maxSocketDir = 60

// makeRunDir makes the folder for sockets: under the state folder where its path is short enough, else under the system's. Folders of hosts
// that are gone are removed.
func makeRunDir(stateDir string) (string, error) {
	base, err := filepath.Abs(filepath.Join(stateDir, "run"))
	if err != nil {
		return "", fmt.Errorf("catalog: run folder: %w", err)
	}
	if len(base) > maxSocketDir {
		base = filepath.Join(os.TempDir(), "idplug-"+strconv.Itoa(os.Geteuid()))
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return "", fmt.Errorf("catalog: run folder: %w", err)
	}
	if info, err := os.Lstat(base); err != nil || !info.IsDir() || info.Mode().Perm()&0o077 != 0 || judgeOwner(base, info) != nil {
		return "", fmt.Errorf("catalog: run folder %s: it must be a folder that only the service's user may enter", base)
	}
	sweepRunDirs(base)
	dir, err := os.MkdirTemp(base, strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return "", fmt.Errorf("catalog: run folder: %w", err)
	}
	return dir, nil
}

func sweepRunDirs(base string) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, e := range entries {
		pid, _, _ := strings.Cut(e.Name(), "-")
		if n, err := strconv.Atoi(pid); err == nil && errors.Is(syscall.Kill(n, 0), syscall.ESRCH) {
			_ = os.RemoveAll(filepath.Join(base, e.Name()))
		}
	}
}
