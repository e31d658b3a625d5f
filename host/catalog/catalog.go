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
	"strings"
	"sync"
	"time"

	"github.com/idplug/idplug/core/sso"
)

// Options say where plugins are and how far they are trusted.
type Options struct {
	Dir      string // operators drop binaries here; it may not exist yet
	StateDir string // private to this host: copies of checked binaries
	Trust    Trust  // "" = directory
	Sandbox  Sandbox
	Dev      []Dev // under development; they come before what lies in Dir
	Log      *slog.Logger
	Now      func() time.Time // the clock
}

// Catalog is the set of plugins.
type Catalog struct {
	opts   Options
	vault  vault
	runDir runDir
	stop   context.CancelFunc
	loop   sync.WaitGroup

	workshop *workshop

	mu    sync.RWMutex
	units map[sso.ProviderKey]*unit

	// Of the loop alone:
	folder folder
	taken  map[sso.ProviderKey]taken
}

// taken remembers a file that is in the vault, so that an unchanged file is not read again.
type taken struct {
	file string
	wanted
}

// Open starts the catalogue; the binaries that are there are started before it returns, as far as they come up within 5 s.
func Open(ctx context.Context, o Options) (_ *Catalog, err error) {
	if o.Trust == "" {
		o.Trust = TrustDirectory
	}
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, fmt.Errorf("catalog: open: %w", err)
	}
	if o.StateDir, err = filepath.Abs(o.StateDir); err != nil { // processes are started in a folder of their own
		return nil, fmt.Errorf("catalog: open: %w", err)
	}
	c := &Catalog{opts: o, units: map[sso.ProviderKey]*unit{}, folder: folder{path: o.Dir}, taken: map[sso.ProviderKey]taken{}}
	if c.vault, err = openVault(filepath.Join(o.StateDir, "vault")); err != nil {
		return nil, err
	}
	if c.runDir, err = makeRunDir(o.StateDir); err != nil {
		return nil, errors.Join(err, c.vault.close())
	}
	if c.workshop, err = openWorkshop(o.Dev, o.StateDir, o.Log); err != nil {
		return nil, errors.Join(err, c.runDir.remove(), c.vault.close())
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	c.folder.follow()
	c.reconcile(background)
	c.workshop.open(background)
	c.loop.Go(func() {
		defer c.folder.close()
		for c.folder.wait(background, c.workshop.made) {
			c.reconcile(background)
		}
	})
	c.settle(ctx)
	return c, nil
}

// Close stops every plugin and returns when the last process is gone, within about 15 s however they behave. Calls under way are cut short.
func (c *Catalog) Close() error {
	c.stop()
	c.loop.Wait()
	c.workshop.close()
	for _, u := range c.all() {
		<-u.done
	}
	return errors.Join(c.runDir.remove(), c.vault.close())
}

func (c *Catalog) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for _, u := range c.all() {
		u.settle(ctx)
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

// reconcile makes what runs follow what lies in the folder.
func (c *Catalog) reconcile(ctx context.Context) {
	c.develop(ctx)
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
		if !ok || c.workshop.benches[key] != nil {
			continue
		}
		found[key] = true
		u := c.unit(ctx, key, e.Name())
		w, r := c.admit(e.Name(), key, sums, noSums)
		if r != nil {
			u.reject(*r)
			continue
		}
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
	if c.opts.Sandbox == SandboxStrict {
		return wanted{}, refuse("set plugin_sandbox to auto", "the sandbox is strict, and this program reaches the level %q only", sandboxLevel)
	}
	t, ok := c.taken[key]
	if !ok || t.file != b.path || t.mark != b.mark {
		sum, copied, err := c.vault.take(b.path)
		if err != nil {
			return wanted{}, refuse("", "%v", err)
		}
		t = taken{file: b.path, wanted: wanted{sum: sum, path: copied, mark: b.mark}}
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
		u = newUnit(key, file, c.runDir.path, c.optionsFor(key))
		c.units[key] = u
		go u.run(ctx)
	}
	return u
}

// forget retires units whose file is gone. They stay listed as stopped: tenants may still have them as provider.
func (c *Catalog) forget(found map[sso.ProviderKey]bool) {
	keep := map[string]bool{}
	for _, u := range c.all() {
		if !found[u.key] && c.workshop.benches[u.key] == nil {
			delete(c.taken, u.key)
			u.set(wanted{})
		}
		keep[c.taken[u.key].sum] = true
		for _, sum := range u.sums() {
			keep[sum] = true
		}
	}
	c.vault.sweep(keep)
}
