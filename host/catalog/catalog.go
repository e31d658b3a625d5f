package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idplug/idplug/core/sso"
	"github.com/idplug/idplug/host/sandbox"
)

// Options say where plugins are and how far they are trusted.
type Options struct {
	Dir      string // operators drop binaries here; it may not exist yet
	StateDir string // private to this host: copies of checked binaries, what served, what is pinned
	Trust    Trust  // "" = directory
	Sandbox  sandbox.Box
	Dev      []Dev // under development; they come before what lies in Dir
	Log      *slog.Logger
	Now      func() time.Time // the clock
	Metrics  Metrics          // nil: nothing is counted
	Health   time.Duration    // between health checks of a process; 0 = 10 s

	slack int // tests on slow machines make all deadlines of calls so many times longer; 0 = 1
}

// Catalog is the set of plugins.
type Catalog struct {
	opts   Options
	vault  vault
	shelf  *shelf
	record *fixtures
	runDir runDir
	stop   context.CancelFunc
	loop   sync.WaitGroup

	workshop *workshop
	lacks    []sandbox.Missing // what a strict sandbox has to do without on this machine, so that nothing runs

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
	o.Trust, o.Health = cmp.Or(o.Trust, TrustDirectory), cmp.Or(o.Health, healthEvery)
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, fmt.Errorf("catalog: open: %w", err)
	}
	if o.StateDir, err = filepath.Abs(o.StateDir); err != nil { // processes are started in a folder of their own
		return nil, fmt.Errorf("catalog: open: %w", err)
	}
	c := &Catalog{opts: o, units: map[sso.ProviderKey]*unit{}, folder: folder{path: o.Dir}, taken: map[sso.ProviderKey]taken{}}
	if o.Sandbox.Mode == sandbox.Strict {
		c.lacks = o.Sandbox.Lacks()
	}
	if err := c.openState(); err != nil {
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

// openState opens what is kept over restarts.
func (c *Catalog) openState() (err error) {
	if c.vault, err = openVault(filepath.Join(c.opts.StateDir, "vault")); err != nil {
		return err
	}
	if c.shelf, err = openShelf(c.opts.StateDir); err == nil {
		c.record, err = openFixtures(c.opts.StateDir, c.opts.Log, c.opts.Now)
	}
	if err != nil {
		return errors.Join(err, c.vault.close())
	}
	return nil
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
