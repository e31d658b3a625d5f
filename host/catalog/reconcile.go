package catalog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/idplug/idplug/core/sso"
)

// found is what lies in the folder for a provider: bytes that may run, or why not.
type found struct {
	file string
	wanted
	refused *refusal
}

// reconcile makes what runs follow what lies in the folder, and what is pinned.
func (c *Catalog) reconcile(ctx context.Context) {
	c.develop(ctx)
	sums, noSums := c.trusted()
	files, ok := c.look(sums, noSums)
	if !ok {
		return // not the same as an empty folder: what runs, runs on
	}
	for _, key := range c.shelf.keys() {
		if _, ok := files[key]; !ok {
			files[key] = found{file: prefix + string(key), refused: &refusal{}}
		}
	}
	keep := map[string]bool{}
	for key, f := range files {
		if c.workshop.benches[key] != nil {
			continue
		}
		r, err := c.shelf.read(key)
		for _, v := range r.Versions {
			keep[v.SHA256] = true
		}
		switch {
		case err != nil:
			c.unit(ctx, key, f.file).reject(*refuse("rm "+quote(c.shelf.path(key)), "what is remembered of it cannot be read: %v", err))
		case r.Pin != "":
			keep[r.Pin] = true
			c.pinned(c.unit(ctx, key, f.file), f, r.Pin, sums, noSums)
		case f.refused == nil:
			c.unit(ctx, key, f.file).set(f.wanted, refusal{})
		case *f.refused != (refusal{}):
			c.unit(ctx, key, f.file).reject(*f.refused)
		default: // there is no file
			delete(files, key)
		}
	}
	c.forget(files, keep)
}

// trusted reads the list of pinned hashes where it counts.
func (c *Catalog) trusted() (sums, *refusal) {
	if c.opts.Trust != TrustPinned {
		return nil, nil
	}
	return readSums(c.opts.Dir)
}

// look judges every file of the folder that has a provider's name. ok is false when the folder cannot be read.
func (c *Catalog) look(sums sums, noSums *refusal) (files map[sso.ProviderKey]found, ok bool) {
	entries, err := os.ReadDir(c.opts.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.opts.Log.Warn("plugin folder cannot be read", "err", err)
		return nil, false
	}
	files = map[sso.ProviderKey]found{}
	for _, e := range entries {
		key, ok := keyOf(e.Name())
		if !ok || c.workshop.benches[key] != nil {
			continue
		}
		f := found{file: e.Name()}
		f.wanted, f.refused = c.admit(e.Name(), key, sums, noSums)
		files[key] = f
	}
	return files, true
}

// admit judges a file and brings its bytes into the vault.
func (c *Catalog) admit(name string, key sso.ProviderKey, sums sums, noSums *refusal) (wanted, *refusal) {
	b, r := inspect(c.opts.Dir, name, key)
	if r != nil {
		return wanted{}, r
	}
	if noSums != nil {
		return wanted{}, noSums
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
	if c.opts.Trust == TrustPinned && !sums.have(name, t.sum) {
		return wanted{}, refuse("idplug plugin lock --plugin-dir "+quote(c.opts.Dir), "its SHA-256 %s is not the one pinned in %s", t.sum, SumsFile)
	}
	if r := c.shutIn(t.path); r != nil {
		return wanted{}, r
	}
	return t.wanted, nil
}

// pinned runs the version that an operator asked for, whatever lies in the folder: another file, one that is refused, or none. What may run at
// all is not for a pin to say.
func (c *Catalog) pinned(u *unit, f found, pin string, sums sums, noSums *refusal) {
	unpin := "idplug plugin pin " + string(u.key) + " --none"
	w := u.wants()
	if w.sum != pin || !w.pinned {
		path, err := c.vault.find(pin)
		if err != nil {
			u.reject(*refuse(unpin, "the version it is pinned to, SHA-256 %s, is not kept any more: %v", pin, err))
			return
		}
		w = wanted{sum: pin, path: path, pinned: true}
	}
	switch r := c.shutIn(w.path); {
	case r != nil:
		u.reject(*r)
	case noSums != nil:
		u.reject(*noSums)
	case c.opts.Trust == TrustPinned && !sums.have(f.file, pin):
		line := fmt.Sprintf("echo '%s  %s' >> %s", pin, f.file, quote(filepath.Join(c.opts.Dir, SumsFile)))
		u.reject(*refuse(line, "the version it is pinned to, SHA-256 %s, does not stand in %s", pin, SumsFile))
	case f.refused == nil:
		u.set(w, refusal{})
	case *f.refused == (refusal{}):
		u.set(w, *refuse(unpin, "its file is gone; it runs because it is pinned"))
	default:
		u.set(w, *refuse(f.refused.fix, "it runs because it is pinned; the file in the folder would not: %s", f.refused.reason))
	}
}

// unit returns the provider's unit, started when it is new.
func (c *Catalog) unit(ctx context.Context, key sso.ProviderKey, file string) *unit {
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.units[key]
	if u == nil {
		u = newUnit(key, file, c.runDir.path, c.optionsFor(key))
		if c.workshop.benches[key] == nil {
			u.shelf, u.fixtures = c.shelf, c.record
			c.recall(u)
		}
		c.units[key] = u
		go u.run(ctx)
	}
	return u
}

// recall brings back what was known of the provider before the host was restarted: what served stands in for a file that was put there meanwhile
// and fails.
func (c *Catalog) recall(u *unit) {
	r, err := c.shelf.read(u.key)
	if err != nil {
		return // the record's own trouble is told elsewhere
	}
	u.status.Versions, u.status.Pin = r.Versions, r.Pin
	if r.Serving == "" || c.opts.Trust == TrustPinned {
		return
	}
	if path, err := c.vault.find(r.Serving); err == nil && c.shutIn(path) == nil {
		u.good = wanted{sum: r.Serving, path: path}
	}
}

// forget retires units whose file is gone. They stay listed as stopped: tenants may still have them as provider.
func (c *Catalog) forget(files map[sso.ProviderKey]found, keep map[string]bool) {
	for _, u := range c.all() {
		r, _ := c.shelf.read(u.key)
		u.pin(r.Pin)
		if _, ok := files[u.key]; !ok && c.workshop.benches[u.key] == nil {
			delete(c.taken, u.key)
			u.set(wanted{}, refusal{})
		}
		keep[c.taken[u.key].sum] = true
		for _, sum := range u.sums() {
			keep[sum] = true
		}
	}
	c.vault.sweep(keep)
}
